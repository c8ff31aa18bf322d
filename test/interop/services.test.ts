import { anyPack } from "@bufbuild/protobuf/wkt"
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { responseBytesMax } from "@effect-dispatch/api/WireLimits"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, type Scope, Stream } from "effect"
import { connectNode } from "./connectNode.ts"
import { grpcio, python } from "./grpcio.ts"
import { grpcJs } from "./grpcJs.ts"
import { type Canned, microgrids, type PeerService } from "./peers.ts"

const bytesOf = <Schema extends DescMessage>(schema: Schema, init: MessageInitShape<Schema>) =>
  toBinary(schema, create(schema, init))

const instant = { seconds: 1_767_607_200n }
const id = DispatchId.make(7n)
const dispatch = (text: string) => ({
  metadata: { dispatchId: 7n, createTime: instant, updateTime: instant },
  data: {
    type: "CHARGE",
    startTime: instant,
    duration: 60,
    target: { components: { case: "componentIds" as const, value: { ids: [1n] } } },
    isActive: true,
    payload: { text }
  }
})

const canned: Canned = {
  get: bytesOf(Protobuf.GetMicrogridDispatchResponseSchema, { dispatch: dispatch("x".repeat(2_000)) }),
  event: bytesOf(Protobuf.StreamMicrogridDispatchesResponseSchema, { event: 2, dispatch: dispatch("x") }),
  events: 5_000,
  status: bytesOf(Protobuf.StatusSchema, {
    code: 5,
    message: "nicht gefunden: ü €",
    details: [
      anyPack(
        Protobuf.BadRequestSchema,
        create(Protobuf.BadRequestSchema, { fieldViolations: [{ field: "dispatch_id" }] })
      )
    ]
  }),
  large: bytesOf(Protobuf.GetMicrogridDispatchResponseSchema, {
    dispatch: dispatch("x".repeat(responseBytesMax))
  })
}

const clientOf = ({ port }: PeerService, callTimeout = Duration.seconds(30)) =>
  Effect.map(
    Layer.build(
      Layer.fresh(DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false`, callTimeout }))
    ),
    (context) => Context.get(context, DispatchClient)
  )

const streamsMax = 10

const failure = <A>(
  call: Effect.Effect<A, { readonly reason: { readonly _tag: string; readonly message: string } }>
) => Effect.map(Effect.flip(call), ({ reason }) => ({ tag: reason._tag, message: reason.message }))

for (const { name, service } of [connectNode, grpcJs, ...(python === undefined ? [] : [grpcio])]) {
  const test = (
    promise: string,
    body: (client: DispatchClient["Service"], peer: PeerService) => Effect.Effect<void, unknown, Scope.Scope>
  ) =>
    it.live(promise, () =>
      Effect.gen(function* () {
        const peer = yield* service(canned, streamsMax)
        yield* body(yield* clientOf(peer), peer)
      }).pipe(Effect.scoped)
    )
  const get = (client: DispatchClient["Service"], which: keyof typeof microgrids) =>
    client.get(MicrogridId.make(microgrids[which]), id)
  const stream = (client: DispatchClient["Service"], which: keyof typeof microgrids) =>
    client.stream(MicrogridId.make(microgrids[which]))

  describe(`our client with a service of ${name}`, () => {
    test("unary success, and many at a time beyond the limit of streams", (client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* get(client, "answers")).id, id)
        yield* Effect.all(
          Array.from({ length: 100 }, () => get(client, "answers")),
          {
            concurrency: "unbounded"
          }
        )
      }))

    test("calls beside held streams at the limit", (client) =>
      Effect.gen(function* () {
        const held = yield* Effect.replicateEffect(stream(client, "waits"), streamsMax + 2)
        if (name !== "connect-node")
          yield* Effect.forEach(held, ({ effective }) => effective, { concurrency: "unbounded" })
        yield* Effect.timeout(get(client, "answers"), "10 seconds")
      }))

    test("trailers only: an error with words beyond ASCII", (client) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* failure(get(client, "refuses")), {
          tag: "NotFound",
          message: "nicht gefunden: ü €"
        })
        const { events } = yield* stream(client, "refuses")
        assert.strictEqual((yield* failure(Stream.runDrain(events))).tag, "NotFound")
      }))

    test("compressed answers, and binary metadata after an answer", (client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* get(client, "compresses")).payload["text"], "x".repeat(2_000))
        assert.strictEqual((yield* get(client, "adds")).id, id)
      }))

    test("an answer that is too large", (client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* failure(get(client, "overflows"))).tag, "ResourceExhausted")
      }))

    test("stream: all messages in order, then its end; also to a slow reader", (client) =>
      Effect.gen(function* () {
        const { events } = yield* stream(client, "answers")
        assert.strictEqual(yield* Stream.runCount(events), canned.events)
        const { events: slow } = yield* stream(client, "answers")
        const read = Stream.mapEffect(Stream.rechunk(slow, 500), (event) => Effect.as(Effect.yieldNow, event))
        assert.strictEqual(yield* Stream.runCount(read), canned.events)
      }))

    test("stream: messages, then an error", (client) =>
      Effect.gen(function* () {
        const { events } = yield* stream(client, "breaks")
        let seen = 0
        const end = yield* failure(Stream.runForEach(events, () => Effect.sync(() => seen++)))
        assert.deepStrictEqual([seen, end.tag, end.message], [3, "Unavailable", "broken"])
      }))

    test("cancel and deadline are heard by the service", (client, peer) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.ignore(get(client, "waits")))
        yield* Effect.sleep("200 millis")
        yield* Fiber.interrupt(fiber)
        const hurried = yield* clientOf(peer, Duration.millis(200))
        assert.strictEqual((yield* failure(get(hurried, "waits"))).tag, "DeadlineExceeded")
        for (let time = 0; time < 200 && (yield* peer.cancellations) < 2; time++)
          yield* Effect.sleep("20 millis")
        assert.isAtLeast(yield* peer.cancellations, 2)
      }))
  })
}
