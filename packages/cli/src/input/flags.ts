/** Flags and arguments that several commands share. The error of a value says what is allowed. */
import * as DispatchName from "@effect-dispatch/core/DispatchName"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import { numberMax } from "@effect-dispatch/core/RecurrenceRule"
import { Clock, Config, Effect, Option, Result } from "effect"
import { Argument, CliError, Flag } from "effect/cli"
import { parseIds } from "./ids.ts"
import type { GivenTime } from "./instant.ts"
import { parsePayload } from "./payload.ts"
import { readSource, dash } from "./source.ts"
import { readLocalClock, utcClock } from "./zone.ts"

/** The forms of instants that are understood, for messages. */
const instantForms = 'now, 2026-03-01T08:00, "tomorrow 8:00", "in 10 minutes"'

const refuse = (kind: "flag" | "argument", option: string, value: string) => (expected: string) =>
  new CliError.InvalidValue({ kind, option, value, expected })

/** An argument read by a function. */
export const argument = <A>(name: string, parse: (text: string) => Result.Result<A, string>) =>
  Argument.String(name).pipe(
    Argument.mapEffect((text) =>
      Effect.mapError(Effect.fromResult(parse(text)), refuse("argument", name, text))
    )
  )

/** A flag read by a function. */
export const flag = <A>(name: string, metavar: string, parse: (text: string) => Result.Result<A, string>) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.mapEffect((text) => Effect.mapError(Effect.fromResult(parse(text)), refuse("flag", name, text)))
  )

/** Most times that an option with a list may be given. */
const repetitionsMax = 100

/** A flag with a list, which may also be given several times; absent if it is not given. */
export const listed = <A>(list: Flag.Flag<ReadonlyArray<A>>): Flag.Flag<Option.Option<ReadonlyArray<A>>> =>
  list.pipe(
    Flag.between(0, repetitionsMax),
    Flag.map((lists) => (lists.length === 0 ? Option.none() : Option.some(lists.flat())))
  )

/** A flag read by a function, that may be given several times. */
export const repeated = <A>(
  name: string,
  metavar: string,
  parse: (text: string) => Result.Result<A, string>
) => flag(name, metavar, parse).pipe(Flag.between(0, repetitionsMax))

/** A time as it was given; the clock that it is on may depend on other words of the command line. */
export interface TimeText {
  readonly text: string
  readonly on: (clock: LocalClock) => GivenTime
}

/** Reads a time; the reader of words is large, and loaded only then. Any clock shows whether it can be understood. */
const timeText = (kind: "flag" | "argument", name: string, text: string, meant: "next" | "last" = "next") =>
  Effect.gen(function* () {
    const { parseInstant } = yield* Effect.promise(() => import("./instant.ts"))
    const now = yield* Clock.currentTimeMillis
    yield* Effect.mapError(Effect.fromResult(parseInstant(text, now, utcClock)), refuse(kind, name, text))
    const on = (clock: LocalClock) => Result.getOrThrow(parseInstant(text, now, clock, meant))
    return { text, on } satisfies TimeText
  })

/** A flag that holds a time, on a clock that is known later. */
export const timeFlag = (name: string, meant: "next" | "last" = "next") =>
  Flag.String(name).pipe(
    Flag.withMetavar("TIME"),
    Flag.mapEffect((text) => timeText("flag", name, text, meant))
  )

/** A flag that holds an instant, on the local clock. Of a time of day alone the next one is meant, or the last one. */
export const instantFlag = (name: string, meant: "next" | "last" = "next") =>
  timeFlag(name, meant).pipe(
    Flag.mapEffect(({ on }) =>
      Effect.map(
        Effect.mapError(readLocalClock, ({ value, variable, why }) =>
          refuse("argument", variable, value)(why)
        ),
        (clock) => on(clock).at
      )
    )
  )

/** An argument that holds a time, or `NOW`, on a clock that is known later. */
export const timeArgument = (name: string) =>
  Argument.String(name).pipe(
    Argument.mapEffect((text): Effect.Effect<StartText, CliError.CliError> =>
      text.trim().toLowerCase() === "now" ? Effect.succeed("NOW") : timeText("argument", name, text)
    )
  )

/** A start: `NOW`, or a time on a clock that is known later. */
export type StartText = TimeText | "NOW"

/** The start of a dispatch. */
export const startArgument = timeArgument("start").pipe(
  Argument.withDescription(`When it starts: ${instantForms}`)
)

const parseMicrogrid = (text: string): Result.Result<MicrogridId, string> =>
  /^\d{1,20}$/.test(text) && BigInt(text) <= 18_446_744_073_709_551_615n
    ? Result.succeed(MicrogridId.make(BigInt(text)))
    : Result.fail("must be the id of a microgrid, a whole number such as 1")

/** The variable that names a microgrid, and the word that stands for it. */
const microgridVariable = "DISPATCH_MICROGRID"
const variableWord = "."

