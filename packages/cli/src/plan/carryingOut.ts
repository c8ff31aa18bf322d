/** Writes what a plan changes. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect } from "effect"
import type { Planned } from "./plan.ts"
import { type Step, stepOf } from "./steps.ts"

/** The change of a dispatch that is there. */
export type UpdateStep = Extract<Step, { readonly _tag: "Update" }>

/** Writes only over the version that was shown. An answer that is lost is looked for, and never sent again. */
export const updateOne = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  planned: Planned,
  { changes, dispatch }: UpdateStep
) {
  const client = yield* DispatchClient
  return yield* client.update(microgrid, dispatch.id, changes, { ifUpdateTime: dispatch.updateTime }).pipe(
    Effect.catchIf(
      ({ isRetryable }) => isRetryable,
      (error) => asPlanned(client.get(microgrid, dispatch.id), planned, error)
    )
  )
})

/** The dispatch, if it is as planned all the same. */
const asPlanned = Effect.fnUntraced(function* (
  get: Effect.Effect<Dispatch, DispatchError>,
  planned: Planned,
  error: DispatchError
) {
  const found = yield* Effect.mapError(get, () => error)
  return stepOf(planned, found, yield* DateTime.now)._tag === "Same" ? found : yield* error
})
