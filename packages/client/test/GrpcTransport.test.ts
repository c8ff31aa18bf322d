/** The cases of Connect's conformance suite for clients of gRPC, by its names, and a few that it does not have. */
import { getEventListeners } from "node:events"
import * as http2 from "node:http2"
import type * as net from "node:net"
import { Code, ConnectError, createClient } from "@connectrpc/connect"
import { create, toBinary } from "@bufbuild/protobuf"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { requestBytesMax } from "@effect-dispatch/api/WireLimits"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as GrpcTransport from "../src/internal/grpcTransport.ts"
import { Http2Sessions } from "../src/internal/http2Sessions.ts"
import { type Exchange, make, wireDispatch } from "./grpcService.ts"
import { frames, rawService } from "./rawService.ts"

const clientOf = (port: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new Http2Sessions(
            { authority: `http://127.0.0.1:${port}`, options: {}, pings: undefined },
            () => () => undefined
          )
      ),
      (sessions) => Effect.sync(() => sessions.close())
    ),
    (sessions) => createClient(Wire.MicrogridDispatchService, GrpcTransport.make(sessions, { count: 0 }))
  )

const request = { microgridId: 1n, dispatchId: 7n }
const message = create(Wire.GetMicrogridDispatchResponseSchema, { dispatch: wireDispatch(7n) })
const bytes = toBinary(Wire.GetMicrogridDispatchResponseSchema, message)

const send = (exchange: Exchange) => exchange.sendBytes(bytes)

const only = (headers: http2.OutgoingHttpHeaders) => (exchange: Exchange) =>
  exchange.stream.respond(
    { ":status": 200, "content-type": "application/grpc", ...headers },
    { endStream: true }
  )

/** Ends with trailers of its own, or with none. */
const ending =
  (trailers: http2.OutgoingHttpHeaders, before: (exchange: Exchange) => void = send) =>
  (exchange: Exchange) => {
    exchange.stream.removeAllListeners("wantTrailers")
    exchange.stream.on("wantTrailers", () => exchange.stream.sendTrailers(trailers))
    exchange.open()
    before(exchange)
    exchange.stream.end()
  }

const http = (status: number) => only({ ":status": status, "content-type": "text/html" })

/** A page of another kind, which does not end. */
const page =
  (status: number, type: string) =>
  ({ stream }: Exchange) => {
    stream.respond({ ":status": status, "content-type": type })
    stream.write("<html>The service is away</html>")
  }

const outcome = (call: () => Promise<unknown>) =>
  Effect.promise(() =>
    call().then(
      () => "answered",
      (error: unknown) => Code[ConnectError.from(error).code]
    )
  )

type Case = readonly [name: string, act: (exchange: Exchange) => void, expected: string]

const cases: ReadonlyArray<Case> = [
  ["unary: success", (exchange) => (send(exchange), exchange.end()), "answered"],
  [
    "unary: an empty message",
    (exchange) => (exchange.sendBytes(new Uint8Array(0)), exchange.end()),
    "answered"
  ],
  ["unary: ok but no response", (exchange) => exchange.end(), "Unimplemented"],
  [
    "unary: multiple responses",
    (exchange) => (send(exchange), send(exchange), exchange.end()),
    "Unimplemented"
  ],
  ["unary: an error after a message", (exchange) => (send(exchange), exchange.end(9)), "FailedPrecondition"],
  ["trailers only: an error", (exchange) => exchange.refuse(5), "NotFound"],
  ["trailers only: ok but no response", (exchange) => exchange.refuse(0), "Unimplemented"],
  ["trailers only: a code that nobody knows", (exchange) => exchange.refuse(99), "Unknown"],
  ["a status that is no number", ending({ "grpc-status": "well" }), "Unknown"],
  ["trailers without a status", ending({ x: "y" }), "Internal"],
  ["unexpected content type", only({ "content-type": "application/json" }), "Unknown"],
  ["unexpected sub-format", only({ "content-type": "application/grpc+json" }), "Unknown"],
  ["HTTP 400", http(400), "Internal"],
  ["HTTP 401", http(401), "Unauthenticated"],
  ["HTTP 403", http(403), "PermissionDenied"],
  ["HTTP 404", http(404), "Unimplemented"],
  ["HTTP 418", http(418), "Unknown"],
  ["HTTP 429", http(429), "Unavailable"],
  ["HTTP 502", http(502), "Unavailable"],
  ["HTTP 503", http(503), "Unavailable"],
  ["HTTP 504", http(504), "Unavailable"],
  ["HTTP 502 with a page that does not end", page(502, "text/html"), "Unavailable"],
  ["HTTP 403 with a page that does not end", page(403, "application/grpc"), "PermissionDenied"],
  ["unexpected content type, with a page that does not end", page(200, "text/html"), "Unknown"],
  [
    "a compressed message without an encoding",
    ending({ "grpc-status": "0" }, ({ stream }) => stream.write(Buffer.of(1, 0, 0, 0, 0))),
    "Internal"
  ],
  [
    "an encoding that was not offered",
    (exchange) => {
      exchange.open({ "grpc-encoding": "br" })
      ending({ "grpc-status": "0" }, ({ stream }) => stream.write(Buffer.of(1, 0, 0, 0, 0)))(exchange)
    },
    "Internal"
  ],
  [
    "flags that nobody knows",
    ending({ "grpc-status": "0" }, ({ stream }) => stream.write(Buffer.of(8, 0, 0, 0, 0))),
    "InvalidArgument"
  ],
  [
    "an end within a message",
    ending({ "grpc-status": "0" }, ({ stream }) => stream.write(Buffer.of(0, 0, 0, 0, 9, 1))),
    "InvalidArgument"
  ],
  ["a reset: INTERNAL_ERROR", ({ stream }) => stream.close(2), "Internal"],
  ["a reset: CANCEL", ({ stream }) => stream.close(8), "Canceled"],
  ["a reset: ENHANCE_YOUR_CALM", ({ stream }) => stream.close(11), "ResourceExhausted"],
  ["a reset: INADEQUATE_SECURITY", ({ stream }) => stream.close(12), "PermissionDenied"]
]

