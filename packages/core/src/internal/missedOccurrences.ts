import { DateTime } from "effect"
import type { Dispatch } from "../Dispatch.ts"
import type { MissedRun } from "../RunningStateChange.ts"

/** How many missed occurrences of one dispatch are reported one by one; what lies before them is summed up. */
export const missedRunsMax = 16

/**
 * Reports the occurrences from `from` to `to` (epoch milliseconds, both inclusive) as missed: the latest one by one,
 * those before them as one sum. Occurrences of which `wasDone` says so are left out of the former.
 */
export const missedOccurrences = (
  dispatch: Dispatch,
  from: number,
  to: number,
  into: Array<MissedRun>,
  wasDone: (occurrence: number) => boolean = () => false
): void => {
  const { schedule } = dispatch
  const latest: Array<number> = []
  let occurrence = schedule.previous(to)
  while (occurrence >= from && latest.length < missedRunsMax) {
    if (!wasDone(occurrence)) latest.push(occurrence)
    occurrence = schedule.previous(occurrence - 1)
  }
  if (latest.length === 0) return
  if (occurrence >= from) {
    const first = schedule.next(from)
    into.push({
      _tag: "MissedRuns",
      dispatch,
      first: DateTime.makeUnsafe(first),
      last: DateTime.makeUnsafe(occurrence),
      count: schedule.count(first, occurrence),
      reason: "LateWakeUp"
    })
  }
  for (const missed of latest.reverse()) {
    into.push({ _tag: "MissedRun", dispatch, occurrence: DateTime.makeUnsafe(missed), reason: "LateWakeUp" })
  }
}
