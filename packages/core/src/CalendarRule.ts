/**
 * A recurrence rule on the clock of a time zone: "at 18:00 in Berlin", summer and winter.
 *
 * @since 0.1.0
 */
import { DateTime, Result, Schema } from "effect"
import * as CalendarFaults from "./internal/recurrence/calendarFaults.ts"
import { readTimeZone, timeZoneLengthMax } from "./internal/recurrence/timeZoneName.ts"
import { RecurrenceRule, Weekday } from "./RecurrenceRule.ts"

/**
 * A day of the week by its number in a month or year: `{ nth: -1, weekday: "FRIDAY" }` is the last Friday.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NthWeekday = Schema.Struct({ nth: Schema.Int, weekday: Weekday })

/**
 * A day of the week by its number.
 *
 * @category models
 * @since 0.1.0
 */
export type NthWeekday = typeof NthWeekday.Type

/**
 * The most exceptions of a rule. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const exceptionsMax: number = CalendarFaults.exceptionsMax

const { timeZone: _, ...plain } = RecurrenceRule.fields

const Fields = Schema.Struct({
  ...plain,
  timeZone: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(timeZoneLengthMax)),
  nthWeekdays: Schema.optionalKey(Schema.Array(NthWeekday)),
  positions: Schema.optionalKey(Schema.Array(Schema.Int)),
  weekStart: Schema.optionalKey(Weekday),
  exceptions: Schema.optionalKey(Schema.Array(Schema.DateTimeUtc).check(Schema.isMaxLength(exceptionsMax)))
})

/**
 * An impossible rule in local time: `path` names the wrong part (`nthWeekdays[1].nth`), `message` says what is wrong
 * there and what would be right.
 *
 * @category errors
 * @since 0.1.0
 */
export class CalendarRuleError extends Schema.TaggedError<CalendarRuleError>()("CalendarRuleError", {
  path: Schema.String,
  message: Schema.String
}) {}

type Input = (typeof Fields)["~type.make.in"]

/**
 * A recurrence rule on the clock of a time zone: its hours, days, weeks and months are local ones. It counts from the
 * local time at which its dispatch starts.
 *
 * - `timeZone` is an IANA name that this machine knows, kept as the zone database spells it.
 * - `nthWeekdays` add days to those of `byWeekdays`, in a MONTHLY or YEARLY rule.
 * - `positions` keep only these among the days of each week, month or year: from 1, or from the end by -1.
 * - `weekStart` begins the weeks of a WEEKLY rule; Monday unless given.
 * - `exceptions` are occurrences taken out: at most 512 instants. One that matches no occurrence has no effect.
 *
 * A local time that the clock leaps over occurs later by the length of the leap; one that the clock shows twice occurs
 * the first time. The frequency is DAILY or slower: times of day are given by `byHours` and `byMinutes`.
 *
 * `new` and `make` throw a `CalendarRuleError`, and `makeResult` returns it.
 *
 * **Gotchas**
 *
 * Decoding takes a zone that this machine does not know, as another machine may have written it. Such a rule never
 * occurs here.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { CalendarRule, Recurrence } from "@effect-dispatch/core"
 *
 * const rule = CalendarRule.make({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" })
 * const compiled = Recurrence.compile(rule, Date.UTC(2026, 2, 28, 17) / 1_000)
 * // 18:00 in Berlin is 17:00 UTC in winter, and 16:00 from the next day on.
 * assert.strictEqual(Recurrence.nextSeconds(compiled, Date.UTC(2026, 2, 29) / 1_000), Date.UTC(2026, 2, 29, 16) / 1_000)
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category models
 * @since 0.1.0
 */
export class CalendarRule extends Schema.Class<CalendarRule>("CalendarRule")(Fields.fields) {
  // Decoding passes its result through untouched: only a caller that constructs a rule needs the fields.
  // @effect-diagnostics-next-line overriddenSchemaConstructor:off
  constructor(fields: Input, options?: Schema.MakeOptions) {
    const fault = options === undefined ? CalendarFaults.findCalendarFault(fields) : undefined
    if (fault !== undefined) throw new CalendarRuleError(fault)
    super(options === undefined ? normal(fields) : fields, options)
  }

  /** Makes a rule, or throws a `CalendarRuleError`. */
  static override make(fields: Input): CalendarRule {
    return fields instanceof CalendarRule ? fields : new CalendarRule(fields)
  }
}

/**
 * Makes a rule, or throws a `CalendarRuleError`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (fields: Input): CalendarRule => CalendarRule.make(fields)

/**
 * Makes a rule, or names the wrong part.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeResult = (fields: Input): Result.Result<CalendarRule, CalendarRuleError> => {
  const fault = CalendarFaults.findCalendarFault(fields)
  return fault === undefined
    ? Result.succeed(new CalendarRule(fields))
    : Result.fail(new CalendarRuleError(fault))
}

/** The spelling of the zone database; exceptions in order, each once. One with a fraction matches no occurrence. */
const normal = ({ exceptions, interval, timeZone, ...fields }: Input): Input => {
  const instants = new Set(exceptions?.map(({ epochMilliseconds }) => epochMilliseconds))
  const sorted = [...instants].filter((millis) => millis % 1_000 === 0).sort((one, other) => one - other)
  return {
    ...fields,
    timeZone: readTimeZone(timeZone) ?? timeZone,
    interval: interval === 0 ? 1 : interval,
    ...(sorted.length === 0 ? undefined : { exceptions: sorted.map((millis) => DateTime.makeUnsafe(millis)) })
  }
}
