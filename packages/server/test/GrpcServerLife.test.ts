import * as http2 from "node:http2"
import { create as message, toBinary } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { healthWatchesPerAddressMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber, Layer, Metric, Scope } from "effect"
import { TestClock } from "effect/testing"
import { atNoon, create } from "./services.ts"
import { makeKey, methods, network, until, storeIn, test, Weather } from "./serving.ts"
import { answer, clients, framed, once, rawCall, rawSession, refusal, statusOf } from "./wire.ts"

const followSchema = Protobuf.StreamMicrogridDispatchesRequestSchema
const follow = framed(toBinary(followSchema, message(followSchema, { microgridId: 1n })))

describe("GrpcServer: readiness, shutdown, encryption", () => {
  test("a stream that its deadline ends is told so, and counted so", () =>
    Effect.gen(function* () {
      const late = Effect.map(
        Metric.value(Metrics.calls.at("StreamMicrogridDispatches", "DEADLINE_EXCEEDED")),
        ({ count }) => count
      )
      const before = yield* late
      const headers = { "grpc-timeout": "5S" }
      const stream = rawCall(yield* rawSession(), "StreamMicrogridDispatches", follow, { headers })
      const status = yield* Effect.forkScoped(statusOf(stream), { startImmediately: true })
      yield* once(stream, "response")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(status), 4)
      assert.strictEqual((yield* late) - before, 1)
    }))

  test("a call whose time is over while the gate looks for its key is told so then", () =>
    Effect.gen(function* () {
      yield* makeKey({})
      const headers = { key: "dk_nobody", "grpc-timeout": "100m" }
      const call = rawCall(yield* rawSession(), "GetMicrogridDispatch", framed(new Uint8Array()), { headers })
      const status = yield* Effect.forkScoped(statusOf(call), { startImmediately: true })
      yield* network
      assert.isUndefined(status.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* Fiber.join(status), 4)
    }))

  test("a stream of a revoked key whose reader takes nothing is cut off after five seconds", () =>
    Effect.gen(function* () {
      const { headers, id } = yield* makeKey({})
      const session = yield* rawSession({ settings: { initialWindowSize: 1_024 } })
      const stalled = rawCall(session, "StreamMicrogridDispatches", follow, { headers })
      yield* once(stalled, "response")
      yield* create({ payload: { text: "x".repeat(45_000) } })
      yield* network
      yield* (yield* AccessKeyStore).revokeKey(id, yield* DateTime.now)
      yield* TestClock.adjust("15 seconds")
      yield* network
      assert.isFalse(stalled.closed)
      yield* TestClock.adjust("5 seconds")
      yield* until(() => stalled.closed)
      assert.strictEqual(stalled.rstCode, http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
    }))

  test("health: ready while the store can be reached, alive in any case", (weather) =>
    Effect.gen(function* () {
      const { health } = yield* clients
      const { NOT_SERVING, SERVICE_UNKNOWN, SERVING } = Protobuf.HealthCheckResponse_ServingStatus
      const statusOf = (service: string) =>
        Effect.map(
          answer(() => health.check({ service })),
          ({ status }) => status
        )
      const seen: Array<number> = []
      const watch = (service: string) => async () => {
        for await (const { status } of health.watch({ service })) {
          seen.push(status)
          if (service === "?") return
        }
      }
      yield* answer(watch("?"))
      yield* Effect.forkScoped(refusal(watch("")), { startImmediately: true })
      const all = ["", "frequenz.api.dispatch.v1.MicrogridDispatchService", "liveness"]
      assert.deepStrictEqual(yield* Effect.forEach(all, statusOf), [SERVING, SERVING, SERVING])
      weather.isAway = true
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(all, statusOf), [NOT_SERVING, NOT_SERVING, SERVING])
      weather.isAway = false
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(all, statusOf), [SERVING, SERVING, SERVING])
      // One that does not answer is asked for 2 s.
      weather.isSilent = true
      yield* TestClock.adjust("7 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(all, statusOf), [NOT_SERVING, NOT_SERVING, SERVING])
      yield* until(() => seen.length === 5)
      assert.deepStrictEqual(seen, [SERVICE_UNKNOWN, SERVING, NOT_SERVING, SERVING, NOT_SERVING])
    }))

  test("health: as many watches as one address may have, and the place of one that ends is taken again", () =>
    Effect.gen(function* () {
      const { health } = yield* clients
      let open = 0
      const ends: Array<AbortController> = []
      const watch = async () => {
        const end = new AbortController()
        ends.push(end)
        for await (const _ of health.watch({}, { signal: end.signal })) open++
      }
      for (let more = 0; more < healthWatchesPerAddressMax; more++) {
        yield* Effect.forkScoped(Effect.ignore(refusal(watch)), { startImmediately: true })
      }
      yield* until(() => open === healthWatchesPerAddressMax)
      assert.strictEqual((yield* refusal(watch)).code, "ResourceExhausted")
      ends[0]?.abort()
      yield* network
      yield* Effect.forkScoped(Effect.ignore(refusal(watch)), { startImmediately: true })
      yield* until(() => open === healthWatchesPerAddressMax + 1)
      assert.strictEqual(open, healthWatchesPerAddressMax + 1)
    }))

  it.effect("a shutdown ends streams at once as unavailable, and lets a call that is under way end", () =>
    Effect.gen(function* () {
      yield* atNoon
      const weather = new Weather()
      const services = yield* Layer.build(
        Layer.fresh(DispatchService.layer).pipe(Layer.provideMerge(storeIn(weather)))
      )
      const scope = yield* Scope.make()
      const server = yield* Layer.buildWithScope(
        Layer.fresh(GrpcServer.layer({ port: 0 })).pipe(Layer.provide(Layer.succeedContext(services))),
        scope
      )
      const { dispatches, health } = yield* Effect.provide(clients, server)
      let isWatched = false
      const watch = async () => {
        for await (const _ of health.watch({})) isWatched = true
      }
      const watching = yield* Effect.forkScoped(refusal(watch), { startImmediately: true })
      const slow = yield* Effect.provide(create(), services)
      let isOpen = false
      const open = methods(dispatches, 0n, {}, 1n, () => (isOpen = true)).stream
      const stream = yield* Effect.forkScoped(refusal(open), { startImmediately: true })
      weather.isStuck = true
      const get = yield* Effect.forkScoped(refusal(methods(dispatches, slow.id, {}).get), {
        startImmediately: true
      })
      yield* until(() => isOpen && isWatched && weather.stuck === 1)
      const closing = yield* Effect.forkScoped(Scope.close(scope, Exit.void), { startImmediately: true })
      assert.strictEqual((yield* Fiber.join(stream)).code, "Unavailable")
      assert.strictEqual((yield* Fiber.join(watching)).code, "Unavailable")
      yield* network
      assert.isUndefined(get.pollUnsafe())
      assert.isUndefined(closing.pollUnsafe())
      // It has five seconds.
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      yield* Fiber.join(get)
    })
  )

  it.effect("other machines are served without encryption only when that is asked for", () =>
    Effect.gen(function* () {
      const service = Layer.fresh(DispatchService.layer).pipe(
        Layer.provide(Layer.fresh(DispatchStoreMemory.layer))
      )
      const listening = (options: { readonly host: string; readonly plainText?: boolean }) =>
        Effect.scoped(
          Layer.build(Layer.fresh(GrpcServer.layer({ port: 0, ...options })).pipe(Layer.provide(service)))
        )
      for (const host of ["0.0.0.0", "::"]) {
        const { reason } = yield* Effect.flip(listening({ host }))
        assert.strictEqual(reason, "Unencrypted")
      }
      yield* listening({ host: "0.0.0.0", plainText: true })
      for (const host of ["127.0.0.1", "localhost"]) yield* listening({ host })
      const files = { certificateFile: "/nowhere/cert.pem", keyFile: "/nowhere/key.pem" }
      const missing = yield* Effect.flip(
        Effect.scoped(
          Layer.build(Layer.fresh(GrpcServer.layer({ port: 0, tls: files })).pipe(Layer.provide(service)))
        )
      )
      assert.deepStrictEqual(
        [missing.reason, missing.message.includes("/nowhere/cert.pem")],
        ["Certificate", true]
      )
    })
  )
})
