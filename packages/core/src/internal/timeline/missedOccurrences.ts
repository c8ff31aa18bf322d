import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { MissedRun } from "../../RunningStateChange.ts"
import type { ExecutedOccurrences } from "./executedOccurrences.ts"

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
  executed?: ExecutedOccurrences
): void => {
  const { schedule } = dispatch
  const begin = Math.max(from, (executed?.allUpTo ?? -Infinity) + 1)
  const wasExecuted = (occurrence: number) => executed?.has(occurrence) === true
  const latestUpTo = (instant: number): number => {
    let occurrence = schedule.previous(instant)
    while (occurrence >= begin && wasExecuted(occurrence)) occurrence = schedule.previous(occurrence - 1)
    return occurrence
  }
  const latest: Array<number> = []
  let last = latestUpTo(to)
  while (last >= begin && latest.length < missedRunsMax) {
    latest.push(last)
    last = latestUpTo(last - 1)
  }
  if (last >= begin) {
    let first = schedule.next(begin)
    while (wasExecuted(first)) first = schedule.next(first + 1)
    // What was executed under another rule need not be an occurrence of this one.
    const between = (executed?.latest ?? []).filter(
      (occurrence) => first < occurrence && occurrence < last && schedule.previous(occurrence) === occurrence
    )
    into.push({
      _tag: "MissedRuns",
      dispatch,
      first: DateTime.makeUnsafe(first),
      last: DateTime.makeUnsafe(last),
      count: schedule.count(first, last) - between.length,
      reason: "LateWakeUp"
    })
  }
  for (const missed of latest.reverse()) {
    into.push({ _tag: "MissedRun", dispatch, occurrence: DateTime.makeUnsafe(missed), reason: "LateWakeUp" })
  }
}
