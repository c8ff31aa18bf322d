import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { MissedReason, MissedRun } from "../../RunningStateChange.ts"
import { Executions, type Interval } from "./executions.ts"

/**
 * The number of missed occurrences of one dispatch that are reported one by one. Earlier ones are summed up. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const missedRunsMax = 16

const nothing = new Executions()

/**
 * Reports the occurrences of an interval (epoch milliseconds, both ends inclusive) as missed: the latest one by one,
 * earlier ones as one sum for each reason. Executed occurrences, and others not missed, are left out.
 */
export const missedOccurrences = (
  dispatch: Dispatch,
  [from, to]: Interval,
  into: Array<MissedRun>,
  executed: Executions = nothing
): void => {
  let last = latestUpTo(dispatch, [from, to], executed)
  // By far the most evaluations find nothing.
  if (!(last >= from)) return
  const latest: Array<number> = []
  while (last >= from && latest.length < missedRunsMax) {
    latest.push(last)
    last = latestUpTo(dispatch, [from, last - 1], executed)
  }
  if (last >= from) into.push(...sumsOf(dispatch, [from, last], executed))
  for (const occurrence of latest.reverse()) {
    const reason = executed.isUnremembered(occurrence) ? "Unremembered" : "LateWakeUp"
    into.push({ _tag: "MissedRun", dispatch, occurrence: DateTime.makeUnsafe(occurrence), reason })
  }
}

/** The part of a report that is over at an instant (epoch milliseconds): all of it, unless the clock was set back since. */
export const partOver = (
  run: MissedRun,
  now: number,
  executed: Executions = nothing
): ReadonlyArray<MissedRun> => {
  const { dispatch, reason } = run
  const latest = now - dispatch.schedule.length
  if (run._tag === "MissedRun") return run.occurrence.epochMilliseconds <= latest ? [run] : []
  if (run.last.epochMilliseconds <= latest) return [run]
  const over = sumsOf(dispatch, [run.first.epochMilliseconds, latest], executed)
  return over.filter((sum) => sum.reason === reason)
}

/** The latest occurrence of an interval that was not executed; an instant before it or `NaN`, if there is none. */
const latestUpTo = (dispatch: Dispatch, [from, to]: Interval, executed: Executions): number => {
  const { schedule } = dispatch
  let occurrence = schedule.previous(to)
  while (occurrence >= from && executed.has(occurrence)) {
    occurrence = schedule.previous(executed.skipBack(occurrence, dispatch))
  }
  return occurrence
}

const earliestFrom = (dispatch: Dispatch, from: number, executed: Executions): number => {
  const { schedule } = dispatch
  let occurrence = schedule.next(from)
  while (executed.has(occurrence)) occurrence = schedule.next(executed.skipForth(occurrence, dispatch))
  return occurrence
}

const sumsOf = (dispatch: Dispatch, all: Interval, executed: Executions): ReadonlyArray<MissedRun> => {
  const unremembered = executed.unrememberedWithin(...all)
  return [
    ...sumOf(dispatch, without(all, unremembered), "LateWakeUp", executed),
    ...sumOf(dispatch, unremembered, "Unremembered", executed)
  ]
}

/** The rest of an interval without parts of it. */
const without = ([from, to]: Interval, parts: ReadonlyArray<Interval>): ReadonlyArray<Interval> => {
  const rest: Array<Interval> = []
  let begin = from
  for (const [first, last] of parts) {
    rest.push([begin, first - 1])
    begin = last + 1
  }
  rest.push([begin, to])
  return rest.filter(([first, last]) => first <= last)
}

const sumOf = (
  dispatch: Dispatch,
  parts: ReadonlyArray<Interval>,
  reason: MissedReason,
  executed: Executions
): ReadonlyArray<MissedRun> => {
  let count = 0
  let first = Number.NaN
  let last = Number.NaN
  for (const [from, to] of parts) {
    const missed = dispatch.schedule.count(from, to) - executed.count(dispatch, from, to)
    if (missed === 0) continue
    count += missed
    if (Number.isNaN(first)) first = earliestFrom(dispatch, from, executed)
    last = latestUpTo(dispatch, [from, to], executed)
  }
  if (count === 0) return []
  const [from, to] = [DateTime.makeUnsafe(first), DateTime.makeUnsafe(last)]
  return [{ _tag: "MissedRuns", dispatch, first: from, last: to, count, reason }]
}
