import { spawn } from "node:child_process"
import * as http2 from "node:http2"
import * as net from "node:net"
import { createGrpcTransport } from "@connectrpc/connect-node"
import * as RequestMetadata from "@effect-dispatch/api/RequestMetadata"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { streamRefusedMax, sessionsMax } from "@effect-dispatch/client/ClientLimits"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Redacted, Scope, Stream, Exit } from "effect"
import { clientOf, id, microgridId } from "./clientOf.ts"
import { answer, type Exchange, make, wireDispatch } from "./grpcService.ts"

const answerGet = (exchange: Exchange): void =>
  answer(exchange, Wire.GetMicrogridDispatchResponseSchema, { dispatch: wireDispatch(7n) })

const until = (isSo: () => boolean) =>
  Effect.gen(function* () {
    for (let time = 0; time < 2_000 && !isSo(); time++) yield* Effect.sleep("5 millis")
    assert.isTrue(isSo())
  })

/** A server of HTTP/2 that does what a test says of each session. */
const server = (onSession: (session: http2.ServerHttp2Session) => void, options: http2.ServerOptions = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<http2.Http2Server>((resume) => {
        const made = http2.createServer(options)
        made.on("session", (session) => {
          session.on("error", () => session.destroy())
          onSession(session)
        })
        made.on("stream", (stream) => stream.on("error", () => undefined))
        made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => made.close())
    ),
    (made) => `grpc://127.0.0.1:${(made.address() as net.AddressInfo).port}?ssl=false`
  )

describe("the limit of streams of a service", () => {
  for (const limit of [1, 10]) {
    it.live(`of ${limit}: calls go on beside held ones, on as few sessions as need be`, () =>
      Effect.gen(function* () {
        const service = yield* make(
          (exchange) =>
            exchange.method === "StreamMicrogridDispatches" ? exchange.open() : answerGet(exchange),
          { settings: { maxConcurrentStreams: limit } }
        )
        const client = yield* clientOf(service)
        const held = yield* Effect.replicateEffect(client.stream(microgridId), 2 * limit)
        yield* Effect.forEach(held, ({ effective }) => effective, { concurrency: "unbounded" })
        yield* Effect.timeout(client.get(microgridId, id(7n)), "5 seconds")
        assert.strictEqual(service.sessionCount(), 3)
      })
    )
  }

  it.live("there are never more sessions than the limit: calls wait, and go on as others end", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.open(), { settings: { maxConcurrentStreams: 1 } })
      const client = yield* clientOf(service)
      const scopes = yield* Effect.replicateEffect(Scope.make(), sessionsMax)
      for (const scope of scopes) {
        const { effective } = yield* Scope.provide(client.stream(microgridId), scope)
        yield* effective
      }
      const waiting = yield* client.stream(microgridId)
      assert.strictEqual((yield* Effect.timeoutOption(waiting.effective, "100 millis"))._tag, "None")
      assert.strictEqual(service.sessionCount(), sessionsMax)
      yield* Effect.forEach(scopes.slice(0, 1), (scope) => Scope.close(scope, Exit.void))
      yield* Effect.timeout(waiting.effective, "5 seconds")
      assert.strictEqual(service.sessionCount(), sessionsMax)
    })
  )

  it.live("that is lowered counts from then on", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.open(), { settings: { maxConcurrentStreams: 100 } })
      const client = yield* clientOf(service)
      yield* (yield* client.stream(microgridId)).effective
      service.exchanges[0]?.stream.session?.settings({ maxConcurrentStreams: 1 })
      yield* Effect.sleep("50 millis")
      yield* Effect.timeout((yield* client.stream(microgridId)).effective, "5 seconds")
      assert.strictEqual(service.sessionCount(), 2)
    })
  )
})

