/** Flags and arguments that several commands share. What is wrong with a value says what is allowed. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Frequency, numberMax, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { Clock, type DateTime, Effect, Option, Result } from "effect"
import { Argument, CliError, Flag } from "effect/cli"
import { UsageError } from "../UsageError.ts"
import { instantForms, parseInstant } from "./instant.ts"

const refuse = (kind: "flag" | "argument", option: string, value: string) => (expected: string) =>
  new CliError.InvalidValue({ kind, option, value, expected })

/** An argument that is read by a function. */
export const argument = <A>(name: string, parse: (text: string) => Result.Result<A, string>) =>
  Argument.String(name).pipe(
    Argument.mapEffect((text) =>
      Effect.mapError(Effect.fromResult(parse(text)), refuse("argument", name, text))
    )
  )

/** A flag that is read by a function. */
export const flag = <A>(name: string, parse: (text: string) => Result.Result<A, string>) =>
  Flag.String(name).pipe(
    Flag.mapEffect((text) => Effect.mapError(Effect.fromResult(parse(text)), refuse("flag", name, text)))
  )

/** A flag that holds an instant. */
export const instantFlag = (name: string) =>
  Flag.String(name).pipe(
    Flag.mapEffect((text) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.mapError(Effect.fromResult(parseInstant(text, now)), refuse("flag", name, text))
      )
    )
  )

/** An argument that holds an instant, or `NOW`. */
export const startArgument = Argument.String("start").pipe(
  Argument.withDescription(`When it starts: ${instantForms}`),
  Argument.mapEffect((text): Effect.Effect<DateTime.Utc | "NOW", CliError.CliError> =>
    text.trim().toLowerCase() === "now"
      ? Effect.succeed("NOW")
      : Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.mapError(Effect.fromResult(parseInstant(text, now)), refuse("argument", "start", text))
        )
  )
)

const parseMicrogrid = (text: string): Result.Result<MicrogridId, string> =>
  /^\d{1,20}$/.test(text) && BigInt(text) <= 18_446_744_073_709_551_615n
    ? Result.succeed(MicrogridId.make(BigInt(text)))
    : Result.fail("must be the id of a microgrid, a whole number such as 1")

/** Which microgrid a command is about. */
export const microgrid = argument("microgrid", parseMicrogrid).pipe(
  Argument.withDescription("Id of the microgrid")
)

/** `--json`. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON object per line"),
  Flag.withDefault(false)
)

/** Where the service is, and the key to it. */
export const connection = {
  url: Flag.String("url").pipe(
    Flag.withDescription(
      "The service: grpc://host[:port][?options]; else DISPATCH_API_URL, else the one on this machine"
    ),
    Flag.optional
  ),
  authKey: Flag.Redacted("auth-key").pipe(
    Flag.withDescription("Key to the service; else DISPATCH_API_AUTH_KEY or FREQUENZ_API_KEY"),
    Flag.optional
  )
}

/** Whole numbers; where they may be negative, 0 is not one of them. */
const numbers = (name: string, minimum: number, maximum: number) =>
  flag(name, (text) => {
    const list = text.split(",").map((part) => Number(part.trim() === "" ? Number.NaN : part))
    const isAllowed = (number: number) =>
      Number.isInteger(number) && number >= minimum && number <= maximum && (minimum >= 0 || number !== 0)
    return list.every(isAllowed)
      ? Result.succeed(list)
      : Result.fail(
          `must be whole numbers from ${minimum} to ${maximum}${minimum < 0 ? " but not 0" : ""}, with commas between them`
        )
  })

const names = <A extends string>(name: string, known: ReadonlyArray<A>) =>
  flag(name, (text) => {
    const list = text.split(",").map((part) => part.trim().toUpperCase())
    const found = list.map((part) => known.find((item) => part.length >= 2 && item.startsWith(part)))
    return found.every((item) => item !== undefined)
      ? Result.succeed(found)
      : Result.fail(`must be some of ${known.join(", ").toLowerCase()}, with commas between them`)
  })

