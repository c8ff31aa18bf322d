/** Dispatches for tests: what a test does not say is the same everywhere. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

/** 2026-01-05T10:00:00Z, a Monday, in epoch milliseconds. */
export const t0 = 1_767_607_200_000

/** An instant so many seconds after `t0`. */
export const at = (seconds: number): DateTime.Utc => DateTime.makeUnsafe(t0 + seconds * 1_000)

type Fields = ConstructorParameters<typeof Dispatch>[0]

/** A dispatch of one minute that starts at `t0`, with a version number for its update time. */
export const dispatch = (
  fields: Partial<Omit<Fields, "id">> & { readonly id?: bigint; readonly version?: number } = {}
): Dispatch => {
  const { id = 1n, version = 1, ...rest } = fields
  return new Dispatch({
    id: DispatchId.make(id),
    type: "CHARGE",
    startTime: at(0),
    duration: Duration.minutes(1),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: at(-3_600),
    updateTime: BigInt(version),
    ...rest
  })
}
