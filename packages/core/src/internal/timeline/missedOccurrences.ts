import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { MissedRun } from "../../RunningStateChange.ts"
import type { ExecutedOccurrences } from "./executedOccurrences.ts"

/** How many missed occurrences of one dispatch are reported one by one; what lies before them is summed up. */
export const missedRunsMax = 16

/**
 * Reports the occurrences from `from` to `to` (epoch milliseconds, both inclusive) as missed: the latest one by one,
 * those before them as one sum. Occurrences that were executed are left out.
 */
export const missedOccurrences = (
  dispatch: Dispatch,
  from: number,
  to: number,
  into: Array<MissedRun>,
  executed?: ExecutedOccurrences
): void => {
  const { schedule } = dispatch
  const latest: Array<number> = []
  const begin = Math.max(from, (executed?.allUpTo ?? -Infinity) + 1)
  let occurrence = schedule.previous(to)
  while (occurrence >= begin && latest.length < missedRunsMax) {
    if (executed?.has(occurrence) !== true) latest.push(occurrence)
    occurrence = schedule.previous(occurrence - 1)
  }
  if (latest.length === 0) return
  const first = occurrence >= begin ? schedule.next(begin) : Number.NaN
  const count =
    occurrence >= begin
      ? schedule.count(first, occurrence) - (executed?.countBetween(first, occurrence) ?? 0)
      : 0
  if (count > 0) {
    into.push({
      _tag: "MissedRuns",
      dispatch,
      first: DateTime.makeUnsafe(first),
      last: DateTime.makeUnsafe(occurrence),
      count,
      reason: "LateWakeUp"
    })
  }
  for (const missed of latest.reverse()) {
    into.push({ _tag: "MissedRun", dispatch, occurrence: DateTime.makeUnsafe(missed), reason: "LateWakeUp" })
  }
}
