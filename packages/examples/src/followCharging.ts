import { Dispatcher } from "@effect-dispatch/core"
import { Effect, Stream } from "effect"

export const followCharging = Effect.gen(function* () {
  const dispatcher = yield* Dispatcher
  const changes = yield* dispatcher.runningStateChanges("CHARGE", { current: true })
  yield* Stream.runForEach(changes, ({ dispatch, state, until }) =>
    Effect.log(state, dispatch.payload, until)
  )
}).pipe(Effect.scoped)
