import { DispatcherGrpc } from "@effect-dispatch/client"
import { Dispatcher, MicrogridId } from "@effect-dispatch/core"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect, Stream } from "effect"

/** Prints what starts, changes and stops at microgrid 1. */
const program = Dispatcher.run((dispatcher) =>
  Effect.gen(function* () {
    const changes = yield* dispatcher.runningStateChanges()
    yield* Stream.runForEach(changes, ({ dispatch, state }) =>
      Console.log(`#${dispatch.id} ${dispatch.type} ${state}`)
    )
  })
)

NodeRuntime.runMain(
  Effect.provide(program, DispatcherGrpc.layerConfig({ microgridId: MicrogridId.make(1n) }))
)
