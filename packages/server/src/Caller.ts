/**
 * The caller that the service acts for.
 *
 * @since 0.1.0
 */
import { Context } from "effect"

/**
 * The caller: the name of the key that was shown, which audit records carry.
 *
 * @category models
 * @since 0.1.0
 */
export interface Caller {
  readonly name: string
  /** The id of the key; calls of one key wait for each other. */
  readonly id?: string | undefined
}

/**
 * The caller of the service. A program that uses the service directly, without a wire, is `local`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { Caller, DispatchService, DispatchStore, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { create } = yield* DispatchService.DispatchService
 *   const microgridId = MicrogridId.make(1n)
 *   const created = create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) })
 *   yield* Effect.provideService(created, Caller.Caller, { name: "night shift" })
 *   const { audit } = yield* DispatchStore.DispatchStore
 *   assert.strictEqual((yield* audit(microgridId, 1))[0]?.by, "night shift")
 * })
 * const layer = Layer.provideMerge(DispatchService.layer, DispatchStoreMemory.layer)
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @category references
 * @since 0.1.0
 */
export const Caller: Context.Reference<Caller> = Context.Reference<Caller>("@effect-dispatch/server/Caller", {
  defaultValue: () => ({ name: "local" })
})
