import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { MissedRun } from "../../RunningStateChange.ts"
import type { Executions } from "./executions.ts"

/** How many missed occurrences of one dispatch are reported one by one; what lies before them is summed up. */
export const missedRunsMax = 16

/**
 * Reports the occurrences from `from` to `to` (epoch milliseconds, both inclusive) as missed: the latest one by one,
 * those before them as one sum. Those that were executed, or otherwise not missed, are left out.
 */
export const missedOccurrences = (
  dispatch: Dispatch,
  from: number,
  to: number,
  into: Array<MissedRun>,
  executed?: Executions
): void => {
  const { schedule } = dispatch
  const latestUpTo = (instant: number): number => {
    let occurrence = schedule.previous(instant)
    while (occurrence >= from && executed?.has(occurrence) === true) {
      occurrence = schedule.previous(executed.skipBack(occurrence, dispatch))
    }
    return occurrence
  }
  const latest: Array<number> = []
  let last = latestUpTo(to)
  while (last >= from && latest.length < missedRunsMax) {
    latest.push(last)
    last = latestUpTo(last - 1)
  }
  if (last >= from) {
    let first = schedule.next(from)
    while (executed?.has(first) === true) first = schedule.next(executed.skipForth(first, dispatch))
    into.push({
      _tag: "MissedRuns",
      dispatch,
      first: DateTime.makeUnsafe(first),
      last: DateTime.makeUnsafe(last),
      count: schedule.count(first, last) - (executed?.count(dispatch, first, last) ?? 0),
      reason: "LateWakeUp"
    })
  }
  for (const missed of latest.reverse()) {
    into.push({ _tag: "MissedRun", dispatch, occurrence: DateTime.makeUnsafe(missed), reason: "LateWakeUp" })
  }
}
