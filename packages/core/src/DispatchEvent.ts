/**
 * The life of a dispatch as subscribers see it: `Created`, any number of `Updated`, then `Deleted` or `Retired`, each
 * once and in order, whatever the network repeats.
 *
 * @since 0.1.0
 */
import { Data } from "effect"
import type { Dispatch } from "./Dispatch.ts"

/**
 * A step in the life of a dispatch.
 *
 * - `Created`: it became known (also when the service created it long ago).
 * - `Updated`: a newer version is known; `previous` is the one before.
 * - `Deleted`: it is gone for ever; `dispatch` is the last known version with `deleted` set.
 * - `Retired`: it is over and no longer listed, so it is forgotten here too. If it is extended later, it is `Created`
 *   again.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchEvent = Data.TaggedEnum<{
  Created: { readonly dispatch: Dispatch }
  Updated: { readonly dispatch: Dispatch; readonly previous: Dispatch }
  Deleted: { readonly dispatch: Dispatch }
  Retired: { readonly dispatch: Dispatch }
}>

/**
 * Constructors and guards of the steps: `DispatchEvent.Created({ dispatch })`, `DispatchEvent.$match(…)`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, DispatchEvent, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const tell = DispatchEvent.DispatchEvent.$match({
 *   Created: ({ dispatch }) => `#${dispatch.id} is new`,
 *   Updated: ({ dispatch }) => `#${dispatch.id} changed`,
 *   Deleted: ({ dispatch }) => `#${dispatch.id} is gone`,
 *   Retired: ({ dispatch }) => `#${dispatch.id} is over`
 * })
 * const program = Effect.gen(function* () {
 *   const { client, initialized, lifecycleEvents, microgridId } = yield* Dispatcher.Dispatcher
 *   yield* initialized
 *   const events = yield* lifecycleEvents("CHARGE")
 *   const target = Target.componentIds(7n)
 *   const { id } = yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", target })
 *   yield* client.delete(microgridId, id)
 *   const told = yield* Stream.runCollect(Stream.take(Stream.map(events, tell), 2))
 *   assert.deepStrictEqual(told, [`#${id} is new`, `#${id} is gone`])
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) })
 * const layer = Layer.provide(Site, ServiceClient.layerMemory)
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
 * ```
 *
 * @see BEHAVIOUR section 3
 * @category constructors
 * @since 0.1.0
 */
export const DispatchEvent = Data.taggedEnum<DispatchEvent>()
