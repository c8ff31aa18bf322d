/** Runs to leave out of a dispatch, and to have again. */
import { type CalendarRule, exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import { DateTime, Duration, Effect } from "effect"
import { UsageError } from "../UsageError.ts"
import { dayOf, runsOfDay } from "./exceptions.ts"
import type { TimeText } from "./flags.ts"
import { inZone } from "./recurrence.ts"
import { utcClock } from "./zone.ts"

/** A recurring dispatch, its rule in the form that has exceptions, and the clock of the rule. */
export interface Recurring {
  readonly dispatch: Dispatch
  readonly rule: CalendarRule
  readonly clock: LocalClock
}

/** The rule of a dispatch as one with exceptions; fails where it can have none. */
export const recurring = Effect.fnUntraced(function* (dispatch: Dispatch) {
  const { duration, recurrence } = dispatch
  if (recurrence === undefined || !Duration.isFinite(duration)) {
    return yield* new UsageError({
      message: `#${dispatch.id} does not recur, so that no run of it can be left out: make it inactive, or delete it`,
      example: `dispatch update 1 ${dispatch.id} --no-active`
    })
  }
  const rule = yield* inZone(recurrence)
  return { dispatch, rule, clock: LocalClock.make(rule.timeZone) ?? utcClock } satisfies Recurring
})

/** The runs that begin from one instant on and before another; one more than there may be exceptions, if so many. */
export const runsBetween = (
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

/** The run that is under way. */
export const presentRun = ({ dispatch }: Recurring, now: DateTime.Utc): DateTime.Utc | undefined => {
  const until = dispatch.until(now)
  return until && DateTime.subtractDuration(until, dispatch.duration)
}

/** The runs that a time names, exceptions too: those of a day, or the one that begins then. */
export const namedRuns = (
  { clock, dispatch, rule }: Recurring,
  { on }: TimeText
): ReadonlyArray<DateTime.Utc> => {
  const { at, isDay } = on(clock)
  const runs = runsOfDay(rule, dispatch.startTime, dayOf(at, clock), clock)
  return isDay ? runs : runs.filter((run) => DateTime.Equivalence(run, at))
}

const byTime = (one: DateTime.Utc, other: DateTime.Utc): number =>
  one.epochMilliseconds - other.epochMilliseconds

/** The exceptions with more of them. Those that are past make room; what is still too much is refused. */
export const withMore = Effect.fnUntraced(function* (
  { dispatch, rule }: Recurring,
  more: ReadonlyArray<DateTime.Utc>,
  now: DateTime.Utc
) {
  const present = (rule.exceptions ?? []).filter((at) => !more.some((run) => DateTime.Equivalence(run, at)))
  const all = [...present, ...more].sort(byTime)
  const isPast = (at: DateTime.Utc) =>
    DateTime.isLessThanOrEqualTo(DateTime.addDuration(at, dispatch.duration), now)
  const tooMany = Math.max(0, all.length - exceptionsMax)
  const kept = [...all.filter(isPast).slice(tooMany), ...all.filter((at) => !isPast(at))]
  if (kept.length <= exceptionsMax) return kept
  return yield* new UsageError({
    message: `a rule can have ${exceptionsMax} exceptions, and these would be more: choose an earlier time, or make it inactive`,
    example: `dispatch update 1 ${dispatch.id} --no-active`
  })
})
