import * as http2 from "node:http2"
import * as net from "node:net"
import { create as message, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { callsPerKeyMax, slowMessagesMax, strangerCallsMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe } from "@effect/vitest"
import { DateTime, Effect, Fiber, Metric, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as NodeMac from "../src/internal/nodeMac.ts"
import { create, one } from "./services.ts"
import { data, makeKey, network, test, until } from "./serving.ts"
import { framed, once, rawCall, rawSession, statusOf } from "./wire.ts"

const get = (dispatchId: bigint) =>
  framed(
    toBinary(
      Protobuf.GetMicrogridDispatchRequestSchema,
      message(Protobuf.GetMicrogridDispatchRequestSchema, { microgridId: 1n, dispatchId })
    )
  )

const list = framed(
  toBinary(
    Protobuf.ListMicrogridDispatchesRequestSchema,
    message(Protobuf.ListMicrogridDispatchesRequestSchema, { microgridId: 1n })
  )
)

const follow = framed(
  toBinary(
    Protobuf.StreamMicrogridDispatchesRequestSchema,
    message(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId: 1n })
  )
)

describe("a call of gRPC", () => {
  test("what is not gRPC with binary messages is refused with 415, and nothing of it is read", () =>
    Effect.gen(function* () {
      for (const type of [
        "application/grpc-web",
        "application/grpc-web+proto",
        "application/grpc+json",
        "application/connect+proto",
        "application/proto",
        "application/json",
        "text/plain",
        ""
      ]) {
        const session = yield* rawSession()
        const call = rawCall(session, "GetMicrogridDispatch", new Uint8Array(4 << 20), {
          headers: { "content-type": type },
          end: false
        })
        const headers = yield* once<Record<string, unknown>>(call, "response")
        assert.strictEqual(headers[":status"], 415, type)
        yield* until(() => call.closed)
        assert.isTrue(call.closed)
        assert.isBelow(session.socket.bytesWritten, 128 * 1_024)
      }
    }))

  test("nothing of a call without a valid key is read", () =>
    Effect.gen(function* () {
      yield* makeKey({})
      for (const headers of [{}, { key: "" }]) {
        const session = yield* rawSession()
        const call = rawCall(session, "CreateMicrogridDispatch", new Uint8Array(4 << 20), {
          headers,
          end: false
        })
        assert.strictEqual(yield* statusOf(call), 16)
        yield* until(() => call.closed)
        assert.isTrue(call.closed)
        assert.isBelow(session.socket.bytesWritten, 128 * 1_024)
      }
    }))

  test("what is sent while the gate looks for a key waits at its sender, and is read once the key is found", () =>
    Effect.gen(function* () {
      yield* makeKey({})
      const fresh = yield* AccessKeys.make({
        name: "new",
        microgrids: "all",
        rights: ["write"],
        signed: false
      })
      yield* (yield* AccessKeyStore).addKey(fresh.kept)
      const schema = Protobuf.CreateMicrogridDispatchRequestSchema
      const dispatchData = { ...data, payload: { text: "x".repeat(45_000) } }
      const creation = framed(toBinary(schema, message(schema, { microgridId: 1n, dispatchData })))
      const [made, flood] = [yield* rawSession(), yield* rawSession()]
      const whole = rawCall(made, "CreateMicrogridDispatch", creation, {
        headers: { key: Redacted.value(fresh.key) }
      })
      const endless = rawCall(flood, "CreateMicrogridDispatch", new Uint8Array(4 << 20), {
        headers: { key: "dk_nobody" },
        end: false
      })
      const answers = [
        yield* Effect.forkScoped(statusOf(whole), { startImmediately: true }),
        yield* Effect.forkScoped(statusOf(endless), { startImmediately: true })
      ]
      yield* network
      assert.deepStrictEqual(
        answers.map((answer) => answer.pollUnsafe()),
        [undefined, undefined]
      )
      assert.isBelow(flood.socket.bytesWritten, 128 * 1_024)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Effect.forEach(answers, Fiber.join), [0, 16])
      assert.isBelow(flood.socket.bytesWritten, 128 * 1_024)
    }))

  test("a call is refused by method, encoding and message, each with its status", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const { id } = yield* create()
      const whole = get(id)
      const compressed = whole.slice()
      compressed[0] = 1
      const flagged = whole.slice()
      flagged[0] = 4
      const cases: ReadonlyArray<readonly [string, Uint8Array, http2.OutgoingHttpHeaders, number]> = [
        ["one message", whole, {}, 0],
        ["no message", new Uint8Array(), {}, 12],
        ["two messages", Buffer.concat([whole, whole]), {}, 12],
        ["a message and the beginning of another", Buffer.concat([whole, whole.subarray(0, 3)]), {}, 12],
        ["half a message", whole.subarray(0, 6), {}, 3],
        ["less than a prefix", whole.subarray(0, 3), {}, 3],
        ["a compressed message", compressed, {}, 12],
        ["an encoding", whole, { "grpc-encoding": "gzip" }, 12],
        ["the encoding of nothing", whole, { "grpc-encoding": "identity" }, 0],
        ["unknown flags", flagged, {}, 3],
        ["no protobuf", framed(Uint8Array.of(255, 255)), {}, 3],
        ["a length beyond the limit", Uint8Array.of(0, 255, 255, 255, 255), {}, 8],
        ["a deadline that is none", whole, { "grpc-timeout": "soon" }, 3],
        ["a deadline of 0.1 ms", whole, { "grpc-timeout": "100u" }, 4],
        ["a deadline that is over", whole, { "grpc-timeout": "0m" }, 4],
        ["a deadline of a year", whole, { "grpc-timeout": "8760H" }, 0]
      ]
      for (const [name, body, headers, status] of cases) {
        const call = rawCall(session, "GetMicrogridDispatch", body, { headers })
        assert.strictEqual(yield* statusOf(call), status, name)
      }
      assert.strictEqual(yield* statusOf(rawCall(session, "/x.Y/Z", whole)), 12)
      const put = rawCall(session, "GetMicrogridDispatch", whole, { headers: { ":method": "PUT" } })
      assert.strictEqual((yield* once<Record<string, unknown>>(put, "response"))[":status"], 405)
    }))

  test("a call whose deadline is over does nothing", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const dispatchData = {
        type: "CHARGE",
        target: { components: { case: "componentIds" as const, value: { ids: [1n] } } }
      }
      const request = message(Protobuf.CreateMicrogridDispatchRequestSchema, {
        microgridId: 1n,
        startImmediately: true,
        dispatchData
      })
      const body = framed(toBinary(Protobuf.CreateMicrogridDispatchRequestSchema, request))
      const late = rawCall(session, "CreateMicrogridDispatch", body.subarray(0, 10), {
        headers: { "grpc-timeout": "1S" },
        end: false
      })
      yield* network
      yield* TestClock.adjust("1 second")
      late.end(body.subarray(10))
      assert.strictEqual(yield* statusOf(late), 4)
      assert.strictEqual(yield* statusOf(rawCall(session, "GetMicrogridDispatch", get(1n))), 5)
      assert.strictEqual(yield* statusOf(rawCall(session, "CreateMicrogridDispatch", body)), 0)
      assert.strictEqual(yield* statusOf(rawCall(session, "GetMicrogridDispatch", get(1n))), 0)
    }))

  test("a broken invariant goes to the log, and says nothing of itself to the client", (weather) =>
    Effect.gen(function* () {
      const { id } = yield* create()
      weather.isBroken = true
      const call = rawCall(yield* rawSession(), "GetMicrogridDispatch", get(id))
      const { "grpc-message": told, "grpc-status": status } = yield* once<http2.IncomingHttpHeaders>(
        call,
        "response"
      )
      assert.deepStrictEqual([status, told], ["13", "internal error"])
      assert.match(weather.logged.join("\n"), /A call failed.*the store is broken/)
    }))

  test("unknown fields of a request are neither stored nor answered", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const data = toBinary(
        Protobuf.DispatchDataSchema,
        message(Protobuf.DispatchDataSchema, {
          type: "CHARGE",
          target: { components: { case: "componentIds", value: { ids: [1n] } } }
        })
      )
      const unknown = Uint8Array.of(0xba, 0x3e, 1, 77)
      const inner = Buffer.concat([data, unknown])
      const request = Buffer.concat([
        Uint8Array.of(8, 1, 0x12, inner.length),
        inner,
        Uint8Array.of(24, 1),
        unknown
      ])
      const call = rawCall(session, "CreateMicrogridDispatch", framed(request))
      const answer = yield* once<Buffer>(call, "data")
      assert.isFalse(answer.includes(Buffer.from(unknown)))
      const { dispatch } = fromBinary(Protobuf.CreateMicrogridDispatchResponseSchema, answer.subarray(5))
      assert.strictEqual(dispatch?.data?.type, "CHARGE")
    }))

  test("while a reader takes nothing its stream waits, and so do the events for it", () =>
    Effect.gen(function* () {
      const session = yield* rawSession({ settings: { initialWindowSize: 1_024 } })
      const stalled = rawCall(session, "StreamMicrogridDispatches", follow)
      yield* once(stalled, "response")
      const event = Effect.andThen(create({ payload: { text: "x".repeat(45_000) } }), network)
      yield* Effect.replicateEffect(event, 20)
      const { value: waiting } = yield* Metric.value(Metrics.feedBacklog.at())
      assert.isAtLeast(waiting, 15)
      let bytes = 0
      stalled.on("data", (chunk: Buffer) => (bytes += chunk.length))
      yield* until(() => bytes >= 20 * 45_000)
      assert.strictEqual((yield* Metric.value(Metrics.feedBacklog.at())).value, 0)
    }))

  test("a call that is reset in any state leaves nothing open", (weather) =>
    Effect.gen(function* () {
      const { headers } = yield* makeKey({})
      const { id } = yield* create({ payload: { text: "x".repeat(45_000) } })
      const session = yield* rawSession({ settings: { initialWindowSize: 1_024 } })
      const get1 = (more: http2.OutgoingHttpHeaders = {}, end = true) =>
        rawCall(session, "GetMicrogridDispatch", end ? get(id) : get(id).subarray(0, 6), {
          headers: { ...headers, ...more },
          end
        })
      const states: ReadonlyArray<readonly [string, () => http2.ClientHttp2Stream, () => boolean]> = [
        ["before the gate", () => get1(), () => true],
        ["at the gate", () => get1({ key: "dk_unknown" }), () => true],
        ["in its message", () => get1({}, false), () => true],
        ["in the store", () => get1(), () => weather.stuck > 0],
        [
          "with an unread answer",
          () => rawCall(session, "ListMicrogridDispatches", list, { headers }),
          () => true
        ],
        [
          "in its stream",
          () => rawCall(session, "StreamMicrogridDispatches", follow, { headers }),
          () => true
        ]
      ]
      for (const [name, open, isThere] of states) {
        weather.isStuck = name === "in the store"
        weather.stuck = 0
        for (let round = 0; round < 2; round++) {
          const calls = Array.from({ length: callsPerKeyMax / 2 + 10 }, open)
          if (name !== "before the gate") yield* network
          yield* until(isThere)
          for (const call of calls) call.close(http2.constants.NGHTTP2_CANCEL)
          yield* until(() => calls.every(({ closed }) => closed))
        }
        yield* until(() => weather.stuck === 0)
        assert.strictEqual(weather.stuck, 0, name)
        weather.isStuck = false
        const next = yield* rawSession()
        const answered = yield* statusOf(rawCall(next, "GetMicrogridDispatch", get(id), { headers }))
        assert.strictEqual(answered, 0, name)
        next.destroy()
      }
      yield* network
      assert.strictEqual((yield* Metric.value(Metrics.streams.at())).value, 0)
    }))

  test("of a request that is refused nothing is done, also if it is whole", () =>
    Effect.gen(function* () {
      const schema = Protobuf.CreateMicrogridDispatchRequestSchema
      const creation = framed(toBinary(schema, message(schema, { microgridId: 1n, dispatchData: data })))
      const { list: listed } = yield* DispatchService.DispatchService
      const count = Effect.map(listed(one, {}), ({ totalItems }) => totalItems)
      const send = (body: Uint8Array) =>
        Effect.flatMap(rawSession(), (session) => statusOf(rawCall(session, "CreateMicrogridDispatch", body)))
      assert.strictEqual(yield* send(Buffer.concat([creation, creation])), 12)
      yield* network
      assert.strictEqual(yield* count, 0)
      assert.strictEqual(yield* send(creation), 0)
      assert.strictEqual(yield* count, 1)
    }))

  test("calls that went away in the midst of their messages count no more among those that are slow", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const half = () => rawCall(session, "CreateMicrogridDispatch", get(1n).subarray(0, 3), { end: false })
      const slow = half()
      yield* network
      const gone = Array.from({ length: slowMessagesMax + 10 }, half)
      yield* network
      for (const call of gone) call.close(http2.constants.NGHTTP2_CANCEL)
      yield* until(() => gone.every(({ closed }) => closed))
      yield* network
      yield* TestClock.adjust("7 seconds")
      yield* network
      assert.isFalse(slow.closed)
      const others = Array.from({ length: slowMessagesMax }, half)
      yield* network
      yield* TestClock.adjust("7 seconds")
      yield* until(() => slow.closed)
      assert.isTrue(slow.closed)
      assert.isTrue(others.every(({ closed }) => !closed))
    }))

  test("a signed call takes its place before its nonce is written: no more wait for that than may be at work", (weather) =>
    Effect.gen(function* () {
      const { fresh, headers } = yield* makeKey({ signed: true })
      const { id } = yield* create()
      const secret = fresh.secret
      if (secret === undefined) return assert.fail("the key has no secret")
      const timestamp = (yield* DateTime.now).epochMilliseconds / 1_000
      weather.isLocked = true
      const sessions = yield* Effect.replicateEffect(rawSession(), 8)
      for (let index = 0; index < callsPerKeyMax + 100; index++) {
        const nonce = new Uint8Array(16)
        new DataView(nonce.buffer).setUint32(0, index)
        const signer = { key: fresh.key, secret, method: "GetMicrogridDispatch" }
        const {
          nonce: text,
          signature,
          ...request
        } = yield* Effect.provide(RequestSignature.sign(signer, { timestamp, nonce }), NodeMac.layer)
        const session = sessions[index % sessions.length]
        if (session === undefined) return assert.fail("there are sessions")
        rawCall(session, "GetMicrogridDispatch", get(id), {
          headers: { ...headers, ts: request.timestamp, nonce: text, sig: signature }
        })
      }
      yield* until(() => weather.locked >= callsPerKeyMax)
      yield* network
      assert.strictEqual(weather.locked, callsPerKeyMax)
    }))

  test("a stranger whose calls are refused again and again is let go, and its calls take no memory", () =>
    Effect.gen(function* () {
      const { headers } = yield* makeKey({})
      const { id } = yield* create()
      const known = yield* rawSession()
      const flood = (session: http2.ClientHttp2Session, more: http2.OutgoingHttpHeaders) =>
        Array.from({ length: 2 * strangerCallsMax }, () =>
          rawCall(session, "GetMicrogridDispatch", get(id), { headers: more })
        )
      const answered = yield* Effect.forEach(flood(known, headers), statusOf, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(answered)], [0])
      for (const more of [{}, { "content-type": "text/html" }, { ":path": "/a.B/C" }]) {
        const stranger = yield* rawSession()
        const refused = flood(stranger, more)
        yield* until(() => stranger.destroyed)
        assert.isTrue(refused.every(({ destroyed }) => destroyed))
      }
      assert.isFalse(known.closed)
      assert.strictEqual((yield* Metric.value(Metrics.sessionsCutOff.at("strangers"))).count >= 3, true)
    }))

  test("a connection without an admitted call is let go after ten seconds, and one without a call after a minute", () =>
    Effect.gen(function* () {
      const { headers } = yield* makeKey({})
      const { port } = yield* GrpcServer.GrpcServer
      const { id } = yield* create()
      const cutOff = (reason: "strangers" | "idle") =>
        Effect.map(Metric.value(Metrics.sessionsCutOff.at(reason)), ({ count }) => count)
      const before = [yield* cutOff("strangers"), yield* cutOff("idle")]
      const mute = yield* Effect.acquireRelease(
        Effect.sync(() => net.connect(port, "127.0.0.1").on("error", () => {})),
        (socket) => Effect.sync(() => socket.destroy())
      )
      mute.resume()
      const stranger = yield* rawSession()
      const known = yield* rawSession()
      assert.strictEqual(yield* statusOf(rawCall(stranger, "GetMicrogridDispatch", get(id))), 16)
      assert.strictEqual(yield* statusOf(rawCall(known, "GetMicrogridDispatch", get(id), { headers })), 0)
      const follower = yield* rawSession()
      yield* once(rawCall(follower, "StreamMicrogridDispatches", follow, { headers }), "response")
      yield* TestClock.adjust("11 seconds")
      yield* until(() => mute.destroyed && stranger.destroyed)
      assert.deepStrictEqual([mute.destroyed, stranger.destroyed, known.closed], [true, true, false])
      yield* TestClock.adjust("50 seconds")
      yield* until(() => known.closed)
      assert.deepStrictEqual([known.closed, follower.closed], [true, false])
      const after = [yield* cutOff("strangers"), yield* cutOff("idle")]
      // The mute one does not answer a ping either.
      assert.deepStrictEqual([(after[0] ?? 0) - (before[0] ?? 0), (after[1] ?? 0) - (before[1] ?? 0)], [1, 1])
    }))
})
