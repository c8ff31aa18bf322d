import { fromBinary } from "@bufbuild/protobuf"
import * as Wire from "@effect-dispatch/api/Protobuf"
import * as Metrics from "@effect-dispatch/client/Metrics"
import type { StreamEvent } from "@effect-dispatch/core/DispatchClient"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Metric, Scope, Stream } from "effect"
import { clientOf, microgridId } from "./clientOf.ts"
import { type Exchange, make, wireDispatch } from "./grpcService.ts"

const send = (exchange: Exchange, event: number, id = 7n) =>
  exchange.send(Wire.StreamMicrogridDispatchesResponseSchema, { event, dispatch: wireDispatch(id) })

const shown = (events: ReadonlyArray<StreamEvent>) => events.map(({ kind, record }) => `${kind} ${record.id}`)

/** Waits for something to become true, in real time. */
const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep("5 millis")
  })

describe("event streams", () => {
  it.live("S1: a subscription is effective with the response headers, before there is any event", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.open())
      const client = yield* clientOf(service)
      const { effective } = yield* client.stream(microgridId)
      yield* Effect.timeout(effective, "5 seconds")
      const [exchange] = service.calls("StreamMicrogridDispatches")
      const request = fromBinary(
        Wire.StreamMicrogridDispatchesRequestSchema,
        exchange?.request ?? new Uint8Array()
      )
      assert.strictEqual(request.microgridId, 1n)
      assert.isUndefined(exchange?.headers["grpc-timeout"])
    })
  )

  it.live("S1: without early headers it is effective with the first event, which is not lost", () =>
    Effect.gen(function* () {
      const service = yield* make(() => undefined)
      const client = yield* clientOf(service)
      const { effective, events } = yield* client.stream(microgridId)
      const early = yield* Effect.timeoutOption(effective, "200 millis")
      assert.strictEqual(early._tag, "None")
      const [exchange] = service.exchanges
      if (exchange === undefined) return assert.fail("the stream was not opened")
      send(exchange, 1)
      yield* Effect.timeout(effective, "5 seconds")
      assert.deepStrictEqual(shown(yield* Stream.runCollect(Stream.take(events, 1))), ["Created 7"])
    })
  )

  it.live("events come in order, also those that arrive before anybody reads", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        for (const [event, id] of [
          [1, 1n],
          [2, 1n],
          [3, 1n],
          [4, 2n],
          [0, 3n]
        ] as const) {
          send(exchange, event, id)
        }
        exchange.sendBytes(new Uint8Array(0))
        exchange.end()
      })
      const client = yield* clientOf(service)
      const { effective, events } = yield* client.stream(microgridId)
      yield* effective
      yield* until(() => service.exchanges[0]?.stream.closed === true)
      assert.deepStrictEqual(shown(yield* Stream.runCollect(events)), [
        "Created 1",
        "Updated 1",
        "Deleted 1",
        "Unknown 2",
        "Unknown 3",
        "Unknown undefined"
      ])
    })
  )

  it.live(
    "a stream says how it ended: cleanly as its end, otherwise as an error, after all events before",
    () =>
      Effect.gen(function* () {
        let end: (exchange: Exchange) => void = () => undefined
        const service = yield* make((exchange) => {
          send(exchange, 1)
          end(exchange)
        })
        const client = yield* clientOf(service)
        const outcome = Effect.scoped(
          Effect.gen(function* () {
            const seen: Array<StreamEvent> = []
            const { events } = yield* client.stream(microgridId)
            const exit = yield* Effect.exit(
              Stream.runForEach(events, (event) => Effect.sync(() => void seen.push(event)))
            )
            const error = Exit.isSuccess(exit) ? "end" : Exit.findErrorOption(exit)
            return [
              shown(seen),
              typeof error === "string" || error._tag === "None" ? error : error.value.reason._tag
            ]
          })
        )
        for (const [act, expected] of [
          [(exchange: Exchange) => exchange.end(), "end"],
          [(exchange: Exchange) => exchange.end(14, "shutting down"), "Unavailable"],
          [(exchange: Exchange) => exchange.end(8, "too slow"), "ResourceExhausted"],
          [(exchange: Exchange) => exchange.end(16), "Unauthenticated"],
          [(exchange: Exchange) => setTimeout(() => exchange.stream.close(8), 20), "Unavailable"]
        ] as const) {
          end = act
          assert.deepStrictEqual(yield* outcome, [["Created 7"], expected])
        }
      })
  )

  it.live("a stream that is refused fails with the same reason wherever it is asked", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(7, "not yours"))
      const client = yield* clientOf(service)
      const { effective, events } = yield* client.stream(microgridId)
      assert.strictEqual((yield* Effect.flip(effective)).reason._tag, "PermissionDenied")
      const error = yield* Effect.flip(Stream.runDrain(events))
      assert.deepStrictEqual([error.reason._tag, error.message], ["PermissionDenied", "not yours"])
      assert.strictEqual(service.exchanges.length, 1)
    })
  )

  it.live("a stream that ends cleanly without a word leaves nobody waiting", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(0))
      const client = yield* clientOf(service)
      const { effective, events } = yield* client.stream(microgridId)
      yield* Effect.timeout(effective, "5 seconds")
      assert.deepStrictEqual(yield* Stream.runCollect(events), [])
    })
  )

  it.live("closing the scope ends the stream at the service, and leaves nobody waiting", () =>
    Effect.gen(function* () {
      const service = yield* make(() => undefined)
      const client = yield* clientOf(service)
      const scope = yield* Scope.make()
      const { effective, events } = yield* Scope.provide(client.stream(microgridId), scope)
      const waiting = yield* Effect.forkChild(effective)
      const reading = yield* Effect.forkChild(Stream.runDrain(events))
      yield* until(() => service.exchanges.length === 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* Effect.promise(() => service.exchanges[0]?.closed ?? Promise.resolve(-1)), 8)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(waiting)))
      assert.isTrue(Exit.isFailure(yield* Fiber.await(reading)))
    })
  )

  it.live("a stream has a deadline only where one is asked for", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.open())
      const client = yield* clientOf(service, { streamTimeout: Duration.millis(150) })
      const { events } = yield* client.stream(microgridId)
      const { message, reason } = yield* Effect.flip(Stream.runDrain(events))
      assert.strictEqual(reason._tag, "DeadlineExceeded")
      assert.match(
        message,
        /^the dispatch service at 127\.0\.0\.1:\d+ has streamed for 150ms, the limit set$/
      )
      assert.strictEqual(service.exchanges[0]?.headers["grpc-timeout"], "150m")
    })
  )

  it.live(
    "a reader that does not read keeps a bounded number of events; none is lost, and that is counted",
    () =>
      Effect.gen(function* () {
        const count = 2_000
        const service = yield* make((exchange) => {
          for (let number = 1; number <= count; number++) send(exchange, 2, BigInt(number))
          exchange.end()
        })
        const held = Effect.map(Metric.value(Metrics.streamsPaused.at()), ({ count }) => Number(count))
        const before = yield* held
        const client = yield* clientOf(service)
        const { effective, events } = yield* client.stream(microgridId)
        yield* effective
        while ((yield* held) === before) yield* Effect.sleep("5 millis")
        yield* Effect.sleep("50 millis")
        assert.strictEqual((yield* held) - before, 1)
        const seen = yield* Stream.runCollect(events)
        assert.deepStrictEqual(
          seen.map(({ record }) => Number(record.id)),
          Array.from({ length: count }, (_, index) => index + 1)
        )
      })
  )
})
