/** The flags of a recurrence, taken together. */
import { CalendarRule, exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as RunExceptions from "@effect-dispatch/core/RunExceptions"
import { DateTime, Effect, Option } from "effect"
import { isFast } from "../schedule/rule.ts"
import { UsageError } from "../UsageError.ts"
import { endOfDay, instantsOf } from "./exceptions.ts"
import { field, type StartText, type TimeText } from "./flags.ts"
import type { RuleFlags } from "./ruleFlags.ts"
import { recurrenceText } from "./ruleText.ts"
import { clockFor } from "./zone.ts"

/** The rule that the flags give, the start if a text gives it, and notes for a person about both. */
export interface Described {
  readonly rule: Rule | undefined
  readonly start: DateTime.Utc | undefined
  readonly notes: ReadonlyArray<string>
}

/** True if any flag asks for a rule, or for a part of one. */
export const asksForRule = (flags: RuleFlags): boolean =>
  Option.isSome(flags.rrule) || flags.except.length > 0 || partNames(flags).length > 0

const partNames = (flags: RuleFlags): ReadonlyArray<string> =>
  (
    [
      "frequency",
      "interval",
      "count",
      "until",
      "byMinute",
      "byHour",
      "byWeekday",
      "byMonthday",
      "byMonth"
    ] as const
  ).filter((name) => Option.isSome<unknown>(flags[name]))

/** The parts of a rule that single flags give, but for exceptions. */
export const partsOn = Effect.fnUntraced(function* (flags: RuleFlags, clock: LocalClock) {
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
      Option.map(flags.until, (until) => ({ _tag: "Until" as const, until: lastOf(until, clock) }))
    ),
    ...field("byMinutes", flags.byMinute),
    ...field("byHours", flags.byHour),
    ...field("byWeekdays", flags.byWeekday),
    ...field("byMonthDays", flags.byMonthday),
    ...field("byMonths", flags.byMonth)
  }
})

/** A date is the whole day. */
const lastOf = (until: TimeText, clock: LocalClock): DateTime.Utc => {
  const { at, isDay } = until.on(clock)
  return isDay ? endOfDay(at, clock) : at
}

/** The start of a command line, on the clock of its zone. */
export const startOn = (start: StartText, clock: LocalClock): DateTime.Utc | "NOW" =>
  start === "NOW" ? start : start.on(clock).at

/**
 * A start that runs are left out from. These are instants with the second of the start, so that now is the present
 * second: the service would take its own, a moment later.
 */
export const fixedStart = (
  start: DateTime.Utc | "NOW",
  { except }: Pick<RuleFlags, "except">
): Effect.Effect<DateTime.Utc | "NOW"> =>
  start === "NOW" && except.length > 0
    ? Effect.map(DateTime.now, (now) => DateTime.startOf(now, "second"))
    : Effect.succeed(start)

/** A whole rule, and the start if the text gives it; neither when no flag asks for a rule. */
export const described = Effect.fnUntraced(function* (
  flags: RuleFlags,
  clock: LocalClock,
  start: DateTime.Utc | undefined
) {
  const found: Described = Option.isSome(flags.rrule)
    ? yield* ofText(flags.rrule.value, flags, clock, start)
    : yield* ofParts(flags, clock)
  if (found.rule === undefined) return found
  // The zone of a DTSTART is that of all times.
  const own = found.start && LocalClock.make(found.rule.timeZone ?? "UTC")
  const excepted = yield* withExceptions(found.rule, flags.except, own ?? clock, found.start ?? start)
  const all: Described = { ...found, rule: excepted.rule, notes: [...found.notes, ...excepted.notes] }
  return all
})

const ofText = Effect.fnUntraced(function* (
  text: string,
  flags: RuleFlags,
  clock: LocalClock,
  start: DateTime.Utc | undefined
) {
  if (partNames(flags).length > 0) {
    return yield* new UsageError({
      message: "--rrule is a whole rule, and cannot be given with other flags of the recurrence",
      example: `--rrule "FREQ=DAILY;BYHOUR=8,20"`
    })
  }
  const read = yield* recurrenceText(text, { clock, start, zone: flags.zone })
  return { ...read, notes: notesOfKind(read.rule, clock) } satisfies Described
})

