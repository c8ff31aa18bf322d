/** The flags of a recurrence, taken together. */
import type { RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import type { RecurrenceText } from "@effect-dispatch/core/RecurrenceText"
import { Effect, Option } from "effect"
import { UsageError } from "../UsageError.ts"
import { field, type RecurrenceFlags } from "./flags.ts"

/** The parts of a rule that single flags give. */
const parts = Effect.fnUntraced(function* (flags: RecurrenceFlags) {
  if (Option.isSome(flags.count) && Option.isSome(flags.until)) {
    return yield* new UsageError({
      message: "--count and --until cannot both be given",
      example: "--frequency daily --count 10"
    })
  }
  const given = {
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
  if (Option.isSome(flags.rrule) && Object.keys(given).length > 0) {
    return yield* new UsageError({
      message: "--rrule is a whole rule, and cannot be given with other flags of the recurrence",
      example: `--rrule "FREQ=DAILY;BYHOUR=8,20"`
    })
  }
  return given
})

/** The rule of an RRULE text, which must not give the start as well. */
const withoutStart = Effect.fnUntraced(function* ({ rule, start }: RecurrenceText, startName: string) {
  if (start === undefined) return rule
  return yield* new UsageError({
    message: `--rrule has a DTSTART line, but the start is given by ${startName}`,
    example: `--rrule "FREQ=DAILY;BYHOUR=8,20"`
  })
})

/** A whole rule, and the start if the text gives it; neither when no flag asks for a rule. */
export const ruleAndStart = Effect.fnUntraced(function* (flags: RecurrenceFlags) {
  const { frequency, ...rest } = yield* parts(flags)
  if (Option.isSome(flags.rrule)) return flags.rrule.value
  if (frequency !== undefined) {
    return { rule: new RecurrenceRule({ interval: 1, ...rest, frequency }), start: undefined }
  }
  if (Object.keys(rest).length === 0) return { rule: undefined, start: undefined }
  return yield* new UsageError({
    message: "a recurring dispatch needs a --frequency",
    example: "--frequency daily --by-hour 8,20"
  })
})

/** A whole rule, or none when no flag asks for one. */
export const wholeRule = Effect.fnUntraced(function* (flags: RecurrenceFlags) {
  if (Option.isSome(flags.rrule)) {
    yield* parts(flags)
    return yield* withoutStart(flags.rrule.value, "START")
  }
  return (yield* ruleAndStart(flags)).rule
})

/** The changes to a rule: with a frequency a whole rule, without one parts of the present rule. */
export const ruleChanges = Effect.fnUntraced(function* (
  flags: RecurrenceFlags
): Effect.fn.Return<Rule | RecurrenceChanges | undefined, UsageError> {
  const { frequency, ...rest } = yield* parts(flags)
  if (Option.isSome(flags.rrule)) return yield* withoutStart(flags.rrule.value, "--start")
  if (frequency !== undefined) return new RecurrenceRule({ interval: 1, ...rest, frequency })
  return Object.keys(rest).length === 0 ? undefined : rest
})