describe("the transport of gRPC", () => {
  it.live.each(cases.map((each) => [...each] as const))("%s", ([, act, expected]) =>
    Effect.gen(function* () {
      const service = yield* make(act)
      const client = yield* clientOf(service.port)
      assert.strictEqual(yield* outcome(() => client.getMicrogridDispatch(request)), expected)
      // The session goes on.
      if (expected !== "answered") yield* outcome(() => client.getMicrogridDispatch(request))
      assert.strictEqual(service.sessionCount(), 1)
    })
  )

  for (const code of [0, 2, 8])
    it.live(`an answer is whole with its trailers, also if a reset with code ${code} follows them`, () =>
      Effect.gen(function* () {
        const port = yield* rawService((stream) =>
          Buffer.concat([
            frames.headers(stream, { ":status": "200", "content-type": "application/grpc" }),
            frames.data(stream, frame(bytes)),
            frames.trailers(stream, { "grpc-status": "0" }),
            frames.reset(stream, code)
          ])
        )
        const client = yield* clientOf(port)
        for (let time = 0; time < 20; time++)
          assert.strictEqual(yield* outcome(() => client.getMicrogridDispatch(request)), "answered")
      })
    )

  it.live("trailers without a message, and a reset before them, are no answer", () =>
    Effect.gen(function* () {
      const port = yield* rawService((stream) =>
        Buffer.concat([
          frames.headers(stream, { ":status": "200", "content-type": "application/grpc" }),
          frames.data(stream, frame(bytes)),
          frames.reset(stream, 0)
        ])
      )
      const client = yield* clientOf(port)
      assert.strictEqual(yield* outcome(() => client.getMicrogridDispatch(request)), "Unavailable")
    })
  )

  it.live("a stream in whose place a page comes ends with the status of the page", () =>
    Effect.gen(function* () {
      const service = yield* make(page(503, "text/html"))
      const client = yield* clientOf(service.port)
      const all = client.streamMicrogridDispatches({ microgridId: 1n })[Symbol.asyncIterator]()
      assert.strictEqual(yield* outcome(() => all.next()), "Unavailable")
      const code = yield* Effect.promise(() => service.exchanges[0]?.closed ?? Promise.resolve(-1))
      assert.strictEqual(code, http2.constants.NGHTTP2_CANCEL)
    })
  )

  it.live("the words of a status are decoded, and metadata with several values are joined", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.refuse(5, "nicht da: ü €", { "x-many": ["a", "b"], "x-bytes-bin": "AP8" })
      )
      const client = yield* clientOf(service.port)
      const error = yield* Effect.promise(() =>
        client.getMicrogridDispatch(request).catch((thrown: unknown) => ConnectError.from(thrown))
      )
      if (!(error instanceof ConnectError)) return assert.fail("it was answered")
      assert.strictEqual(error.rawMessage, "nicht da: ü €")
      assert.deepStrictEqual(
        [error.metadata.get("x-many"), error.metadata.get("x-bytes-bin")],
        ["a, b", "AP8"]
      )
    })
  )

  it.live("cancellation: before a call nothing is sent, and during it the service hears of it", () =>
    Effect.gen(function* () {
      const service = yield* make(() => undefined)
      const client = yield* clientOf(service.port)
      const early = client.getMicrogridDispatch(request, { signal: AbortSignal.abort() })
      assert.strictEqual(yield* outcome(() => early), "Canceled")
      assert.strictEqual(service.exchanges.length, 0)
      const abort = new AbortController()
      const late = client.getMicrogridDispatch(request, { signal: abort.signal })
      late.catch(() => undefined)
      for (let time = 0; time < 500 && service.exchanges.length === 0; time++) yield* Effect.sleep("5 millis")
      abort.abort()
      assert.strictEqual(yield* outcome(() => late), "Canceled")
      const code = yield* Effect.promise(() => service.exchanges[0]?.closed ?? Promise.resolve(-1))
      assert.strictEqual(code, http2.constants.NGHTTP2_CANCEL)
    })
  )

  it.live("deadline: it is told to the service, ends the call here, and an answer after it is nothing", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        setTimeout(() => (send(exchange), exchange.end()), 150)
      })
      const client = yield* clientOf(service.port)
      const call = () => client.getMicrogridDispatch(request, { timeoutMs: 50 })
      assert.strictEqual(yield* outcome(call), "DeadlineExceeded")
      assert.strictEqual(service.exchanges[0]?.headers["grpc-timeout"], "50m")
      yield* Effect.sleep("200 millis")
      assert.strictEqual(yield* outcome(() => client.getMicrogridDispatch(request)), "answered")
      assert.strictEqual(service.sessionCount(), 1)
    })
  )

  it.live(
    "an answer is whole with its trailers, also if the service never reads the rest of the request",
    () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.callback<http2.Http2Server>((resume) => {
            const made = http2.createServer()
            made.on("session", (session) => session.on("error", () => undefined))
            made.on("stream", (stream: http2.ServerHttp2Stream) => {
              stream.on("error", () => undefined)
              stream.pause()
              stream.respond(
                { ":status": 200, "content-type": "application/grpc" },
                { waitForTrailers: true }
              )
              stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
              stream.end(frame(bytes))
            })
            made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
          }),
          (made) => Effect.sync(() => made.close())
        )
        const client = yield* clientOf((server.address() as net.AddressInfo).port)
        const dispatchData = { type: "x".repeat(200_000) }
        const call = () =>
          client.createMicrogridDispatch({ microgridId: 1n, dispatchData }, { timeoutMs: 5_000 })
        assert.strictEqual(yield* outcome(call), "answered")
      })
  )

  it.live("a call that is over leaves no timer, and does not listen to its signal", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => (send(exchange), exchange.end()))
      const client = yield* clientOf(service.port)
      const { signal } = new AbortController()
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
      yield* outcome(() => client.getMicrogridDispatch(request))
      const before = timers()
      for (let time = 0; time < 20; time++)
        yield* outcome(() => client.getMicrogridDispatch(request, { signal, timeoutMs: 600_000 }))
      assert.isBelow(timers() - before, 10)
      assert.strictEqual(getEventListeners(signal, "abort").length, 0)
    })
  )

  it.live("a call that is called off before there is a session is never sent", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => (send(exchange), exchange.end()))
      const client = yield* clientOf(service.port)
      const abort = new AbortController()
      const early = client.getMicrogridDispatch(request, { signal: abort.signal })
      abort.abort()
      assert.strictEqual(yield* outcome(() => early), "Canceled")
      assert.strictEqual(yield* outcome(() => client.getMicrogridDispatch(request)), "answered")
      assert.strictEqual(service.exchanges.length, 1)
    })
  )

  it.live("a request that is too large for any service is refused here", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => (send(exchange), exchange.end()))
      const client = yield* clientOf(service.port)
      const dispatchData = { type: "x".repeat(requestBytesMax) }
      const call = () => client.createMicrogridDispatch({ microgridId: 1n, dispatchData })
      assert.strictEqual(yield* outcome(call), "ResourceExhausted")
      assert.strictEqual(service.exchanges.length, 0)
    })
  )

  it.live("a reader that does not read holds the service up, and loses nothing", () =>
    Effect.gen(function* () {
      const count = 400
      const event = toBinary(
        Wire.StreamMicrogridDispatchesResponseSchema,
        create(Wire.StreamMicrogridDispatchesResponseSchema, {
          dispatch: wireDispatch(7n, { payload: { text: "x".repeat(20_000) } })
        })
      )
      const sockets: Array<Pick<net.Socket, "bytesWritten"> | undefined> = []
      const service = yield* make((exchange) => {
        // A stream that is over knows its session no more.
        sockets.push(exchange.stream.session?.socket)
        for (let sent = 0; sent < count; sent++) exchange.sendBytes(event)
        exchange.end()
      })
      const client = yield* clientOf(service.port)
      const all = client.streamMicrogridDispatches({ microgridId: 1n })[Symbol.asyncIterator]()
      yield* Effect.promise(() => all.next())
      yield* Effect.sleep("300 millis")
      assert.isBelow(sockets[0]?.bytesWritten ?? Infinity, 2_000_000)
      let read = 1
      while (!(yield* Effect.promise(() => all.next())).done) read++
      assert.strictEqual(read, count)
    })
  )
})
