/** One dispatch that runs for a minute, and what is told of it. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

export const t0 = Date.UTC(2026, 0, 1, 10)
export const seconds = (value: number) => t0 + value * 1_000
export const at = (value: number) => DateTime.makeUnsafe(seconds(value))

/** Runs for the first minute after `t0`. */
export const version = new Dispatch({
  id: DispatchId.make(1n),
  type: "CHARGE",
  startTime: at(0),
  duration: Duration.seconds(60),
  target: Target.componentIds(1n),
  active: true,
  dryRun: false,
  payload: {},
  createTime: at(0),
  updateTime: 1n
})

/** A change of its run, for an edge so many seconds after `t0`, decided at once unless given. */
export const change = (state: "Running" | "Stopped", edge: number, decided = edge): RunningStateChange => ({
  dispatch: version,
  state,
  at: at(edge),
  decidedAt: at(decided),
  occurrence: at(0),
  until: at(60),
  continues: false,
  cause: "Scheduled"
})
