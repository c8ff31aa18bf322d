/**
 * The standing of a dispatch at an instant: its state, its present run, and its next one.
 *
 * @since 0.1.0
 */
import { DateTime } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import type { Run } from "./Recurrence.ts"

/**
 * A dispatch at an instant, as it is planned.
 *
 * @category models
 * @since 0.1.0
 */
export interface Standing {
  readonly state: "inactive" | "running" | "waiting" | "over"
  /** The run that is on. */
  readonly current: Run | undefined
  /** The beginning of the first run after it; none while the dispatch is inactive. */
  readonly next: DateTime.Utc | undefined
}

/**
 * Tells where a dispatch stands at an instant.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatch, DispatchId, Standing, Target } from "@effect-dispatch/core"
 * import { DateTime, Duration } from "effect"
 *
 * const startTime = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
 * const once = new Dispatch.Dispatch({
 *   id: DispatchId.make(1n),
 *   type: "CHARGE",
 *   startTime,
 *   duration: Duration.hours(1),
 *   target: Target.componentCategories("BATTERY"),
 *   active: true,
 *   dryRun: false,
 *   payload: {},
 *   createTime: startTime,
 *   updateTime: 1n
 * })
 * assert.strictEqual(Standing.standingOf(once, startTime).state, "running")
 * assert.strictEqual(Standing.standingOf(once, DateTime.add(startTime, { hours: 1 })).state, "over")
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category queries
 * @since 0.1.0
 */
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
