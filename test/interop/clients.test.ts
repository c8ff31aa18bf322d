import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { anyUnpack } from "@bufbuild/protobuf/wkt"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Layer, Metric, type Scope } from "effect"
import { grpcio, python } from "./grpcio.ts"
import { grpcJs } from "./grpcJs.ts"
import type { PeerCall, PeerClient } from "./peers.ts"

const service = `/${Protobuf.MicrogridDispatchService.typeName}`
const one = MicrogridId.make(1n)

const layer = Layer.fresh(GrpcServer.layer({ port: 0 })).pipe(
  Layer.provideMerge(Layer.fresh(DispatchService.layer)),
  Layer.provide(Layer.fresh(DispatchStoreMemory.layer))
)

const draft = (text: string) => ({
  type: "CHARGE",
  startTime: DateTime.makeUnsafe("2100-01-01T00:00:00Z"),
  duration: Duration.minutes(10),
  target: Target.componentIds(1n),
  payload: { text }
})

const make = (text = "x") =>
  Effect.flatMap(DispatchService.DispatchService, (dispatches) => dispatches.create(one, draft(text)))

const callOf = <Schema extends DescMessage>(
  method: string,
  schema: Schema,
  init: MessageInitShape<Schema>,
  more: Partial<PeerCall> = {}
): PeerCall => ({ path: `${service}/${method}`, request: toBinary(schema, create(schema, init)), ...more })

const get = (dispatchId: bigint, more: Partial<PeerCall> = {}) =>
  callOf(
    "GetMicrogridDispatch",
    Protobuf.GetMicrogridDispatchRequestSchema,
    { microgridId: 1n, dispatchId },
    more
  )

const follow = (more: Partial<PeerCall> = {}) =>
  callOf(
    "StreamMicrogridDispatches",
    Protobuf.StreamMicrogridDispatchesRequestSchema,
    { microgridId: 1n },
    more
  )

const streams = Effect.map(Metric.value(Metrics.streams.at()), ({ value }) => value)

const untilStreams = (count: number) =>
  Effect.gen(function* () {
    for (let time = 0; time < 500 && (yield* streams) !== count; time++) yield* Effect.sleep("10 millis")
    assert.strictEqual(yield* streams, count)
  })

