/** The order of changes that are published at one instant. */
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"

/** Ids compare as numbers. */
export const compareIds = (left: DispatchId, right: DispatchId): number =>
  left < right ? -1 : left > right ? 1 : 0

/** By id. */
export const byId = (left: RunningStateChange, right: RunningStateChange): number =>
  compareIds(left.dispatch.id, right.dispatch.id)

/** By occurrence, then id. */
export const byOccurrence = (left: RunningStateChange, right: RunningStateChange): number =>
  left.occurrence.epochMilliseconds - right.occurrence.epochMilliseconds || byId(left, right)
