/**
 * Dispatches drawn from a seed: the same seed gives the same dispatches, whatever their use.
 *
 * @since 0.1.0
 */
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime, Duration } from "effect"
import { Chance } from "./Chance.ts"
import { type Draft, drawDraft, ruleOf } from "./internal/drafts.ts"

/**
 * Draws one dispatch after the other.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchGenerator {
  /**
   * Draws a dispatch that a service accepts at this instant, biased to boundaries: starts at once, commands, runs
   * without an end or longer than their interval, the 31st, the 29th of February, time zones, ids beyond what a double can hold.
   */
  readonly next: (now: DateTime.Utc) => NewDispatch
}

/**
 * Makes a generator.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchGenerator } from "@effect-dispatch/testing"
 * import { DateTime } from "effect"
 *
 * const now = DateTime.makeUnsafe("2026-11-23T12:00:00Z")
 * const [one, same] = [DispatchGenerator.make(7), DispatchGenerator.make(7)]
 * assert.deepStrictEqual(one.next(now), same.next(now))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (seed: number): DispatchGenerator => {
  const chance = new Chance(seed)
  return {
    next: (now) => {
      for (;;) {
        const dispatch = toNew(drawDraft(chance), now)
        if (isTaken(dispatch, now)) return dispatch
      }
    }
  }
}

const toNew = (draft: Draft, now: DateTime.Utc): NewDispatch => {
  const { duration, endsOff: _, recurrence, startsIn, timeZone, ...same } = draft
  return {
    ...same,
    startTime: startsIn === 0 ? "NOW" : DateTime.addDuration(now, startsIn),
    duration: duration === null ? Duration.infinity : Duration.seconds(duration),
    ...(recurrence === undefined ? undefined : { recurrence: ruleOf(recurrence, timeZone) })
  }
}

/** A service refuses starts in the past, days of the month by the week, ids beyond 63 bits, and rules that never match. */
const isTaken = ({ recurrence, startTime, target }: NewDispatch, now: DateTime.Utc): boolean => {
  if (startTime !== "NOW" && DateTime.isLessThan(startTime, now)) return false
  if (target._tag === "ComponentIds" && target.ids.some((id) => id > WireLimits.idMax)) return false
  if (recurrence === undefined) return true
  if (recurrence.frequency === "WEEKLY" && (recurrence.byMonthDays ?? []).length > 0) return false
  const start =
    startTime === "NOW"
      ? Math.floor(now.epochMilliseconds / 1_000)
      : Math.ceil(startTime.epochMilliseconds / 1_000)
  return !Number.isNaN(Recurrence.nextSeconds(Recurrence.compile(recurrence, start), start))
}
