/**
 * The occurrences of a rule in closed form: the cost of an answer does not grow with the age of the rule.
 *
 * A rule is compiled once with its start. The semantics are those of Python's `dateutil.rrule` with the week starting
 * on Monday; occurrences are whole seconds, from the start to the end of the year 9999. A `RecurrenceRule` is evaluated
 * in UTC, a `CalendarRule` on the clock of its zone. Pure functions on epoch seconds come first, their `DateTime` forms
 * after.
 *
 * @since 0.1.0
 */
import { DateTime, Duration, Schema } from "effect"
import { CalendarRule } from "./CalendarRule.ts"
import type { Compiled } from "./internal/recurrence/compiledRule.ts"
import { countLocal, firstLocal, nextLocal, previousLocal } from "./internal/recurrence/localSearch.ts"
import {
  countZoned,
  firstAsStart as firstAsStartZoned,
  nextZoned,
  occursZoned,
  previousZoned
} from "./internal/recurrence/zonedSearch.ts"
import { RecurrenceRule } from "./RecurrenceRule.ts"

export { compile, type Compiled } from "./internal/recurrence/compiledRule.ts"

/**
 * The rule of a recurring dispatch: in UTC, or in the local time of a zone. `timeZone` tells them apart.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Rule = Schema.Union([CalendarRule, RecurrenceRule])

/**
 * The rule of a recurring dispatch.
 *
 * @category models
 * @since 0.1.0
 */
export type Rule = RecurrenceRule | CalendarRule

/**
 * The earliest occurrence at or after an instant in epoch seconds, `NaN` if there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextSeconds = (rule: Compiled, seconds: number): number =>
  rule.zoned === undefined ? nextLocal(rule, seconds) : nextZoned(rule, rule.zoned, seconds)

/**
 * The latest occurrence at or before an instant in epoch seconds, `NaN` if there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export const previousSeconds = (rule: Compiled, seconds: number): number =>
  rule.zoned === undefined ? previousLocal(rule, seconds) : previousZoned(rule, rule.zoned, seconds)

/**
 * The number of occurrences from one instant to another, both inclusive, in epoch seconds. The cost grows with the
 * number of months between them, or of days for a rule that steps by several hours or minutes; in local time, with the
 * number of changes of the clock as well.
 *
 * @category queries
 * @since 0.1.0
 */
export const countSeconds = (rule: Compiled, from: number, to: number): number =>
  rule.zoned === undefined ? countLocal(rule, from, to) : countZoned(rule, rule.zoned, from, to)

/**
 * True if the rule gives any instant. Exceptions are left aside: a rule whose occurrences are all taken out is no
 * mistake.
 *
 * @category queries
 * @since 0.1.0
 */
export const everOccurs = (rule: Compiled): boolean =>
  rule.zoned === undefined ? !Number.isNaN(firstLocal(rule)) : occursZoned(rule, rule.zoned)

/**
 * The first occurrence in epoch seconds, if the rule occurs at the same instants when it starts there, else `NaN`: of
 * some rules the first occurrence is taken out, or the clock leaps over it.
 *
 * @category queries
 * @since 0.1.0
 */
export const firstAsStart = (rule: Compiled): number =>
  rule.zoned === undefined ? firstLocal(rule) : firstAsStartZoned(rule, rule.zoned)

/**
 * The earliest occurrence at or after an instant.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Recurrence, RecurrenceRule } from "@effect-dispatch/core"
 * import { DateTime } from "effect"
 *
 * const rule = RecurrenceRule.make({ frequency: "MONTHLY", interval: 1, byMonthDays: [31] })
 * const compiled = Recurrence.compile(rule, Date.UTC(2026, 0, 31) / 1_000)
 * const next = Recurrence.next(compiled, DateTime.makeUnsafe("2026-02-01T00:00:00Z"))
 * assert.deepStrictEqual(next, DateTime.makeUnsafe("2026-03-31T00:00:00Z"))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category queries
 * @since 0.1.0
 */
export const next = (rule: Compiled, at: DateTime.Utc): DateTime.Utc | undefined =>
  instant(nextSeconds(rule, at.epochMilliseconds / 1_000))

/**
 * The latest occurrence at or before an instant.
 *
 * @category queries
 * @since 0.1.0
 */
export const previous = (rule: Compiled, at: DateTime.Utc): DateTime.Utc | undefined =>
  instant(previousSeconds(rule, at.epochMilliseconds / 1_000))

/**
 * The occurrences from one instant to another, both inclusive, in order, lazily.
 *
 * @category queries
 * @since 0.1.0
 */
export function* between(
  rule: Compiled,
  from: DateTime.Utc,
  to: DateTime.Utc
): Generator<DateTime.Utc, void, void> {
  const end = to.epochMilliseconds / 1_000
  let occurrence = nextSeconds(rule, from.epochMilliseconds / 1_000)
  while (occurrence <= end) {
    yield DateTime.makeUnsafe(occurrence * 1_000)
    occurrence = nextSeconds(rule, occurrence + 1)
  }
}

/**
 * The number of occurrences from one instant to another, both inclusive.
 *
 * @category queries
 * @since 0.1.0
 */
export const count = (rule: Compiled, from: DateTime.Utc, to: DateTime.Utc): number =>
  countSeconds(rule, from.epochMilliseconds / 1_000, to.epochMilliseconds / 1_000)

/**
 * One run: the half-open interval from `occurrence` to `until`, without an end when `until` is absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Run {
  readonly occurrence: DateTime.Utc
  readonly until: DateTime.Utc | undefined
}

/**
 * Every run that overlaps the half-open interval, by occurrence, lazily. Runs of zero length are instants and count if
 * they lie in the interval.
 *
 * @category queries
 * @since 0.1.0
 */
export function* runs(
  rule: Compiled,
  length: Duration.Duration,
  from: DateTime.Utc,
  to: DateTime.Utc
): Generator<Run, void, void> {
  const millis = Duration.toMillis(length)
  const begin = from.epochMilliseconds - millis
  const end = to.epochMilliseconds / 1_000
  // The first run that ends after `from`; an instant counts from `from` on.
  let occurrence = nextSeconds(rule, millis === 0 ? begin / 1_000 : Math.floor(begin / 1_000) + 1)
  while (occurrence < end) {
    yield { occurrence: DateTime.makeUnsafe(occurrence * 1_000), until: instant(occurrence + millis / 1_000) }
    occurrence = nextSeconds(rule, occurrence + 1)
  }
}

/**
 * Every occurrence from `since` (inclusive) to `at` (exclusive), in order, lazily.
 *
 * @category queries
 * @since 0.1.0
 */
export function* missedRuns(
  rule: Compiled,
  since: DateTime.Utc,
  at: DateTime.Utc
): Generator<DateTime.Utc, void, void> {
  const end = at.epochMilliseconds / 1_000
  let occurrence = nextSeconds(rule, since.epochMilliseconds / 1_000)
  while (occurrence < end) {
    yield DateTime.makeUnsafe(occurrence * 1_000)
    occurrence = nextSeconds(rule, occurrence + 1)
  }
}

const instant = (seconds: number): DateTime.Utc | undefined =>
  Number.isFinite(seconds) ? DateTime.makeUnsafe(seconds * 1_000) : undefined
