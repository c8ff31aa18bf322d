import { DispatcherGrpc } from "@effect-dispatch/client"
import { Dispatcher, MicrogridId } from "@effect-dispatch/core"
import { Effect, Stream } from "effect"

/** Logs what charges now, and everything that changes about it. */
export const followCharging = Effect.gen(function* () {
  const dispatcher = yield* Dispatcher.Dispatcher
  const changes = yield* dispatcher.runningStateChanges("CHARGE", { current: true })
  yield* Stream.runForEach(changes, ({ dispatch, state, until }) =>
    Effect.log(state, dispatch.payload, until)
  )
}).pipe(Effect.scoped)

/** The same, with the dispatcher of microgrid 1 at the service that the environment names. */
export const program = Effect.provide(
  followCharging,
  DispatcherGrpc.layerConfig({ microgridId: MicrogridId.make(1n) })
)
