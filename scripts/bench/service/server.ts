/**
 * A server in a process of its own: `node server.ts ours|bare|raw|grpc-js FOLDER`. It tells its port, and obeys
 * `tell N`: so many changes to all streams. `ours` keeps its dispatches in SQLite at NORMAL; the others have one answer
 * to everything: `bare` is connect on Node, `raw` Node's HTTP/2 alone.
 */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import * as grpc from "@grpc/grpc-js"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ChangeFeed from "@effect-dispatch/server/ChangeFeed"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import { Duration, Effect, Layer } from "effect"
import * as Canned from "./canned.ts"
import { obey } from "./process.ts"

const microgridId = MicrogridId.make(1n)

/** The last change that was told, though never committed: the measurement is of the telling. */
let told = 0n

const draft = {
  type: "CHARGE",
  startTime: "NOW",
  duration: Duration.minutes(10),
  target: Target.componentIds(1n, 2n),
  payload: { power_w: 5_000, mode: "charge" }
} as const

const storeIn = (filename: string) =>
  Layer.effect(
    DispatchStore,
    Effect.map(DispatchStore, (inner) =>
      DispatchStore.of({
        ...inner,
        lastChange: (id) => Effect.map(inner.lastChange(id), (last) => (last > told ? last : told))
      })
    )
  ).pipe(Layer.provide(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" })))

const ours = Effect.gen(function* () {
  const { port } = yield* GrpcServer.GrpcServer
  const feed = yield* ChangeFeed.ChangeFeed
  const service = yield* DispatchService.DispatchService
  const kept = yield* DispatchStore
  const [made] = yield* Effect.replicateEffect(service.create(microgridId, draft), Canned.pageSize)
  if (made === undefined) return yield* Effect.die("nothing was created")
  const { bytes, message } = yield* service.get(microgridId, made.id)
  const tell = (count: number) =>
    Effect.flatMap(kept.lastChange(microgridId), (last) =>
      Effect.forEach(
        Array.from({ length: count }),
        (_, index) => {
          told = last + BigInt(index + 1)
          return feed.publish({ microgridId, number: told, kind: "Updated", dispatch: made, bytes, message })
        },
        { discard: true }
      )
    )
  const run = Effect.runPromiseWith(yield* Effect.context())
  obey({ port }, { tell: (count) => run(Effect.as(tell(count), {})) })
  return yield* Effect.never
}).pipe(
  Effect.provide(
    GrpcServer.layer({ port: 0 }).pipe(
      Layer.provideMerge(DispatchService.layerWithFeed),
      Layer.provideMerge(ChangeFeed.layer),
      Layer.provideMerge(storeIn(join(process.argv[3] ?? ".", "store.sqlite")))
    )
  )
)

/** Those who wait for changes, by a function that tells them of so many. */
const waiting = new Set<(count: number) => void>()

const tell = (count: number) => {
  const all = Array.from(waiting)
  for (const one of all) one(count)
  return Promise.resolve({})
}

const listen = (server: http2.Http2Server): void => {
  server.listen(0, "127.0.0.1", () => obey({ port: (server.address() as AddressInfo).port }, { tell }))
}

const bare = (): void => {
  const handle = connectNodeAdapter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    acceptCompression: [],
    routes: (router) =>
      router.service(Protobuf.MicrogridDispatchService, {
        getMicrogridDispatch: () => Canned.get,
        listMicrogridDispatches: () => Canned.list,
        createMicrogridDispatch: ({ dispatchData }) =>
          dispatchData === undefined ? {} : { dispatch: { metadata: Canned.metadata, data: dispatchData } },
        streamMicrogridDispatches: async function* () {
          // Connect sends the headers with the first message, so this one tells of nothing.
          yield {}
          while (true) {
            const count = await new Promise<number>((resolve) => {
              const one = (number: number) => {
                waiting.delete(one)
                resolve(number)
              }
              waiting.add(one)
            })
            for (let sent = 0; sent < count; sent++) yield Canned.event
          }
        }
      })
  })
  listen(http2.createServer({}, handle))
}

const raw = (): void => {
  const server = http2.createServer({ settings: { maxConcurrentStreams: 4_096 } })
  server.on("stream", (stream: http2.ServerHttp2Stream, headers) => {
    const method = String(headers[":path"]).split("/").at(-1) ?? ""
    const answer = frame(Canned.answers[method] ?? new Uint8Array())
    const one = (count: number) => {
      for (let sent = 0; sent < count; sent++) stream.write(answer)
    }
    stream.on("error", () => {})
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
    stream.once("close", () => waiting.delete(one))
    stream.resume()
    stream.once("end", () => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
      if (!method.startsWith("Stream")) return stream.end(answer)
      return waiting.add(one)
    })
  })
  listen(server)
}

const identity = (bytes: Buffer): Buffer => bytes

const grpcJs = (): void => {
  const server = new grpc.Server()
  const methods = Object.entries(Canned.answers).filter(([method]) => !method.startsWith("Stream"))
  const definition = (method: string): grpc.MethodDefinition<Buffer, Buffer> => ({
    path: `${Canned.service}/${method}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity
  })
  const answer = (bytes: Uint8Array): grpc.handleUnaryCall<Buffer, Buffer> => {
    const message = Buffer.from(bytes)
    return (_, callback) => callback(null, message)
  }
  server.addService(
    Object.fromEntries(methods.map(([method]) => [method, definition(method)])),
    Object.fromEntries(methods.map(([method, bytes]) => [method, answer(bytes)]))
  )
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => obey({ port }, {}))
}

const kinds: { readonly [kind: string]: () => unknown } = {
  ours: () => Effect.runPromise(Effect.scoped(ours)),
  bare,
  raw,
  "grpc-js": grpcJs
}

await kinds[process.argv[2] ?? ""]?.()
