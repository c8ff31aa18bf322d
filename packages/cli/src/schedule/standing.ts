/** Where a dispatch stands at an instant: its state, its present run, and its next one. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { Run } from "@effect-dispatch/core/Recurrence"
import { DateTime } from "effect"

/** A dispatch at an instant. */
export interface Standing {
  readonly state: "inactive" | "running" | "waiting" | "over"
  /** The run that is on. */
  readonly current: Run | undefined
  /** The beginning of the first run after it; none while the dispatch is inactive. */
  readonly next: DateTime.Utc | undefined
}

/** Tells where a dispatch stands. */
export const standingOf = (dispatch: Dispatch, now: DateTime.Utc): Standing => {
  if (!dispatch.active) return { state: "inactive", current: undefined, next: undefined }
  const millis = now.epochMilliseconds
  const begun = dispatch.startedAt(now) ? dispatch.schedule.runAt(millis) : Number.NaN
  if (Number.isNaN(begun)) {
    const next = dispatch.nextRun(now)
    return { state: next === undefined ? "over" : "waiting", current: undefined, next }
  }
  const occurrence = DateTime.makeUnsafe(begun)
  const next = dispatch.nextRun(begun < millis ? now : DateTime.add(occurrence, { seconds: 1 }))
  return { state: "running", current: { occurrence, until: dispatch.until(now) }, next }
}

/** The same dispatches: those that run first, then by their next run, then those that have none. */
export const byNextRun = (dispatches: ReadonlyArray<Dispatch>, now: DateTime.Utc): ReadonlyArray<Dispatch> =>
  dispatches
    .map((dispatch) => ({ dispatch, at: instantOf(standingOf(dispatch, now)) }))
    .sort((one, other) => one.at - other.at || compareIds(one.dispatch, other.dispatch))
    .map(({ dispatch }) => dispatch)

/** A run that is on began before all that are to come. */
const instantOf = ({ current, next }: Standing): number =>
  (current?.occurrence ?? next)?.epochMilliseconds ?? Number.MAX_VALUE

const compareIds = (one: Dispatch, other: Dispatch): number => (one.id < other.id ? -1 : 1)
