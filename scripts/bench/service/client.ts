/**
 * A client in a process of its own: `node client.ts ours|connect|raw|grpc-js PORT`. It obeys `get N`, `list N`,
 * `create N`, each with so many in flight, `fleet N`: so many times a stream and then a listing, `open N`: so many
 * streams, and `hear N`: waits until they have heard of so many changes, all together.
 */
import * as http2 from "node:http2"
import { createClient, type Transport } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { frame, FrameReader } from "@effect-dispatch/api/GrpcFraming"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as grpc from "@grpc/grpc-js"
import { Context, Effect, Layer, Scope, Stream } from "effect"
import * as Canned from "./canned.ts"
import { type Commands, obey } from "./process.ts"

const [, , kind = "", port = ""] = process.argv
const inFlight = 32

/** Calls of a client: those with one answer, and streams, of which each event with a dispatch is told. */
interface Calls {
  readonly get: () => Promise<unknown>
  readonly list: () => Promise<unknown>
  readonly create?: () => Promise<unknown>
  /** Ends once the stream is open. */
  readonly stream?: (onEvent: () => void) => Promise<unknown>
}

const ofConnect = (transport: Transport): Calls => {
  const client = createClient(Protobuf.MicrogridDispatchService, transport)
  const page = { params: { case: "pageSize" as const, value: Canned.pageSize } }
  return {
    get: () => client.getMicrogridDispatch({ microgridId: 1n, dispatchId: 1n }),
    list: () => client.listMicrogridDispatches({ microgridId: 1n, paginationParams: page }),
    create: () =>
      client.createMicrogridDispatch({ microgridId: 1n, startImmediately: true, dispatchData: Canned.data }),
    stream: (onEvent) =>
      new Promise((resolve) => {
        void (async () => {
          const options = { onHeader: resolve }
          const all = client.streamMicrogridDispatches({ microgridId: 1n }, options)
          for await (const { dispatch } of all) if (dispatch !== undefined) onEvent()
        })()
      })
  }
}

const connect = (): Calls => {
  const baseUrl = `http://127.0.0.1:${port}`
  const sessionManager = new Http2SessionManager(baseUrl)
  return ofConnect(createGrpcTransport({ baseUrl, sessionManager, readMaxBytes: 8 << 20 }))
}

const raw = (): Calls => {
  let session = http2.connect(`http://127.0.0.1:${port}`)
  const open = (method: string) => {
    // An idle session is let go.
    if (session.closed || session.destroyed) session = http2.connect(`http://127.0.0.1:${port}`)
    const stream = session.request({
      ":method": "POST",
      ":path": `${Canned.service}/${method}`,
      "content-type": "application/grpc",
      te: "trailers"
    })
    stream.end(frame(Canned.requests[method] ?? new Uint8Array()))
    return stream
  }
  const unary = (method: string) => () =>
    new Promise((resolve, reject) => {
      let status: unknown
      const stream = open(method)
      stream.on("trailers", (trailers) => (status = trailers["grpc-status"]))
      stream.on("error", reject)
      stream.on("close", () => (status === "0" ? resolve(status) : reject(new Error(`status ${status}`))))
      stream.resume()
    })
  return {
    get: unary("GetMicrogridDispatch"),
    list: unary("ListMicrogridDispatches"),
    stream: (onEvent) =>
      new Promise((resolve) => {
        const reader = new FrameReader(8 << 20)
        const stream = open("StreamMicrogridDispatches")
        stream.on("response", resolve)
        stream.on("data", (chunk: Buffer) =>
          reader.take(chunk).forEach(({ message }) => message.length > 0 && onEvent())
        )
      })
  }
}

const identity = (bytes: Buffer): Buffer => bytes

const grpcJs = (): Calls => {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
  const unary = (method: string) => {
    const request = Buffer.from(Canned.requests[method] ?? [])
    const path = `${Canned.service}/${method}`
    return () =>
      new Promise((resolve, reject) =>
        client.makeUnaryRequest(path, identity, identity, request, (error, answer) =>
          error === null ? resolve(answer) : reject(error)
        )
      )
  }
  return { get: unary("GetMicrogridDispatch"), list: unary("ListMicrogridDispatches") }
}

const ours = async (): Promise<Calls> => {
  const layer = DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false` })
  const scope = Scope.makeUnsafe()
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
  const client = Context.get(context, DispatchClient)
  const one = MicrogridId.make(1n)
  const id = DispatchId.make(1n)
  const list = Stream.runDrain(Stream.take(client.list(one, { pageSize: Canned.pageSize }), Canned.pageSize))
  return {
    get: () => Effect.runPromise(client.get(one, id)),
    list: () => Effect.runPromise(list),
    stream: (onEvent) =>
      new Promise((resolve) => {
        const follow = Effect.gen(function* () {
          const { effective, events } = yield* client.stream(one)
          yield* effective
          resolve(undefined)
          yield* Stream.runForEach(events, () => Effect.sync(onEvent))
        })
        Effect.runFork(Effect.scoped(follow))
      })
  }
}

const kinds: { readonly [kind: string]: () => Calls | Promise<Calls> } = {
  ours,
  connect,
  raw,
  "grpc-js": grpcJs
}

const calls = await kinds[kind]?.()
if (calls === undefined) throw new Error(`no client is called ${kind}`)

/** Makes so many calls, some at a time, and tells the time on the clock and on the processor. */
const repeat =
  (call: () => Promise<unknown> = () => Promise.reject(new Error("not made"))) =>
  async (count: number) => {
    let left = count
    const before = process.cpuUsage()
    const begin = performance.now()
    const worker = async () => {
      while (left-- > 0) await call()
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    const { system, user } = process.cpuUsage(before)
    return { millis: performance.now() - begin, cpu: system + user }
  }

let heard = 0
let awaited = { count: Infinity, resolve: () => {} }
const onEvent = () => {
  if (++heard >= awaited.count) awaited.resolve()
}
const openOne = () => calls.stream?.(onEvent) ?? Promise.reject(new Error("no streams"))

const commands: Commands = {
  get: repeat(calls.get),
  list: repeat(calls.list),
  create: repeat(calls.create),
  open: repeat(openOne),
  fleet: repeat(() => openOne().then(calls.list)),
  hear: async (count) => {
    if (heard < count)
      await new Promise<void>((resolve) => {
        awaited = { count, resolve }
      })
    heard -= count
    awaited = { count: Infinity, resolve: () => {} }
    return {}
  }
}
obey({}, commands)
