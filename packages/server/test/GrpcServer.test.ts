import * as http2 from "node:http2"
import * as net from "node:net"
import { create as message, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Metrics from "@effect-dispatch/server/Metrics"
import {
  callDurationMax,
  pingInterval,
  pingTimeout,
  slowMessagesMax,
  streamBacklogMax
} from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, vi } from "@effect/vitest"
import { DateTime, Effect, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import { create, one, two } from "./services.ts"
import { data, inASecond, makeKey, methods, network, until, test } from "./serving.ts"
import { answer, clients, framed, once, rawCall, rawSession, refusal } from "./wire.ts"

describe("GrpcServer", () => {
  test("headers of a stream are sent at once, when the subscription is effective", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const request = toBinary(
        Protobuf.StreamMicrogridDispatchesRequestSchema,
        message(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId: 1n })
      )
      const stream = rawCall(session, "StreamMicrogridDispatches", framed(request))
      const headers = yield* once<Record<string, unknown>>(stream, "response")
      assert.strictEqual(headers[":status"], 200)
      assert.strictEqual(headers["content-type"], "application/grpc")
      const received = yield* Effect.forkScoped(once<Buffer>(stream, "data"), { startImmediately: true })
      assert.isUndefined(received.pollUnsafe())
      yield* create()
      const { event } = yield* Effect.map(Fiber.join(received), (frame) => fromFrame(frame))
      assert.strictEqual(event, Protobuf.Event.CREATED)
    }))

  test("the features of the service stand in the headers of every answer: a stream, an answer, a refusal", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const request = toBinary(
        Protobuf.StreamMicrogridDispatchesRequestSchema,
        message(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId: 1n })
      )
      for (const [method, body] of [
        ["StreamMicrogridDispatches", request],
        ["ListMicrogridDispatches", request],
        ["CreateMicrogridDispatch", new Uint8Array()]
      ] as const) {
        const stream = rawCall(session, method, framed(body))
        const headers = yield* once<Record<string, unknown>>(stream, "response")
        assert.strictEqual(headers["dispatch-features"], "calendar,name", method)
      }
    }))

  test("a listing by a target of nothing finds nothing, and beside another target what that finds", () =>
    Effect.gen(function* () {
      const { dispatches } = yield* clients
      const { id } = yield* create()
      const targeted = { components: { case: "componentIds" as const, value: { ids: [1n] } } }
      const found = (targets: ReadonlyArray<{ components?: typeof targeted.components }>) =>
        answer(() =>
          dispatches.listMicrogridDispatches({ microgridId: one, filter: { targets: [...targets] } })
        )
      assert.deepStrictEqual((yield* found([{}])).dispatches, [])
      const ids = (yield* found([{}, targeted])).dispatches.map(({ metadata }) => metadata?.dispatchId)
      assert.deepStrictEqual(ids, [id])
    }))

  test("a stream that is given longer than any timer runs goes on", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const request = toBinary(
        Protobuf.StreamMicrogridDispatchesRequestSchema,
        message(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId: 1n })
      )
      const open = (timeout: string) =>
        rawCall(session, "StreamMicrogridDispatches", framed(request), {
          headers: { "grpc-timeout": timeout }
        })
      const streams = ["31536000S", "99999999M", "99999999H", "2147483S"].map(open)
      yield* Effect.forEach(streams, (stream) => once(stream, "response"), { concurrency: "unbounded" })
      yield* network
      assert.deepStrictEqual(
        streams.map(({ closed }) => closed),
        [false, false, false, false]
      )
    }))

  test("a refusal names the field, in the message and as a standard detail", () =>
    Effect.gen(function* () {
      const { dispatches } = yield* clients
      const { code, field, message } = yield* refusal(() =>
        dispatches.createMicrogridDispatch({
          microgridId: 1n,
          dispatchData: { ...data, type: "" }
        })
      )
      assert.deepStrictEqual([code, field], ["InvalidArgument", "dispatch_data.type"])
      assert.include(message, "dispatch_data.type")
      const { id } = yield* create()
      const inRule = yield* refusal(() =>
        dispatches.updateMicrogridDispatch({
          microgridId: 1n,
          dispatchId: id,
          updateMask: { paths: ["recurrence"] },
          update: { recurrence: { freq: Protobuf.RecurrenceRule_Frequency.DAILY, byhours: [3, 24] } }
        })
      )
      assert.strictEqual(inRule.field, "update.recurrence.byhours[1]")
      assert.isTrue(inRule.message.startsWith("update.recurrence.byhours[1]: the number 24 is not"))
      const unnamed = yield* refusal(() =>
        dispatches.updateMicrogridDispatch({
          microgridId: 1n,
          dispatchId: 1n,
          updateMask: { paths: ["colour"] }
        })
      )
      assert.strictEqual(unnamed.code, "InvalidArgument")
      assert.include(unnamed.message, "colour")
    }))

  test("no method serves a key without rights, and none tells whether the dispatch exists", () =>
    Effect.gen(function* () {
      const { id } = yield* create()
      const reader = yield* makeKey({ rights: ["read"] })
      const elsewhere = yield* makeKey({ microgrids: [two] })
      const nothing = yield* makeKey({ rights: [] })
      const attempts: ReadonlyArray<readonly [Record<string, string>, string, ReadonlyArray<string>]> = [
        [{}, "Unauthenticated", ["list", "get", "create", "update", "delete", "stream"]],
        [{ key: "dk_?" }, "Unauthenticated", ["list", "get", "create", "update", "delete", "stream"]],
        [nothing.headers, "PermissionDenied", ["list", "get", "create", "update", "delete", "stream"]],
        [elsewhere.headers, "PermissionDenied", ["list", "get", "create", "update", "delete", "stream"]],
        [reader.headers, "PermissionDenied", ["create", "update", "delete"]]
      ]
      for (const [headers, expected, names] of attempts)
        for (const name of names as ReadonlyArray<keyof ReturnType<typeof methods>>) {
          // A connection on which nothing is admitted does not stay for long.
          const { dispatches } = yield* clients
          const known = yield* inASecond(refusal(methods(dispatches, id, headers)[name]))
          const unknown = yield* inASecond(refusal(methods(dispatches, 99n as DispatchId, headers)[name]))
          assert.strictEqual(known.code, expected, name)
          assert.deepStrictEqual(known, unknown)
        }
      const store = yield* DispatchStore
      assert.strictEqual(yield* store.lastChange(one), 1n)
      yield* answer(methods((yield* clients).dispatches, id, reader.headers).get)
    }))

  test("the name of the key is written down with what was done with it", () =>
    Effect.gen(function* () {
      const { headers } = yield* makeKey({ name: "anna" })
      const { dispatches } = yield* clients
      yield* answer(methods(dispatches, 0n, headers).create)
      const store = yield* DispatchStore
      assert.strictEqual((yield* store.audit(one, 1))[0]?.by, "anna")
    }))

  test("the streams of a revoked key end within a minute", () =>
    Effect.gen(function* () {
      const { headers, id } = yield* makeKey({})
      const { dispatches } = yield* clients
      let isOpen = false
      const open = methods(dispatches, 0n, headers, 1n, () => (isOpen = true)).stream
      const end = yield* Effect.forkScoped(refusal(open), { startImmediately: true })
      yield* until(() => isOpen)
      assert.isUndefined(end.pollUnsafe())
      yield* (yield* AccessKeyStore).revokeKey(id, yield* DateTime.now)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* Fiber.join(end)).code, "Unauthenticated")
    }))

  test("a client that does not read is cut off with a retryable code; another stream does not notice", () =>
    Effect.gen(function* () {
      const { dispatches } = yield* clients
      const console = vi.spyOn(globalThis.console, "error")
      const seen: Array<number> = []
      const follow = async () => {
        for await (const { event } of dispatches.streamMicrogridDispatches({ microgridId: 1n }))
          seen.push(event)
      }
      const other = yield* Effect.forkScoped(refusal(follow), { startImmediately: true })
      const session = yield* rawSession({ settings: { initialWindowSize: 1_024 } })
      const request = toBinary(
        Protobuf.StreamMicrogridDispatchesRequestSchema,
        message(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId: 1n })
      )
      // It has no listener for data, so its window stays closed once it is full.
      const stalled = rawCall(session, "StreamMicrogridDispatches", framed(request))
      yield* once(stalled, "response")
      const closed = yield* Effect.forkScoped(once(stalled, "close"), { startImmediately: true })
      const total = 2 * streamBacklogMax + 500
      const caughtUp = (count: number): Effect.Effect<void> =>
        Effect.suspend(() => (seen.length < count ? Effect.andThen(network, caughtUp(count)) : Effect.void))
      for (let count = 1; count <= total; count++) {
        yield* create()
        if (count % 500 === 0) yield* caughtUp(count)
      }
      yield* caughtUp(total)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closed)
      // ENHANCE_YOUR_CALM, which clients of gRPC take for RESOURCE_EXHAUSTED.
      assert.strictEqual(stalled.rstCode, 11)
      assert.strictEqual(seen.length, total)
      assert.isUndefined(other.pollUnsafe())
      yield* network
      assert.deepStrictEqual(console.mock.calls, [])
    }))

  test("answers that wait to be read do not keep a session from making more calls", () =>
    Effect.gen(function* () {
      const payload = { text: "x".repeat(45_000) }
      const { id } = yield* create({ payload })
      for (let more = 0; more < 19; more++) yield* create({ payload })
      const session = yield* rawSession()
      const list = framed(
        toBinary(
          Protobuf.ListMicrogridDispatchesRequestSchema,
          message(Protobuf.ListMicrogridDispatchesRequestSchema, { microgridId: 1n })
        )
      )
      // About a megabyte each; Node by itself holds ten in a session.
      const unread = Array.from({ length: 30 }, () =>
        rawCall(session, "ListMicrogridDispatches", list).once("response", () => answered++)
      )
      let answered = 0
      yield* until(() => answered === unread.length)
      const get = toBinary(
        Protobuf.GetMicrogridDispatchRequestSchema,
        message(Protobuf.GetMicrogridDispatchRequestSchema, { microgridId: 1n, dispatchId: id })
      )
      const response = yield* Effect.raceFirst(
        once<Record<string, unknown>>(rawCall(session, "GetMicrogridDispatch", framed(get)), "response"),
        Effect.as(once(session, "close"), undefined)
      )
      // A client that reads nothing would keep the server waiting.
      session.destroy()
      assert.strictEqual(response?.[":status"], 200)
    }))

  test("a session that does not answer is destroyed after 40 s, and counted, one that does is kept", () =>
    Effect.gen(function* () {
      const before = {
        open: (yield* Metric.value(Metrics.sessions.at())).value,
        silent: (yield* Metric.value(Metrics.sessionsCutOff.at("silent"))).count
      }
      const { port } = yield* GrpcServer.GrpcServer
      const { health } = yield* clients
      yield* answer(() => health.check({}))
      const silent = yield* Effect.acquireRelease(
        Effect.sync(() => net.connect(port, "127.0.0.1")),
        (socket) => Effect.sync(() => socket.destroy())
      )
      // The preface of HTTP/2 and an empty SETTINGS frame; then nothing any more.
      silent.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
      silent.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
      silent.on("error", () => {})
      silent.resume()
      const closed = yield* Effect.forkScoped(once(silent, "close"), { startImmediately: true })
      yield* network
      for (let round = 0; round < 2; round++) {
        yield* TestClock.adjust(pingInterval)
        yield* network
        yield* TestClock.adjust(pingTimeout)
        yield* network
      }
      yield* Fiber.join(closed)
      yield* answer(() => health.check({}))
      assert.strictEqual((yield* Metric.value(Metrics.sessions.at())).value - before.open, 1)
      assert.strictEqual((yield* Metric.value(Metrics.sessionsCutOff.at("silent"))).count - before.silent, 1)
    }))

  test("an answer that takes too long is given up", (weather) =>
    Effect.gen(function* () {
      const { id } = yield* create()
      const { dispatches } = yield* clients
      weather.isStuck = true
      const end = yield* Effect.forkScoped(refusal(methods(dispatches, id, {}).get), {
        startImmediately: true
      })
      yield* until(() => weather.stuck === 1)
      yield* TestClock.adjust(callDurationMax)
      assert.strictEqual((yield* Fiber.join(end)).code, "DeadlineExceeded")
    }))

  test("a request whose message arrives too slowly is cut off; the rest of one that was answered is not waited for", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const frame = framed(new Uint8Array(1_000))
      const call = (method: string, body: Uint8Array) => rawCall(session, method, body, { end: false })
      const slow = call("GetMicrogridDispatch", frame.subarray(0, 20))
      const whole = rawCall(session, "StreamMicrogridDispatches", framed(new Uint8Array([8, 1])))
      const refused = call("GetMicrogridDispatch", new Uint8Array([0, 255, 255, 255, 255]))
      const headers = yield* once<Record<string, unknown>>(refused, "response")
      assert.strictEqual(headers["grpc-status"], "8")
      yield* until(() => refused.closed)
      assert.strictEqual(refused.rstCode, http2.constants.NGHTTP2_NO_ERROR)
      for (let seconds = 0; seconds < 60; seconds += 2) {
        assert.isFalse(slow.closed)
        slow.write(new Uint8Array(1))
        yield* network
        yield* TestClock.adjust("2 seconds")
      }
      yield* until(() => slow.closed)
      assert.isFalse(whole.closed)
    }))

  test("of many messages that arrive slowly the oldest are cut off: they take memory, and nobody knows from whom", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      const begin = new Uint8Array([0, 0, 0, 16, 0, 1])
      const calls = Array.from({ length: slowMessagesMax + 3 }, () =>
        rawCall(session, "GetMicrogridDispatch", begin, { end: false })
      )
      yield* network
      yield* TestClock.adjust("4 seconds")
      yield* network
      assert.isFalse(calls.some(({ closed }) => closed))
      yield* TestClock.adjust("2 seconds")
      yield* until(() => calls.filter(({ closed }) => closed).length === 3)
      yield* network
      assert.deepStrictEqual(
        calls.map(({ closed }) => closed),
        calls.map((_, index) => index < 3)
      )
      assert.strictEqual(calls[0]?.rstCode, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
      // Else the end of the server waits for them.
      session.destroy()
      yield* network
    }))

  test("a condition with spaces around it is a condition all the same", () =>
    Effect.gen(function* () {
      const made = yield* create()
      const session = yield* rawSession()
      const request = message(Protobuf.UpdateMicrogridDispatchRequestSchema, {
        microgridId: 1n,
        dispatchId: made.id,
        updateMask: { paths: ["is_active"] },
        update: { isActive: false }
      })
      const body = framed(toBinary(Protobuf.UpdateMicrogridDispatchRequestSchema, request))
      for (const [condition, status] of [
        [" 1", "10"],
        ["1 ", "10"],
        [` ${made.updateTime}`, "0"]
      ] as const) {
        const call = rawCall(session, "UpdateMicrogridDispatch", body, {
          headers: { "if-update-time": condition }
        })
        const headers = yield* once<Record<string, unknown>>(call, "response")
        const trailers =
          "grpc-status" in headers ? headers : yield* once<Record<string, unknown>>(call.resume(), "trailers")
        assert.strictEqual(trailers["grpc-status"], status, condition)
      }
    }))

  test("a call to a name that cannot be one is answered as any other", () =>
    Effect.gen(function* () {
      const session = yield* rawSession()
      for (const authority of ["x:99999", "[::1", "x:1:2"]) {
        const path = `/${Protobuf.Health.typeName}/Check`
        const call = rawCall(session, path, framed(new Uint8Array()), {
          headers: { ":authority": authority }
        })
        const headers = yield* once<Record<string, unknown>>(call, "response")
        assert.strictEqual(headers[":status"], 200, authority)
        call.resume()
      }
    }))

  test("what is too large or unknown is refused with its own code", () =>
    Effect.gen(function* () {
      const { dispatches, health } = yield* clients
      const sent = yield* Effect.forkScoped(
        refusal(() =>
          dispatches.createMicrogridDispatch({
            microgridId: 1n,
            dispatchData: { ...data, type: "x".repeat(5 << 20) }
          })
        ),
        { startImmediately: true }
      )
      const large = yield* Fiber.join(sent)
      assert.strictEqual(large.code, "ResourceExhausted")
      const session = yield* rawSession()
      const unknown = rawCall(session, "ExplodeMicrogrid", framed(new Uint8Array()))
      const headers = yield* once<Record<string, unknown>>(unknown, "response")
      assert.strictEqual(headers["grpc-status"], "12")
      assert.strictEqual((yield* refusal(() => health.check({ service: "?" }))).code, "NotFound")
    }))
})

const fromFrame = (frame: Buffer) =>
  fromBinary(Protobuf.StreamMicrogridDispatchesResponseSchema, frame.subarray(5))