const counted = (name: string) =>
  flag(name, (text) =>
    /^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= numberMax
      ? Result.succeed(Number(text))
      : Result.fail(`must be a whole number from 1 to ${numberMax}`)
  )

/** How a dispatch recurs. */
export const recurrence = {
  frequency: flag("frequency", (text) => {
    const name = Frequency.literals.find((item) => item === text.toUpperCase())
    return name === undefined
      ? Result.fail(`must be one of ${Frequency.literals.join(", ").toLowerCase()}`)
      : Result.succeed(name)
  }).pipe(
    Flag.withAlias("f"),
    Flag.withDescription("Recurs: minutely, hourly, daily, weekly, monthly or yearly"),
    Flag.optional
  ),
  interval: counted("interval").pipe(Flag.withDescription("Every so many of them"), Flag.optional),
  count: counted("count").pipe(Flag.withDescription("Ends after so many occurrences"), Flag.optional),
  until: instantFlag("until").pipe(Flag.withDescription("Ends at this time, inclusive"), Flag.optional),
  byMinute: numbers("by-minute", 0, 59).pipe(Flag.withDescription("Only at these minutes"), Flag.optional),
  byHour: numbers("by-hour", 0, 23).pipe(Flag.withDescription("Only in these hours (UTC)"), Flag.optional),
  byWeekday: names("by-weekday", Weekday.literals).pipe(
    Flag.withDescription("Only on these days (mon,tue,…)"),
    Flag.optional
  ),
  byMonthday: numbers("by-monthday", -31, 31).pipe(
    Flag.withDescription("Only on these days of the month"),
    Flag.optional
  ),
  byMonth: numbers("by-month", 1, 12).pipe(Flag.withDescription("Only in these months"), Flag.optional)
}

/** What the flags of a recurrence hold. */
export interface RecurrenceFlags {
  readonly frequency: Option.Option<Frequency>
  readonly interval: Option.Option<number>
  readonly count: Option.Option<number>
  readonly until: Option.Option<DateTime.Utc>
  readonly byMinute: Option.Option<ReadonlyArray<number>>
  readonly byHour: Option.Option<ReadonlyArray<number>>
  readonly byWeekday: Option.Option<ReadonlyArray<Weekday>>
  readonly byMonthday: Option.Option<ReadonlyArray<number>>
  readonly byMonth: Option.Option<ReadonlyArray<number>>
}

/** The parts of a rule that the flags give. */
export const recurrenceFields = (flags: RecurrenceFlags) =>
  Effect.gen(function* () {
    if (Option.isSome(flags.count) && Option.isSome(flags.until)) {
      return yield* new UsageError({
        message: "--count and --until cannot both be given",
        example: "--frequency daily --count 10"
      })
    }
    return {
      ...field("frequency", flags.frequency),
      ...field("interval", flags.interval),
      ...field(
        "end",
        Option.map(flags.count, (count) => ({ _tag: "Count" as const, count }))
      ),
      ...field(
        "end",
        Option.map(flags.until, (until) => ({ _tag: "Until" as const, until }))
      ),
      ...field("byMinutes", flags.byMinute),
      ...field("byHours", flags.byHour),
      ...field("byWeekdays", flags.byWeekday),
      ...field("byMonthDays", flags.byMonthday),
      ...field("byMonths", flags.byMonth)
    }
  })

/** A whole rule, or none when no flag asks for one. */
export const recurrenceRule = (flags: RecurrenceFlags) =>
  Effect.gen(function* () {
    const { frequency, ...fields } = yield* recurrenceFields(flags)
    if (frequency !== undefined) return new RecurrenceRule({ interval: 1, ...fields, frequency })
    const [first] = Object.keys(fields)
    if (first === undefined) return undefined
    return yield* new UsageError({
      message: "a recurring dispatch needs a --frequency",
      example: "--frequency daily --by-hour 8,20"
    })
  })

/** The field with its value, or nothing. */
export const field = <Key extends string, A>(
  key: Key,
  value: Option.Option<A>
): { readonly [key in Key]?: A } =>
  Option.isSome(value) ? ({ [key]: value.value } as { readonly [key in Key]?: A }) : {}
