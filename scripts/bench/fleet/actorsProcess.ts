/**
 * A process that starts dispatchers, or opens streams and lists without any, for so many microgrids; the argument is the
 * URL of the service.
 */
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Layer, Logger, ManagedRuntime, Scope, Stream } from "effect"
import { obey, usage } from "../service/process.ts"

const runtime = ManagedRuntime.make(
  Layer.mergeAll(
    DispatchClientGrpc.layer({ url: process.argv[2] ?? "" }),
    DispatchScheduler.layer,
    Logger.layer([])
  )
)
const scope = Scope.makeUnsafe()

/** A dispatcher in sync. */
const started = (microgridId: MicrogridId) =>
  Effect.flatMap(
    Dispatcher.make({ microgridId, sync: { resyncInterval: "15 minutes" } }),
    ({ initialized }) => initialized
  )

/** A stream that is followed, and a list. */
const bare = (id: MicrogridId) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const { effective, events } = yield* client.stream(id)
    yield* effective
    yield* Effect.forkScoped(Stream.runDrain(events))
    yield* Stream.runDrain(client.list(id))
  })

type Needs = DispatchClient | DispatchScheduler.DispatchScheduler | Scope.Scope

const measured =
  <E>(act: (id: MicrogridId) => Effect.Effect<unknown, E, Needs>) =>
  async (count: number) => {
    const ids = Array.from({ length: count }, (_, index) => MicrogridId.make(BigInt(index + 1)))
    const before = usage()
    const from = performance.now()
    await runtime.runPromise(
      Scope.provide(Effect.forEach(ids, act, { concurrency: "unbounded", discard: true }), scope)
    )
    const millis = performance.now() - from
    // Passing needs of the start are over by then.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const after = usage()
    return {
      cpu: (after["cpu"] ?? 0) - (before["cpu"] ?? 0),
      heap: (after["heap"] ?? 0) - (before["heap"] ?? 0),
      millis
    }
  }

await runtime.runPromise(Effect.void)
obey(usage(), { actors: measured(started), bare: measured(bare) })
