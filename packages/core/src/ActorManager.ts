/**
 * Runs an application's own code while its dispatches run.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { DispatchingActor } from "./DispatchingActor.ts"
import { ManagedTypes } from "./internal/management/managedTypes.ts"
import type { Manage } from "./ManageOptions.ts"

/**
 * Runs an actor for every dispatch of the types it manages, or for every identity of a merge strategy.
 *
 * `Running` starts an actor or, if it is up, tells it the new info. `Stopped` interrupts it; it is not started again
 * before its finalizers have ended. An actor that fails is tried again; one that ends by itself is started again by the
 * next `Running`. The actor of a command runs to completion, unless its dispatch is deleted or deactivated. No actor's
 * failure touches another.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ActorManager, DispatchingActor, DispatchScheduler, MicrogridId } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const manager = yield* ActorManager.ActorManager
 *   yield* manager.manage("CHARGE", () => Effect.never)
 *   assert.ok(yield* manager.isManaged("CHARGE"))
 *   yield* manager.stopManaging("CHARGE")
 *   assert.ok(!(yield* manager.isManaged("CHARGE")))
 * })
 * const Managing = ActorManager.layer.pipe(
 *   Layer.provide(DispatchingActor.layer({ microgridId: MicrogridId.make(1n) })),
 *   Layer.provide([DispatchScheduler.layer, ServiceClient.layerMemory])
 * )
 * await Effect.runPromise(Effect.provide(program, Managing))
 * ```
 *
 * @see BEHAVIOUR section 7
 * @category services
 * @since 0.1.0
 */
export class ActorManager extends Context.Service<
  ActorManager,
  {
    /** Manages a type. A type that is managed already stays as it is, with a warning. */
    readonly manage: Manage
    /** Stops the actors of a type, waits for their finalizers, and manages it no longer. */
    readonly stopManaging: (type: string) => Effect.Effect<void>
    /** True from `manage` until the last actor of the type has ended. */
    readonly isManaged: (type: string) => Effect.Effect<boolean>
    /** Waits until nothing is managed. */
    readonly noneManaged: Effect.Effect<void>
  }
>()("@effect-dispatch/core/ActorManager") {}

/**
 * Makes a manager for the life of the scope; leaving it stops all actors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.gen(function* () {
  const types = new ManagedTypes(yield* DispatchingActor, yield* Effect.scope)
  yield* Effect.addFinalizer(() => types.stopAll)
  return ActorManager.of({
    manage: types.manage,
    stopManaging: (type) => types.stop(type),
    isManaged: (type) => Effect.sync(() => types.has(type)),
    noneManaged: types.none
  })
})

/**
 * The manager of a dispatching actor.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ActorManager, never, DispatchingActor> = Layer.effect(ActorManager, make)