const microgridOf = (text: string, name: string) =>
  Effect.mapError(Effect.fromResult(parseMicrogrid(text)), refuse("argument", name, text))

const microgridOfVariable = Config.map(Config.NonEmptyString(microgridVariable), (text) =>
  microgridOf(text, microgridVariable)
)

const variableIsNotSet = refuse(
  "argument",
  "microgrid",
  variableWord
)(`must be an id: ${microgridVariable}, for which it stands, is not set`)

const readMicrogrid = (text: string): Effect.Effect<MicrogridId, CliError.CliError> =>
  text === variableWord
    ? Effect.flatten(Effect.mapError(microgridOfVariable, () => variableIsNotSet))
    : microgridOf(text, "microgrid")

/** The microgrid of a command that takes ids as well: left out, an id would be taken for it. */
export const microgrid = Argument.String("microgrid").pipe(
  Argument.withDescription(`Id of the microgrid; ${variableWord} is the one of ${microgridVariable}`),
  Argument.mapEffect(readMicrogrid)
)

/** Another microgrid. */
export const microgridFlag = (name: string) => flag(name, "MICROGRID", parseMicrogrid)

/** The microgrid of a command that takes no other argument. */
export const microgridOrVariable = Argument.String("microgrid").pipe(
  Argument.withDescription(`Id of the microgrid; else ${microgridVariable}`),
  Argument.map(readMicrogrid),
  Argument.withFallbackConfig(microgridOfVariable),
  Argument.mapEffect((read): Effect.Effect<MicrogridId, CliError.CliError> => read)
)

/** `--json`. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON object per line"),
  Flag.withDefault(false)
)

/** `--utc`. */
export const utc = Flag.Boolean("utc").pipe(
  Flag.withDescription("Show times in UTC instead of the local zone"),
  Flag.withDefault(false)
)

const idsOf = (description: string, min: number) =>
  Argument.String("ids").pipe(
    Argument.withDescription(description),
    Argument.variadic({ min }),
    Argument.mapEffect((texts) =>
      texts.length === 0
        ? Effect.succeed([])
        : Effect.mapError(Effect.fromResult(parseIds(texts)), refuse("argument", "ids", texts.join(" ")))
    )
  )

/** Ids as arguments; at least one. */
export const ids = idsOf("Which dispatches: 1, 1,2,3, 1-3 or 1..3", 1)

/** Ids as arguments, or none where filters are given. */
export const idsOrNone = idsOf("Which dispatches: 1, 1,2,3, 1-3 or 1..3; or give filters instead", 0)

/** Ids as arguments, or none for all. */
export const idsOrAll = idsOf("Which dispatches: 1, 1,2,3, 1-3 or 1..3; all if left out", 0)

/** One id. */
export const idArgument = argument("id", (text) =>
  Result.flatMap(parseIds([text]), ([first, ...more]) =>
    first === undefined || more.length > 0 ? Result.fail("must be one id, such as 12") : Result.succeed(first)
  )
).pipe(Argument.withDescription("Id of the dispatch"))

/** Reads the name of a dispatch. */
const parseName = (text: string): Result.Result<string, string> => {
  const fault = DispatchName.findFault(text)
  return fault === undefined ? Result.succeed(text) : Result.fail(fault)
}

/** `--name`. */
export const nameFlag = flag("name", "NAME", parseName)

/** `--type`, which may be given several times. */
export const typeFlag = repeated("type", "TYPE", (text) =>
  text === "" ? Result.fail("must be the type of dispatches, such as CHARGE") : Result.succeed(text)
).pipe(Flag.withAlias("T"), Flag.withDescription("Only this type, in any case; may be repeated"))

/** `--payload`: JSON, or where it is. */
export const payloadFlag = Flag.String("payload").pipe(
  Flag.withAlias("p"),
  Flag.withMetavar("JSON"),
  Flag.withDescription(
    "JSON object, whose outer braces may be left out; @PATH for one in a file, - for the standard input"
  ),
  Flag.mapEffect((text) =>
    Effect.gen(function* () {
      const path = text.startsWith("@") ? text.slice(1) : text === dash ? text : undefined
      const read = path === undefined ? text : yield* readSource(path)
      return yield* Effect.fromResult(parsePayload(read))
    }).pipe(Effect.mapError(refuse("flag", "payload", text)))
  ),
  Flag.optional
)

/** A flag that holds a whole number from 1 up. */
export const counted = (name: string) =>
  flag(name, "N", (text) =>
    /^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= numberMax
      ? Result.succeed(Number(text))
      : Result.fail(`must be a whole number from 1 to ${numberMax}`)
  )

/** The field with its value, or nothing. */
export const field = <Key extends string, A>(
  key: Key,
  value: Option.Option<A>
): { readonly [key in Key]?: A } =>
  Option.isSome(value) ? ({ [key]: value.value } as { readonly [key in Key]?: A }) : {}