describe("a session that goes away", () => {
  it.live("serves its streams to their end, and takes no new ones", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.method === "StreamMicrogridDispatches" ? exchange.open() : answerGet(exchange)
      )
      const client = yield* clientOf(service)
      const { effective, events } = yield* client.stream(microgridId)
      yield* effective
      const [stream] = service.exchanges
      stream?.stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR)
      yield* Effect.sleep("50 millis")
      yield* client.get(microgridId, id(7n))
      assert.strictEqual(service.sessionCount(), 2)
      stream?.send(Wire.StreamMicrogridDispatchesResponseSchema, { event: 1, dispatch: wireDispatch(7n) })
      stream?.end()
      assert.strictEqual((yield* Stream.runCollect(events)).length, 1)
    })
  )

  it.live("counts no more, also while it has streams: others take its place, however many do", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.method === "StreamMicrogridDispatches" ? exchange.open() : answerGet(exchange)
      )
      const client = yield* clientOf(service)
      for (let round = 1; round <= sessionsMax + 1; round++) {
        yield* Effect.timeout((yield* client.stream(microgridId)).effective, "5 seconds")
        assert.strictEqual(service.sessionCount(), round)
        const session = service.exchanges.at(-1)?.stream.session
        session?.goaway(http2.constants.NGHTTP2_NO_ERROR)
        yield* Effect.sleep("20 millis")
        session?.settings({ maxConcurrentStreams: 100 })
        yield* Effect.sleep("20 millis")
      }
    })
  )

  it.live("leaves nothing behind, however many do", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        answerGet(exchange)
        exchange.stream.once("close", () => exchange.stream.session?.goaway())
      })
      const client = yield* clientOf(service)
      const count = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length
      for (let round = 0; round < 200; round++) yield* client.get(microgridId, id(7n))
      yield* until(() => count() < 10)
    })
  )
})

describe("a stream that is refused before it was looked at", () => {
  it.live("is opened again with the very same call, signature included", () =>
    Effect.gen(function* () {
      let refusals = 2
      const service = yield* make((exchange) =>
        refusals-- > 0 ? exchange.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM) : answerGet(exchange)
      )
      const client = yield* clientOf(service, {
        authKey: Redacted.make("key"),
        signSecret: Redacted.make("secret")
      })
      yield* client.get(microgridId, id(7n))
      const signatures = service.exchanges.map(({ headers }) => headers[RequestMetadata.names.nonce])
      assert.strictEqual(signatures.length, 3)
      assert.strictEqual(new Set(signatures).size, 1)
    })
  )

  it.live("is not opened for ever, also for a write", () =>
    Effect.gen(function* () {
      const service = yield* make(({ stream }) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM))
      const client = yield* clientOf(service)
      const error = yield* Effect.flip(client.delete(microgridId, id(7n)))
      assert.strictEqual(error.reason._tag, "Unavailable")
      assert.strictEqual(service.exchanges.length, 1 + streamRefusedMax)
    })
  )

  it.live("a write that was looked at is not sent again", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        exchange.open()
        setImmediate(() => exchange.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM))
      })
      const client = yield* clientOf(service)
      assert.strictEqual((yield* Effect.flip(client.delete(microgridId, id(7n)))).reason._tag, "Unavailable")
      assert.strictEqual(service.exchanges.length, 1)
    })
  )
})

describe("a service that is silent", () => {
  it.live(
    "before its settings: nothing is sent, and the call fails when the time for connecting is over",
    () =>
      Effect.gen(function* () {
        const url = yield* Effect.map(
          Effect.acquireRelease(
            Effect.callback<net.Server>((resume) => {
              const made = net.createServer((socket) => socket.on("error", () => undefined))
              made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
            }),
            (made) => Effect.sync(() => made.close())
          ),
          (made) => `grpc://127.0.0.1:${(made.address() as net.AddressInfo).port}?ssl=false`
        )
        const client = yield* clientOf(url, { callTimeout: Duration.millis(200) })
        const error = yield* Effect.flip(client.delete(microgridId, id(7n)))
        assert.match(error.message, /no connection within 200ms/)
      })
  )

  it.live("a session in use is pinged only while nothing arrives", () =>
    Effect.gen(function* () {
      let pings = 0
      const service = yield* make((exchange) => exchange.open())
      const url = `${service.url}&keep_alive_interval_s=0.1&keep_alive_timeout_s=1`
      const client = yield* clientOf(url)
      yield* (yield* client.stream(microgridId)).effective
      const [stream] = service.exchanges
      stream?.stream.session?.on("ping", () => pings++)
      for (let round = 0; round < 25; round++) {
        stream?.send(Wire.StreamMicrogridDispatchesResponseSchema, { event: 1, dispatch: wireDispatch(7n) })
        yield* Effect.sleep("20 millis")
      }
      assert.strictEqual(pings, 0)
      yield* until(() => pings > 0)
    })
  )

  it.live("that asks for fewer pings gets fewer", () =>
    Effect.gen(function* () {
      const times: Array<number> = []
      const sessions: Array<http2.ServerHttp2Session> = []
      const url = yield* server((session) => {
        sessions.push(session)
        if (sessions.length === 2) session.on("ping", () => times.push(performance.now()))
      })
      const client = yield* clientOf(`${url}&keep_alive_interval_s=0.1&keep_alive_timeout_s=5`)
      yield* client.stream(microgridId)
      yield* until(() => sessions.length === 1)
      yield* Effect.sleep("50 millis")
      sessions[0]?.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from("too_many_pings"))
      yield* Effect.sleep("50 millis")
      yield* client.stream(microgridId)
      yield* until(() => times.length >= 3)
      // The answer to a ping is a sign of life, so every second look sends one: after 200 ms before, and 400 ms now.
      assert.isAtLeast((times[2] ?? 0) - (times[1] ?? 0), 300)
    })
  )
})

