/** States in words. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime } from "effect"
import type { Knowledge } from "../worker/protocol.ts"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"

/** The state of a dispatch by the plan, and when it will be another. */
export const ofDispatch = (dispatch: Dispatch, now: number, zone: Zone): string => {
  const at = DateTime.makeUnsafe(now)
  if (!dispatch.active) return "paused"
  if (dispatch.startedAt(at)) {
    const until = dispatch.until(at)
    return until === undefined
      ? "running until it is stopped"
      : `running until ${Times.moment(zone, until.epochMilliseconds, now)}`
  }
  const next = dispatch.nextRun(at)
  return next === undefined ? "over" : `next ${Times.moment(zone, next.epochMilliseconds, now)}`
}

/** The knowledge of the service in a word. */
export const ofKnowledge = ({ size, status }: Knowledge): string => {
  if (size?.isTooMany === true) return "Too many to show"
  return { Connecting: "Connecting", Synchronised: "In sync", Stale: "Stale" }[status]
}

/** The title of a page among others: trouble comes first. */
export const titleOf = (knowledge: Knowledge, microgridId: bigint): string => {
  const trouble = knowledge.status === "Stale" ? `${ofKnowledge(knowledge)} · ` : ""
  return `${trouble}Microgrid ${microgridId} · Dispatches`
}

/** A text as a sentence of its own. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`

/** The time since an instant: `12 s`, `4 min`, `2 h`. */
export const since = (at: number, now: number): string => {
  const seconds = Math.max(0, Math.round((now - at) / 1_000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`
}
