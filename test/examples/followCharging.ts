import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchingActor, DispatchScheduler, MicrogridId } from "@effect-dispatch/core"
import { Effect, Layer, Stream } from "effect"

const Dispatching = DispatchingActor.layer({ microgridId: MicrogridId.make(1n) }).pipe(
  Layer.provide(DispatchClientGrpc.layer({ url: "grpc://127.0.0.1:50051?ssl=false" })),
  Layer.provide(DispatchScheduler.layer)
)

export const followCharging = Effect.gen(function* () {
  const actor = yield* DispatchingActor
  const changes = yield* actor.runningStateChanges({ type: "CHARGE", current: true })
  yield* Stream.runForEach(changes, ({ dispatch, state, until }) =>
    Effect.log(state, dispatch.payload, until)
  )
}).pipe(Effect.scoped, Effect.provide(Dispatching))