describe("what a service pushes", () => {
  it.live("is never asked for", () =>
    Effect.gen(function* () {
      const pushes: Array<boolean | undefined> = []
      const url = yield* server((session) =>
        session.on("remoteSettings", ({ enablePush }) => pushes.push(enablePush))
      )
      const client = yield* clientOf(url)
      yield* client.stream(microgridId)
      yield* until(() => pushes.length > 0)
      assert.deepStrictEqual(pushes, [false])
    })
  )
})

describe("calls at the end", () => {
  it.live("a client that is closed while it connects, calls or reads leaves nothing open", () =>
    Effect.gen(function* () {
      const service = yield* make(() => undefined)
      for (const isStream of [false, true]) {
        const scope = yield* Scope.make()
        const client = yield* Scope.provide(clientOf(service), scope)
        const call = isStream
          ? Effect.flatMap(Scope.provide(client.stream(microgridId), scope), ({ effective }) => effective)
          : client.get(microgridId, id(7n))
        const ended = yield* Effect.forkChild(Effect.exit(call))
        yield* until(() => service.exchanges.length > (isStream ? 1 : 0))
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(ended)) || isStream)
        yield* until(() => service.exchanges.every(({ stream }) => stream.closed))
      }
    })
  )

  it.live("a client without calls lets its process end, although it is not closed", () =>
    Effect.gen(function* () {
      const service = yield* make(answerGet)
      const script = new URL("oneCall.ts", import.meta.url).pathname
      const child = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, [script, service.url], { stdio: ["ignore", "pipe", "inherit"] })
        ),
        (started) => Effect.sync(() => started.kill("SIGKILL"))
      )
      const ended = Effect.callback<number | null>(
        (resume) => void child.once("exit", (code) => resume(Effect.succeed(code)))
      )
      assert.strictEqual(yield* Effect.timeout(ended, "15 seconds"), 0)
    })
  )

  it.live("two messages where one is due are refused, and so is none", () =>
    Effect.gen(function* () {
      let count = 2
      const service = yield* make((exchange) => {
        for (let sent = 0; sent < count; sent++)
          exchange.send(Wire.GetMicrogridDispatchResponseSchema, { dispatch: wireDispatch(7n) })
        exchange.end()
      })
      const client = yield* clientOf(service)
      for (count of [2, 0])
        assert.strictEqual((yield* Effect.flip(client.get(microgridId, id(7n)))).reason._tag, "Unimplemented")
    })
  )
})

describe("another transport of connect", () => {
  it.live("serves every call in the place of the own one", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        exchange.method === "GetMicrogridDispatch" ? answerGet(exchange) : exchange.open()
      )
      const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${service.port}` })
      const client = yield* clientOf(service, { transport })
      assert.strictEqual((yield* client.get(microgridId, id(7n))).id, id(7n))
      yield* (yield* client.stream(microgridId)).effective
      assert.match(String(service.exchanges[0]?.headers["user-agent"]), /^connect-es/)
    })
  )
})