for (const { client: clientOf, name } of [grpcJs, ...(python === undefined ? [] : [grpcio])]) {
  const test = (
    promise: string,
    body: (
      client: PeerClient
    ) => Effect.Effect<void, unknown, GrpcServer.GrpcServer | DispatchService.DispatchService | Scope.Scope>
  ) =>
    it.live(promise, () =>
      Effect.gen(function* () {
        const { port } = yield* GrpcServer.GrpcServer
        yield* Effect.scoped(Effect.flatMap(clientOf(port), body))
      }).pipe(Effect.provide(layer))
    )

  describe(`a client of ${name} with our service`, () => {
    test("unary: success, with metadata in text and in bytes, and a deadline in 30 years", (client) =>
      Effect.gen(function* () {
        const { id } = yield* make()
        const metadata = { "x-text": "words", "x-more-bin": Uint8Array.of(0, 255) }
        const { code, messages } = yield* client.call(get(id, { metadata, timeoutMs: 9.5e11 }))
        assert.strictEqual(code, 0)
        const [message = new Uint8Array()] = messages
        const { dispatch } = fromBinary(Protobuf.GetMicrogridDispatchResponseSchema, message)
        assert.strictEqual(dispatch?.metadata?.dispatchId, id)
      }))

    test("unary: many at a time, each with its own answer", (client) =>
      Effect.gen(function* () {
        const made = yield* Effect.replicateEffect(make(), 200)
        const answers = yield* Effect.forEach(made, ({ id }) => client.call(get(id)), {
          concurrency: "unbounded"
        })
        const ids = answers.map(
          ({ messages: [message = new Uint8Array()] }) =>
            fromBinary(Protobuf.GetMicrogridDispatchResponseSchema, message).dispatch?.metadata?.dispatchId
        )
        assert.deepStrictEqual(
          ids,
          made.map(({ id }) => id)
        )
      }))

    test("trailers only: an error, and one with details", (client) =>
      Effect.gen(function* () {
        const unknown = yield* client.call(get(99n))
        assert.deepStrictEqual([unknown.code, unknown.messages.length], [5, 0])
        const { code, details, message } = yield* client.call(
          callOf("CreateMicrogridDispatch", Protobuf.CreateMicrogridDispatchRequestSchema, {
            microgridId: 1n,
            dispatchData: { type: "ä".repeat(300) }
          })
        )
        assert.strictEqual(code, 3)
        const status = fromBinary(Protobuf.StatusSchema, details ?? new Uint8Array())
        assert.deepStrictEqual([status.code, status.message], [3, message])
        const [detail] = status.details
        const violation = detail && anyUnpack(detail, Protobuf.BadRequestSchema)
        assert.isString(violation?.fieldViolations[0]?.field)
      }))

    test("an unknown method, an unknown service and a message that is none", (client) =>
      Effect.gen(function* () {
        const { request } = get(1n)
        assert.strictEqual((yield* client.call({ path: `${service}/Explode`, request })).code, 12)
        assert.strictEqual((yield* client.call({ path: "/a.B/C", request })).code, 12)
        assert.strictEqual((yield* client.call(get(1n, { request: Uint8Array.of(255, 255) }))).code, 3)
      }))

    test("a compressed request is not read", (client) =>
      Effect.gen(function* () {
        const request = toBinary(
          Protobuf.CreateMicrogridDispatchRequestSchema,
          create(Protobuf.CreateMicrogridDispatchRequestSchema, {
            microgridId: 1n,
            dispatchData: { type: "x".repeat(10_000) }
          })
        )
        const path = `${service}/CreateMicrogridDispatch`
        const { code } = yield* client.call({ path, request, isCompressed: true })
        assert.strictEqual(code, 12)
      }))

    test("a request that is too large, and a page of large dispatches", (client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* client.call(get(1n, { request: new Uint8Array(1 << 20) }))).code, 8)
        yield* Effect.replicateEffect(make("x".repeat(45_000)), 20)
        const { code, messages } = yield* client.call(
          callOf("ListMicrogridDispatches", Protobuf.ListMicrogridDispatchesRequestSchema, {
            microgridId: 1n
          })
        )
        assert.strictEqual(code, 0)
        const [message = new Uint8Array()] = messages
        const page = fromBinary(Protobuf.ListMicrogridDispatchesResponseSchema, message)
        assert.strictEqual(page.dispatches.length, 20)
      }))

    test("a deadline of 0.1 ms", (client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* client.call(get(1n, { timeoutMs: 0.1 }))).code, 4)
      }))

    test("stream: every event in order, also to a slow reader, until it is called off", (client) =>
      Effect.gen(function* () {
        const events = 300
        const calls = [
          follow({ cancelAfter: events, timeoutMs: 9.5e11 }),
          follow({ cancelAfter: events, delayMs: 2 })
        ]
        const reading = yield* Effect.forkChild(
          Effect.forEach(calls, (call) => client.call(call), { concurrency: 2 })
        )
        yield* untilStreams(2)
        yield* Effect.replicateEffect(make("x".repeat(5_000)), events)
        for (const { code, messages } of yield* Fiber.join(reading)) {
          assert.strictEqual(code, 1)
          const ids = messages
            .slice(0, events)
            .map(
              (message) =>
                fromBinary(Protobuf.StreamMicrogridDispatchesResponseSchema, message).dispatch?.metadata
                  ?.dispatchId
            )
          assert.deepStrictEqual(
            ids,
            Array.from({ length: events }, (_, index) => BigInt(index + 1))
          )
        }
        yield* untilStreams(0)
      }))

    test("stream: a deadline ends it", (client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* client.call(follow({ timeoutMs: 300 }))).code, 4)
        yield* untilStreams(0)
      }))
  })
}

if (python === undefined) it.skip("a Python with grpcio, which is not installed here", () => {})
