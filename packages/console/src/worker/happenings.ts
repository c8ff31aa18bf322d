/** Events of the actor, as they are told on the page of activity. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { isCommand, type MissedRun, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { Happening, Knowledge } from "./protocol.ts"

/** As much of a dispatch as it takes to name it, also when it is gone. */
const nameOf = ({ id, name, type }: Dispatch): Happening["dispatch"] => ({
  id,
  ...(name === undefined ? undefined : { name }),
  type
})

/** A dispatch came, changed, went, or is over. */
export const ofEvent = (event: DispatchEvent, at: number): Happening => ({
  at,
  kind: event._tag,
  dispatch: nameOf(event.dispatch),
  detail: event._tag === "Deleted" ? "" : DispatchText.duration(event.dispatch.duration)
})

/** A run began, changed or ended, as it was planned. */
export const ofChange = (change: RunningStateChange, listeningSince: number): Happening => ({
  at: change.decidedAt.epochMilliseconds,
  kind: change.state,
  dispatch: nameOf(change.dispatch),
  detail: isCommand(change)
    ? "command"
    : change.cause === "Created" && change.dispatch.createTime.epochMilliseconds < listeningSince
      ? "ran already"
      : causes[change.cause]
})

const causes: { readonly [cause in RunningStateChange["cause"]]: string } = {
  Scheduled: "as scheduled",
  Created: "was created",
  Updated: "was changed",
  Deleted: "was deleted",
  Resync: "found while listing again",
  ClockJump: "the clock was set",
  Recovered: "from before",
  Merged: "merged"
}

/** Runs came and went untold. */
export const ofMissed = (missed: MissedRun, at: number): Happening => ({
  at,
  kind: "Missed",
  dispatch: nameOf(missed.dispatch),
  detail: missed._tag === "MissedRun" ? "one run" : DispatchText.counted(missed.count, "run")
})

/** The knowledge of the service changed. */
export const ofKnowledge = ({ cause, status }: Knowledge, at: number): Happening => ({
  at,
  kind: "Status",
  dispatch: null,
  detail:
    { Connecting: "connecting", Synchronised: "in sync", Stale: "stale" }[status] +
    (cause === null ? "" : `: ${cause}`)
})
