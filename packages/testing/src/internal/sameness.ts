/** Dispatches and changes that are the same to a consumer. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Payload from "@effect-dispatch/core/Payload"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"
import * as Oracle from "../Oracle.ts"

/** True if nothing of it lies ahead: the listing leaves out a dispatch that ended some minutes ago. */
export const isOver = (dispatch: Dispatch, now: number): boolean =>
  Oracle.runAt({ ...dispatch, active: true } as Dispatch, now) === undefined &&
  dispatch.nextRun(DateTime.makeUnsafe(now)) === undefined

/** True if a run of the one may go on as the other. */
export const isSameKind = (left: Dispatch, right: Dispatch): boolean =>
  left.type === right.type && left.dryRun === right.dryRun

/** True if a consumer that runs the one need not be told of the other. */
export const steersTheSame = (left: Dispatch, right: Dispatch): boolean =>
  isSameKind(left, right) &&
  Duration.Equivalence(left.duration, right.duration) &&
  Target.equals(left.target, right.target) &&
  Payload.equals(left.payload, right.payload)

/** True if two changes tell a consumer the same. */
export const sayTheSame = (left: RunningStateChange, right: RunningStateChange): boolean =>
  left.occurrence.epochMilliseconds === right.occurrence.epochMilliseconds &&
  steersTheSame(left.dispatch, right.dispatch)