const ofParts = Effect.fnUntraced(function* (flags: RuleFlags, clock: LocalClock) {
  const { frequency, ...parts } = yield* partsOn(flags, clock)
  const nothing: Described = { rule: undefined, start: undefined, notes: [] }
  if (frequency === undefined && !asksForRule(flags)) return nothing
  if (frequency === undefined) {
    return yield* new UsageError({
      message: "a recurring dispatch needs a --frequency",
      example: "--frequency daily --by-hour 8,20"
    })
  }
  const rule = yield* makeRule({ interval: 1, ...parts, frequency }, clock, flags.zone)
  return { rule, start: undefined, notes: notesOfKind(rule, clock) } satisfies Described
})

type Fields = ConstructorParameters<typeof RecurrenceRule>[0]

/** A rule on a clock; steps of hours and minutes are steps of real time, which no zone changes. */
export const makeRule = Effect.fnUntraced(function* (
  fields: Fields,
  clock: LocalClock,
  zone: Option.Option<LocalClock>
) {
  const { timeZone: _, ...parts } = fields
  if (clock.isUtc) return new RecurrenceRule(parts)
  if (!isFast(fields)) return new CalendarRule({ ...parts, timeZone: clock.timeZone })
  if (Option.isNone(zone)) return new RecurrenceRule(parts)
  return yield* new UsageError({
    message: `--zone means nothing to a rule of ${fields.frequency.toLowerCase()} steps, which are steps of real time: leave it out, or take --frequency daily with --by-hour 0,3,6,9,12,15,18,21`,
    example: "--frequency daily --by-hour 8,12,16 --zone Europe/Berlin"
  })
})

/** Notes about the zone of a rule that a person may not expect. */
const notesOfKind = (rule: Rule, clock: LocalClock): ReadonlyArray<string> => {
  if (rule.timeZone === undefined && isFast(rule) && !clock.isUtc) {
    return [`The rule steps by real time, so that its hours, days and months are those of UTC.`]
  }
  return rule.timeZone !== undefined && clock.isUtc ? [utcNote] : []
}

/** Tells that a rule in UTC has a zone all the same. */
export const utcNote =
  "The rule is one of the zone UTC: exceptions, nth weekdays, positions and a first day of the week need a zone, which actors of other make do not know."

/** The rule without the runs that are left out. */
export const withExceptions = Effect.fnUntraced(function* (
  rule: Rule,
  except: ReadonlyArray<TimeText>,
  clock: LocalClock,
  start: DateTime.Utc | undefined
) {
  if (except.length === 0) return { rule, notes: [] }
  const zoned = yield* inZone(rule)
  const begin = start ?? (yield* DateTime.now)
  const { instants, unmatched } = instantsOf(except, zoned, begin, clock)
  const exceptions = [...(zoned.exceptions ?? []), ...instants]
  if (exceptions.length > exceptionsMax) {
    return yield* new UsageError({
      message: `${exceptions.length} exceptions, a rule can have ${exceptionsMax}: give a rule that leaves these days out, or an earlier --until`,
      example: "--except 2026-12-24"
    })
  }
  const notes = [
    ...(rule.timeZone === undefined ? [utcNote] : []),
    ...unmatched.map((text) => `No run is left out by "${text}", as none begins then.`)
  ]
  return { rule: new CalendarRule({ ...zoned, exceptions }), notes }
})

/** A rule with exceptions has a zone; one of real time can have neither. */
export const inZone = (rule: Rule): Effect.Effect<CalendarRule, UsageError> =>
  isFast(rule) ? Effect.fail(noExceptions(rule)) : Effect.succeed(RunExceptions.inZone(rule))

/** A rule of real time has no exceptions. */
export const noExceptions = ({ frequency }: Pick<Rule, "frequency">): UsageError =>
  new UsageError({
    message: `a rule of ${frequency.toLowerCase()} steps has no exceptions: end it with --until, or make it inactive for a while with --no-active`,
    example: "dispatch update 1 12 --no-active"
  })

/** The clock of the flags. */
export const clockOf = ({ zone }: Pick<RuleFlags, "zone">) => clockFor(zone)
