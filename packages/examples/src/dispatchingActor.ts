import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchingActor, DispatchScheduler, MicrogridId } from "@effect-dispatch/core"
import { Effect, Layer, Stream } from "effect"

/** Follows microgrid 1 for a shift of eight hours, and tells how it goes. */
export const shift = Effect.gen(function* () {
  const dispatching = yield* DispatchingActor.make({ microgridId: MicrogridId.make(1n), restartLimit: 3 })
  const { actor } = dispatching

  // Subscriptions stand before the actor runs, and outlive its stops and restarts.
  const changes = yield* dispatching.runningStateChanges({ type: "CHARGE" })
  const events = yield* dispatching.lifecycleEvents()
  const tellChange = Stream.runForEach(changes, ({ dispatch, state }) =>
    Effect.log(`#${dispatch.id} ${state}`)
  )
  const tellEvent = Stream.runForEach(events, ({ _tag, dispatch }) => Effect.log(`#${dispatch.id} ${_tag}`))
  yield* Effect.forkScoped(Effect.all([tellChange, tellEvent], { concurrency: "unbounded" }))

  yield* actor.start
  yield* dispatching.initialized
  yield* Effect.log(`${actor.name} knows ${(yield* dispatching.dispatches).length} dispatches`)

  const stopLater = Effect.andThen(Effect.sleep("8 hours"), actor.stop("the shift is over"))
  yield* Effect.forkScoped(stopLater)
  // Ends when the actor has been stopped, or fails with its last failure once its restarts are used up.
  yield* actor.wait
  yield* Effect.log("The shift is over")
}).pipe(Effect.scoped)

/** The same at the service that the environment names. The actor needs a client, and a timer. */
export const program = Effect.provide(
  shift,
  Layer.merge(DispatchClientGrpc.layerConfig, DispatchScheduler.layer)
)
