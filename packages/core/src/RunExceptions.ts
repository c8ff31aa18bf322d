/**
 * Single runs left out of a dispatch that recurs, as exceptions of its rule.
 *
 * @since 0.1.0
 */
import { DateTime, Duration, Result } from "effect"
import { CalendarRule, exceptionsMax } from "./CalendarRule.ts"
import { Dispatch } from "./Dispatch.ts"
import type { Rule } from "./Recurrence.ts"
import { isFast } from "./RecurrenceRule.ts"

/**
 * A dispatch that recurs, with its rule in the form that has exceptions: in local time, of UTC if it has no zone.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recurring {
  readonly dispatch: Dispatch
  readonly rule: CalendarRule
}

/**
 * The reason why a dispatch has no exceptions: it does not recur (`Once`), its rule steps by real time (`RealTime`), or
 * there would be more of them than a rule may have (`TooMany`).
 *
 * @category models
 * @since 0.1.0
 */
export type Unfit = "Once" | "RealTime" | "TooMany"

/**
 * A rule of days or longer steps as one that may have exceptions.
 *
 * @category constructors
 * @since 0.1.0
 */
export const inZone = (rule: Rule): CalendarRule =>
  rule.timeZone === undefined ? new CalendarRule({ ...rule, timeZone: "UTC" }) : rule

/**
 * A dispatch as one of which runs can be left out.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatch, DispatchId, RecurrenceRule, RunExceptions, Target } from "@effect-dispatch/core"
 * import { DateTime, Duration, Result } from "effect"
 *
 * const startTime = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
 * const daily = new Dispatch.Dispatch({
 *   id: DispatchId.make(1n),
 *   type: "CHARGE",
 *   startTime,
 *   duration: Duration.hours(1),
 *   target: Target.componentCategories("BATTERY"),
 *   active: true,
 *   dryRun: false,
 *   payload: {},
 *   recurrence: RecurrenceRule.make({ frequency: "DAILY", interval: 1 }),
 *   createTime: startTime,
 *   updateTime: 1n
 * })
 * const recurring = Result.getOrThrow(RunExceptions.recurring(daily))
 * const tomorrow = DateTime.add(startTime, { days: 1 })
 * const rule = Result.getOrThrow(RunExceptions.leaveOut(recurring, [tomorrow], startTime))
 * const later = new Dispatch.Dispatch({ ...daily, recurrence: rule }).nextRun(tomorrow)
 * assert.deepStrictEqual(later, DateTime.add(startTime, { days: 2 }))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category constructors
 * @since 0.1.0
 */
export const recurring = (dispatch: Dispatch): Result.Result<Recurring, Unfit> => {
  const { duration, recurrence } = dispatch
  if (recurrence === undefined || !Duration.isFinite(duration)) return Result.fail("Once")
  return isFast(recurrence.frequency)
    ? Result.fail("RealTime")
    : Result.succeed({ dispatch, rule: inZone(recurrence) })
}

/**
 * The beginnings of the runs that are under way; several where they are longer than the time between them.
 *
 * @category queries
 * @since 0.1.0
 */
export const presentRuns = ({ dispatch }: Recurring, now: DateTime.Utc): ReadonlyArray<DateTime.Utc> => {
  if (!dispatch.startedAt(now)) return []
  const found: Array<DateTime.Utc> = []
  for (const { occurrence } of dispatch.runs(now, DateTime.add(now, { milliseconds: 1 }))) {
    if (found.length > exceptionsMax) break
    found.push(occurrence)
  }
  return found
}

/**
 * The beginnings of the runs that are under way and of those that begin before an instant.
 *
 * @category queries
 * @since 0.1.0
 */
export const runsUntil = (
  one: Recurring,
  until: DateTime.Utc,
  now: DateTime.Utc
): ReadonlyArray<DateTime.Utc> => {
  const present = presentRuns(one, now)
  const isPresent = (run: DateTime.Utc) => present.some((begun) => DateTime.Equivalence(begun, run))
  return [...present, ...runsBetween(one, now, until).filter((run) => !isPresent(run))]
}

/** The runs that begin in a stretch; one more than there may be exceptions, if there are so many. */
const runsBetween = (
  { dispatch, rule }: Recurring,
  from: DateTime.Utc,
  to: DateTime.Utc
): ReadonlyArray<DateTime.Utc> => {
  const whole = new Dispatch({ ...dispatch, recurrence: rule })
  const found: Array<DateTime.Utc> = []
  for (const { occurrence } of whole.runs(from, to)) {
    if (found.length > exceptionsMax) break
    if (DateTime.isGreaterThanOrEqualTo(occurrence, from)) found.push(occurrence)
  }
  return found
}

/**
 * The rule with more exceptions. Those that are past make room.
 *
 * @category transformations
 * @since 0.1.0
 */
export const leaveOut = (
  { dispatch, rule }: Recurring,
  more: ReadonlyArray<DateTime.Utc>,
  now: DateTime.Utc
): Result.Result<CalendarRule, Unfit> => {
  const present = (rule.exceptions ?? []).filter((at) => !more.some((run) => DateTime.Equivalence(run, at)))
  const all = [...present, ...more].sort(byTime)
  const isPast = (at: DateTime.Utc) =>
    DateTime.isLessThanOrEqualTo(DateTime.addDuration(at, dispatch.duration), now)
  const tooMany = Math.max(0, all.length - exceptionsMax)
  const exceptions = [...all.filter(isPast).slice(tooMany), ...all.filter((at) => !isPast(at))]
  return exceptions.length > exceptionsMax
    ? Result.fail("TooMany")
    : Result.succeed(new CalendarRule({ ...rule, exceptions }))
}

/**
 * The rule without these exceptions.
 *
 * @category transformations
 * @since 0.1.0
 */
export const haveAgain = ({ rule }: Recurring, runs: ReadonlyArray<DateTime.Utc>): CalendarRule => {
  const { exceptions = [], ...parts } = rule
  const left = exceptions.filter((at) => !runs.some((run) => DateTime.Equivalence(run, at)))
  return new CalendarRule({ ...parts, ...(left.length === 0 ? undefined : { exceptions: left }) })
}

const byTime = (one: DateTime.Utc, other: DateTime.Utc): number =>
  one.epochMilliseconds - other.epochMilliseconds
