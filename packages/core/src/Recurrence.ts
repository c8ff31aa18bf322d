/**
 * The occurrences of a rule in closed form: the cost of an answer does not grow with the age of the rule.
 *
 * A rule is compiled once with its start. The semantics are those of Python's `dateutil.rrule` with the week starting
 * on Monday; occurrences are whole seconds of UTC, from the start to the end of the year 9999. Pure functions on epoch
 * seconds come first, their `DateTime` forms after.
 *
 * @since 0.1.0
 */
import { DateTime, Duration } from "effect"
import { lastDay } from "./internal/recurrence/calendar.ts"
import { type Compiled, secondsPerDay } from "./internal/recurrence/compiledRule.ts"
import { countFromTo, nth } from "./internal/recurrence/ruleCounts.ts"
import { nextDay, previousDay } from "./internal/recurrence/ruleDays.ts"
import { isReachable } from "./internal/recurrence/ruleSteps.ts"
import { nextTime, previousTime } from "./internal/recurrence/ruleTimes.ts"

export { compile, type Compiled } from "./internal/recurrence/compiledRule.ts"

/**
 * The earliest occurrence at or after an instant in epoch seconds, `NaN` if there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextSeconds = (rule: Compiled, seconds: number): number => {
  const first = firstOf(rule)
  if (seconds <= first) return first
  const occurrence = first === first && seconds <= rule.last ? search(rule, Math.ceil(seconds)) : Number.NaN
  return occurrence <= rule.last ? occurrence : Number.NaN
}

/**
 * The latest occurrence at or before an instant in epoch seconds, `NaN` if there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export const previousSeconds = (rule: Compiled, seconds: number): number => {
  const first = firstOf(rule)
  return seconds >= first ? searchBack(rule, Math.floor(Math.min(seconds, rule.last))) : Number.NaN
}

/**
 * The number of occurrences from one instant to another, both inclusive, in epoch seconds. The cost grows with the
 * number of months between them, or of days for a rule that steps by several hours or minutes.
 *
 * @category queries
 * @since 0.1.0
 */
export const countSeconds = (rule: Compiled, from: number, to: number): number => {
  const begin = nextSeconds(rule, from)
  const end = previousSeconds(rule, to)
  return begin <= end ? countFromTo(rule, begin, end) : 0
}

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

/** The first occurrence; finding it settles the last too. `NaN` for a rule that never matches. */
const firstOf = (rule: Compiled): number => {
  if (rule.first === undefined) {
    const first = isReachable(rule) ? search(rule, rule.start) : Number.NaN
    const last = rule.count === Infinity || Number.isNaN(first) ? Infinity : nth(rule, first, rule.count)
    rule.last = Math.min(rule.until, last)
    rule.first = first <= rule.last ? first : Number.NaN
  }
  return rule.first
}

/** The first occurrence at or after a whole second, ignoring the end of the rule. */
const search = (rule: Compiled, from: number): number => {
  const begin = Math.max(from, rule.start)
  const beginDay = Math.floor(begin / secondsPerDay)
  const beginTime = Math.ceil((begin - secondsPerDay * beginDay - rule.second) / 60)
  for (let day = nextDay(rule, beginDay); day === day; day = nextDay(rule, day + 1)) {
    const time = nextTime(rule, day, day === beginDay ? Math.max(0, beginTime) : 0)
    if (time >= 0) return secondsPerDay * day + 60 * time + rule.second
  }
  return Number.NaN
}

/** The last occurrence at or before a whole second, ignoring the end of the rule. */
const searchBack = (rule: Compiled, to: number): number => {
  const end = Math.min(to, secondsPerDay * (lastDay + 1) - 1)
  const endDay = Math.floor(end / secondsPerDay)
  const endTime = Math.floor((end - secondsPerDay * endDay - rule.second) / 60)
  for (let day = previousDay(rule, endDay); day === day; day = previousDay(rule, day - 1)) {
    const time = previousTime(rule, day, day === endDay ? endTime : 1_439)
    if (time >= 0) {
      const occurrence = secondsPerDay * day + 60 * time + rule.second
      return occurrence >= rule.start ? occurrence : Number.NaN
    }
  }
  return Number.NaN
}
