import type { Dispatch } from "../../Dispatch.ts"
import * as Payload from "../../Payload.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import * as Target from "../../Target.ts"

/** True if two announcements of a dispatch are of one kind and content. */
export const isAlike = ({ dispatch }: RunningStateChange, { dispatch: other }: RunningStateChange): boolean =>
  dispatch.isSameKind(other) && runsAlike(dispatch, other)

/** Passes announcements that are like none of these. */
export const isUnlike =
  (these: ReadonlyArray<RunningStateChange>) =>
  (change: RunningStateChange): boolean =>
    !these.some((one) => isAlike(one, change))

/** True if two versions of one kind differ in nothing that a run is told with. */
export const runsAlike = (left: Dispatch, right: Dispatch): boolean =>
  left === right ||
  (left.schedule.length === right.schedule.length &&
    Target.equals(left.target, right.target) &&
    Payload.equals(left.payload, right.payload))

/** True if the announcement differs from the run now (R3, R7). */
export const reconfigures = (
  announced: RunningStateChange,
  version: Dispatch,
  occurrence: number,
  end: number
): boolean => {
  const { dispatch } = announced
  return (
    announced.occurrence.epochMilliseconds !== occurrence ||
    (announced.until?.epochMilliseconds ?? Infinity) !== end ||
    !runsAlike(dispatch, version)
  )
}
