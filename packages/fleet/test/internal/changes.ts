/** Starts and stops of dispatches, for tests. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

/** The instant of all of them. */
export const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")

/** A change of a dispatch, which is a command if it takes no time. */
export const change = (
  id: bigint,
  state: "Running" | "Stopped" = "Running",
  duration = Duration.hours(2)
): RunningStateChange => ({
  dispatch: new Dispatch({
    id: DispatchId.make(id),
    type: "CHARGE",
    startTime: at,
    duration,
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: { power_w: 5 },
    createTime: at,
    updateTime: 1n
  }),
  state,
  at,
  decidedAt: at,
  occurrence: at,
  until: Duration.isZero(duration) ? at : undefined,
  continues: false,
  cause: "Scheduled"
})
