/**
 * A server to attack, in a process of its own: it prints a line with its port and two keys, and answers each line of its
 * input with the most memory that it has held, in MiB, and the streams that are open.
 */
import { createInterface } from "node:readline"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { DateTime, Duration, Effect, Layer, Metric, Redacted } from "effect"

/** Dispatches of the first microgrid: a page of them is as large as pages are. */
const count = 30

const fill = Effect.gen(function* () {
  const service = yield* DispatchService.DispatchService
  const create = service.create(MicrogridId.make(1n), {
    type: "CHARGE",
    startTime: DateTime.makeUnsafe("2100-01-01T00:00:00Z"),
    duration: Duration.minutes(10),
    target: Target.componentIds(1n),
    payload: { text: "x".repeat(45_000) }
  })
  yield* Effect.replicateEffect(create, count)
})

const makeKey = Effect.fnUntraced(function* (name: string) {
  const fresh = yield* AccessKeys.make({
    name,
    microgrids: "all",
    rights: ["read", "write"],
    signed: false
  })
  yield* (yield* AccessKeyStore).addKey(fresh.kept)
  return Redacted.value(fresh.key)
})

const open = Effect.map(Metric.value(Metrics.streams.at()), ({ value }) => value)

const program = Effect.gen(function* () {
  const { port } = yield* GrpcServer.GrpcServer
  yield* fill
  const run = Effect.runSyncWith(yield* Effect.context())
  console.log(JSON.stringify({ port, key: yield* makeKey("plant"), otherKey: yield* makeKey("other plant") }))
  createInterface({ input: process.stdin }).on("line", () => {
    const peak = Math.round(process.resourceUsage().maxRSS / 1_024)
    console.log(JSON.stringify({ peak, streams: run(open) }))
  })
  return yield* Effect.never
}).pipe(
  Effect.provide(
    GrpcServer.layerAccess({ port: 0 }).pipe(
      Layer.provideMerge(AccessControl.layer),
      Layer.provideMerge(DispatchService.layer),
      Layer.provideMerge(DispatchStoreMemory.layer)
    )
  )
)

await Effect.runPromise(Effect.scoped(program))
