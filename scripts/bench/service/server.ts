/**
 * A server in a process of its own: `node server.ts ours|bare FOLDER`. It prints its port. Each line of input is a
 * number of changes to tell all streams of, and is answered by a line once they are handed over. `ours` keeps its
 * dispatches in SQLite at NORMAL; `bare` is connect on Node with handlers that do nothing.
 */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { create } from "@bufbuild/protobuf"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ChangeFeed from "@effect-dispatch/server/ChangeFeed"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import { Duration, Effect, Layer } from "effect"

const microgridId = MicrogridId.make(1n)

/** The last change that was told, though never committed: the measurement is of the telling. */
let told = 0n

/** Prints the port, then obeys each line. */
const obey = (port: number, tell: (count: number) => Promise<void>): void => {
  console.log(port)
  createInterface({ input: process.stdin }).on("line", (line) => {
    void tell(Number(line)).then(() => console.log("told"))
  })
}

const ours = Effect.gen(function* () {
  const filename = join(process.argv[3] ?? ".", "store.sqlite")
  const store = Layer.effect(
    DispatchStore,
    Effect.map(DispatchStore, (inner) =>
      DispatchStore.of({
        ...inner,
        lastChange: (id) => Effect.map(inner.lastChange(id), (last) => (last > told ? last : told))
      })
    )
  ).pipe(Layer.provide(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" })))
  return yield* Effect.gen(function* () {
    const { port } = yield* GrpcServer.GrpcServer
    const feed = yield* ChangeFeed.ChangeFeed
    const service = yield* DispatchService.DispatchService
    const kept = yield* DispatchStore
    const made = yield* service.create(microgridId, {
      type: "CHARGE",
      startTime: "NOW",
      duration: Duration.minutes(10),
      target: Target.componentIds(1n, 2n),
      payload: { power_w: 5_000, mode: "charge" }
    })
    // The bytes are for others than the streams.
    const bytes = new Uint8Array()
    const tell = (count: number) =>
      Effect.flatMap(kept.lastChange(microgridId), (last) =>
        Effect.forEach(
          Array.from({ length: count }),
          (_, index) => {
            told = last + BigInt(index + 1)
            return feed.publish({ microgridId, number: told, kind: "Updated", dispatch: made, bytes })
          },
          { discard: true }
        )
      )
    const run = Effect.runPromiseWith(yield* Effect.context())
    obey(port, (count) => run(tell(count)))
    return yield* Effect.never
  }).pipe(
    Effect.provide(
      GrpcServer.layer({ port: 0 }).pipe(
        Layer.provideMerge(DispatchService.layerWithFeed),
        Layer.provideMerge(ChangeFeed.layer),
        Layer.provideMerge(store)
      )
    )
  )
})

const bare = (): void => {
  const data = {
    type: "CHARGE",
    startTime: timestampFromMs(Date.now()),
    duration: 600,
    target: { components: { case: "componentIds" as const, value: { ids: [1n, 2n] } } },
    isActive: true,
    payload: { power_w: 5_000, mode: "charge" }
  }
  const now = timestampFromMs(Date.now())
  const metadata = { dispatchId: 1n, createTime: now, updateTime: now, endTime: now }
  const dispatch = create(Protobuf.DispatchSchema, { metadata, data })
  const event = create(Protobuf.StreamMicrogridDispatchesResponseSchema, {
    dispatch,
    event: Protobuf.Event.UPDATED
  })
  let waiting: Array<(count: number) => void> = []
  const handle = connectNodeAdapter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    acceptCompression: [],
    routes: (router) =>
      router.service(Protobuf.MicrogridDispatchService, {
        getMicrogridDispatch: ({ microgridId }) => ({ microgridId, dispatch }),
        createMicrogridDispatch: ({ dispatchData }) =>
          dispatchData === undefined ? {} : { dispatch: { metadata, data: dispatchData } },
        streamMicrogridDispatches: async function* () {
          while (true) {
            const count = await new Promise<number>((resolve) => waiting.push(resolve))
            for (let told = 0; told < count; told++) yield event
          }
        }
      })
  })
  const server = http2.createServer({}, handle).listen(0, "127.0.0.1", () => {
    obey((server.address() as AddressInfo).port, async (count) => {
      const all = waiting
      waiting = []
      for (const resolve of all) resolve(count)
    })
  })
}

if (process.argv[2] === "bare") bare()
else await Effect.runPromise(Effect.scoped(ours))
