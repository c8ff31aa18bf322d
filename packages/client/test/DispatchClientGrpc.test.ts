import { fromBinary } from "@bufbuild/protobuf"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { retriesMax } from "@effect-dispatch/client/ClientLimits"
import * as Metrics from "@effect-dispatch/client/Metrics"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Metric } from "effect"
import { clientOf, id, microgridId, withoutDelay } from "./clientOf.ts"
import { answer, type Exchange, make, wireDispatch } from "./grpcService.ts"

/** Answers whatever is asked with a dispatch. */
const answerAny = (exchange: Exchange): void => {
  const init = { dispatch: wireDispatch(7n) }
  switch (exchange.method) {
    case "GetMicrogridDispatch":
      return answer(exchange, Wire.GetMicrogridDispatchResponseSchema, init)
    case "CreateMicrogridDispatch":
      return answer(exchange, Wire.CreateMicrogridDispatchResponseSchema, init)
    case "UpdateMicrogridDispatch":
      return answer(exchange, Wire.UpdateMicrogridDispatchResponseSchema, init)
    case "DeleteMicrogridDispatch":
      return answer(exchange, Wire.DeleteMicrogridDispatchResponseSchema, { dispatchId: 7n })
    default:
      return exchange.refuse(12)
  }
}

const newDispatch = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(1n) } as const

describe("calls", () => {
  it.live("each sends what is asked, and gives what the service answers", () =>
    Effect.gen(function* () {
      const service = yield* make(answerAny)
      const client = yield* clientOf(service)
      const created = yield* client.create(microgridId, newDispatch)
      const updated = yield* client.update(microgridId, id(7n), { active: false, duration: null })
      const got = yield* client.get(microgridId, id(7n))
      yield* client.delete(microgridId, id(7n))
      for (const dispatch of [created, updated, got]) {
        assert.deepStrictEqual([dispatch.id, dispatch.type], [id(7n), "CHARGE"])
        assert.strictEqual(Duration.toSeconds(dispatch.duration), 60)
      }
      const [create, update, get, remove] = service.exchanges
      if (!create || !update || !get || !remove) return assert.fail("not all calls were made")
      const wanted = fromBinary(Wire.CreateMicrogridDispatchRequestSchema, create.request)
      assert.deepStrictEqual([wanted.microgridId, wanted.startImmediately], [1n, true])
      const changes = fromBinary(Wire.UpdateMicrogridDispatchRequestSchema, update.request)
      assert.deepStrictEqual(changes.updateMask?.paths, ["duration", "is_active"])
      const which = fromBinary(Wire.GetMicrogridDispatchRequestSchema, get.request)
      assert.deepStrictEqual([which.microgridId, which.dispatchId], [1n, 7n])
      const gone = fromBinary(Wire.DeleteMicrogridDispatchRequestSchema, remove.request)
      assert.deepStrictEqual([gone.microgridId, gone.dispatchId], [1n, 7n])
    })
  )

  it.live("answers to many large writes at a time all arrive, whatever still waits to be sent", () =>
    Effect.gen(function* () {
      const service = yield* make(answerAny)
      const client = yield* clientOf(service)
      // About 220 kB each on the wire, of which Node by itself holds 10 MB in a session.
      const large = { ...newDispatch, payload: { numbers: Array.from({ length: 20_000 }, () => 1) } }
      const created = yield* Effect.all(
        Array.from({ length: 100 }, () => client.create(microgridId, large)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(created, 100)
    })
  )

  it.live("an update may be made only of a known version", () =>
    Effect.gen(function* () {
      const service = yield* make(answerAny)
      const client = yield* clientOf(service)
      yield* client.update(
        microgridId,
        id(7n),
        { active: true },
        { ifUpdateTime: 1_767_607_200_123_456_789n }
      )
      yield* client.update(microgridId, id(7n), { active: true })
      assert.deepStrictEqual(
        service.exchanges.map(({ headers }) => headers["if-update-time"]),
        ["1767607200123456789", undefined]
      )
    })
  )

  it.live("an answer that lacks the dispatch, or holds one that cannot be read, says so", () =>
    Effect.gen(function* () {
      const init: { dispatch?: Wire.Dispatch } = {}
      const service = yield* make((exchange) =>
        answer(exchange, Wire.GetMicrogridDispatchResponseSchema, init)
      )
      const client = yield* clientOf(service)
      const wrong = Effect.map(Effect.flip(client.get(microgridId, id(7n))), ({ message, reason }) => [
        reason._tag,
        message
      ])
      const missing = "the service's answer is not understood: the dispatch is missing"
      assert.deepStrictEqual(yield* wrong, ["Protocol", missing])
      init.dispatch = wireDispatch(7n, { startTime: { seconds: 1n << 40n } })
      assert.match(String((yield* wrong)[1]), /not understood: startTime: the instant is outside/)
    })
  )

  it.live(
    "an update of nothing, and what the wire cannot carry, is refused with the field before it is sent",
    () =>
      Effect.gen(function* () {
        const service = yield* make(answerAny)
        const client = yield* clientOf(service)
        const field = <A, E extends { readonly reason: object }>(call: Effect.Effect<A, E>) =>
          Effect.map(Effect.flip(call), ({ reason }) => ({ ...reason }))
        assert.deepInclude(yield* field(client.update(microgridId, id(7n), {})), {
          _tag: "InvalidArgument",
          field: "changes"
        })
        assert.deepInclude(
          yield* field(client.update(microgridId, id(7n), { recurrence: { interval: -1 } })),
          {
            _tag: "InvalidArgument",
            field: "recurrence.interval"
          }
        )
        assert.deepInclude(
          yield* field(client.create(microgridId, { ...newDispatch, payload: { x: Infinity } })),
          {
            _tag: "InvalidArgument",
            field: "payload.x"
          }
        )
        assert.strictEqual(service.exchanges.length, 0)
      })
  )
})

describe("failures", () => {
  it.live("every status becomes its reason, with the service's words", () =>
    Effect.gen(function* () {
      let code = 0
      const service = yield* make((exchange) => exchange.refuse(code, `because ${code} ü`))
      const client = yield* clientOf(service)
      for (code = 1; code <= 16; code++) {
        const { isRetryable, reason } = yield* Effect.flip(client.create(microgridId, newDispatch))
        assert.deepStrictEqual([reason._tag, reason.message], [GrpcStatus.tagOf(code), `because ${code} ü`])
        assert.strictEqual(isRetryable, reason.isRetryable)
      }
      assert.strictEqual(service.exchanges.length, 16)
    })
  )

  it.live("a status without words says its name and from where it came", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(7))
      const error = yield* Effect.flip((yield* clientOf(service)).get(microgridId, id(7n)))
      assert.strictEqual(error.message, `PermissionDenied from 127.0.0.1:${service.port}`)
    })
  )

  it.live.each([
    ["dispatch_data.recurrence.byhours[1]", "recurrence.byHours[1]"] as const,
    ["update.target.component_ids.ids", "target.ids"] as const,
    ["data.colour", "data.colour"] as const
  ])("the field that the service names goes with the reason, as it is called here: %s", ([sent, field]) =>
    Effect.gen(function* () {
      // google.rpc.Status { message: "too long", details: [Any { BadRequest { field_violations: [{ field }] } }] }, by hand.
      const violation = Buffer.concat([
        Buffer.from([0x0a, sent.length + 2, 0x0a, sent.length]),
        Buffer.from(sent)
      ])
      const type = Buffer.from("type.googleapis.com/google.rpc.BadRequest")
      const any = Buffer.concat([
        Buffer.from([0x0a, type.length]),
        type,
        Buffer.from([0x12, violation.length]),
        violation
      ])
      const head = Buffer.concat([Buffer.from([0x08, 3, 0x12, 8]), Buffer.from("too long")])
      const status = Buffer.concat([head, Buffer.from([0x1a, any.length]), any])
      const service = yield* make((exchange) =>
        exchange.refuse(3, "too long", { "grpc-status-details-bin": status.toString("base64") })
      )
      const error = yield* Effect.flip((yield* clientOf(service)).create(microgridId, newDispatch))
      assert.deepInclude({ ...error.reason }, { _tag: "InvalidArgument", field })
      assert.strictEqual(error.reason.message, "too long")
      assert.strictEqual(error.message, `${field}: too long`)
    })
  )

  it.live("a service that does not speak gRPC, or breaks off, gives a reason and not a defect", () =>
    Effect.gen(function* () {
      const acts: ReadonlyArray<readonly [string, (exchange: Exchange) => void]> = [
        [
          "Unavailable",
          ({ stream }) => stream.respond({ ":status": 503, "content-type": "text/html" }, { endStream: true })
        ],
        ["Unauthenticated", ({ stream }) => stream.respond({ ":status": 401 }, { endStream: true })],
        ["Unimplemented", ({ stream }) => stream.respond({ ":status": 404 }, { endStream: true })],
        [
          "Protocol",
          ({ stream }) => stream.respond({ ":status": 200, "content-type": "text/html" }, { endStream: true })
        ],
        ["Unimplemented", (exchange) => exchange.end()],
        ["Protocol", (exchange) => (exchange.sendBytes(Uint8Array.of(0xff, 0xff)), exchange.end())],
        ["Protocol", (exchange) => (exchange.sendBytes(new Uint8Array(0)), exchange.stream.close(2))],
        ["Unavailable", (exchange) => exchange.stream.close(7)],
        ["Unavailable", (exchange) => exchange.stream.close(8)],
        ["Unavailable", (exchange) => exchange.stream.session?.destroy()]
      ]
      let act: (exchange: Exchange) => void = () => undefined
      const service = yield* make((exchange) => act(exchange))
      const client = yield* clientOf(service)
      const seen: Array<string> = []
      for (const [, next] of acts) {
        act = next
        seen.push((yield* Effect.flip(client.create(microgridId, newDispatch))).reason._tag)
      }
      assert.deepStrictEqual(
        seen,
        acts.map(([reason]) => reason)
      )
    })
  )
})

describe("time", () => {
  it.live(
    "a call that is not answered fails with DeadlineExceeded, is not tried again, and is called off",
    () =>
      Effect.gen(function* () {
        const service = yield* make(() => undefined)
        const client = yield* clientOf(service, { callTimeout: Duration.millis(150) })
        const began = performance.now()
        const error = yield* Effect.flip(client.get(microgridId, id(7n)))
        assert.strictEqual(error.reason._tag, "DeadlineExceeded")
        assert.strictEqual(
          error.message,
          `the dispatch service at 127.0.0.1:${service.port} did not answer within 150ms`
        )
        assert.isBelow(performance.now() - began, 5_000)
        const [exchange] = service.exchanges
        assert.strictEqual(exchange?.headers["grpc-timeout"], "150m")
        assert.isDefined(yield* Effect.promise(() => exchange?.closed ?? Promise.resolve(undefined)))
        assert.strictEqual(service.exchanges.length, 1)
      })
  )

  it.live("a timeout is a whole number of milliseconds, and none where it is infinite", () =>
    Effect.gen(function* () {
      const service = yield* make(answerAny)
      for (const callTimeout of [Duration.millis(1_500.25), Duration.days(1), Duration.infinity]) {
        yield* (yield* clientOf(service, { callTimeout })).get(microgridId, id(7n))
      }
      yield* (yield* clientOf(service)).get(microgridId, id(7n))
      assert.deepStrictEqual(
        service.exchanges.map(({ headers }) => headers["grpc-timeout"]),
        ["1501m", "86400000m", undefined, "60000m"]
      )
    })
  )

  it.live("a call that is interrupted is called off at the service", () =>
    Effect.gen(function* () {
      const service = yield* make(() => undefined)
      const client = yield* clientOf(service)
      const fiber = yield* Effect.forkChild(client.get(microgridId, id(7n)))
      while (service.exchanges.length === 0) yield* Effect.sleep("5 millis")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* Effect.promise(() => service.exchanges[0]?.closed ?? Promise.resolve(-1)), 8)
    })
  )
})

describe("retries", () => {
  it.live("what changes nothing is tried again after a passing failure, and the retries are counted", () =>
    Effect.gen(function* () {
      let failures = 2
      const service = yield* make((exchange) =>
        failures-- > 0 ? exchange.refuse(failures === 1 ? 14 : 13, "for a moment") : answerAny(exchange)
      )
      const before = (yield* Metric.value(Metrics.callsRetried.at())).count
      const dispatch = yield* (yield* clientOf(service)).get(microgridId, id(7n))
      assert.strictEqual(dispatch.id, id(7n))
      assert.strictEqual(service.exchanges.length, 3)
      assert.strictEqual(Number((yield* Metric.value(Metrics.callsRetried.at())).count) - Number(before), 2)
    })
  )

  it.live("no more often than the limit", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(14, "gone"))
      const error = yield* withoutDelay(Effect.flip((yield* clientOf(service)).get(microgridId, id(7n))))
      assert.strictEqual(error.reason._tag, "Unavailable")
      assert.strictEqual(service.exchanges.length, retriesMax + 1)
    })
  )

  it.live("what may have been done is never done again", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(14, "gone"))
      const client = yield* clientOf(service)
      for (const call of [
        client.create(microgridId, newDispatch),
        client.update(microgridId, id(7n), { active: true }),
        client.update(microgridId, id(7n), { active: true }, { ifUpdateTime: 1n }),
        client.delete(microgridId, id(7n))
      ]) {
        assert.strictEqual(
          (yield* Effect.flip<unknown, { readonly reason: { readonly _tag: string } }, never>(call)).reason
            ._tag,
          "Unavailable"
        )
      }
      assert.strictEqual(service.exchanges.length, 4)
    })
  )

  it.live("what asking again cannot mend is not asked again", () =>
    Effect.gen(function* () {
      let code = 0
      const service = yield* make((exchange) => exchange.refuse(code))
      const client = yield* clientOf(service)
      const codes = [3, 4, 5, 7, 8, 10, 12, 16]
      for (code of codes) yield* Effect.flip(client.get(microgridId, id(7n)))
      assert.strictEqual(service.exchanges.length, codes.length)
    })
  )
})

describe("metrics", () => {
  it.live("calls are counted by method and outcome, and timed", () =>
    Effect.gen(function* () {
      const method = "GetMicrogridDispatch"
      let code = 0
      const service = yield* make((exchange) => (code === 0 ? answerAny(exchange) : exchange.refuse(code)))
      const client = yield* clientOf(service)
      const count = (outcome: "ok" | "NotFound") =>
        Effect.map(Metric.value(Metrics.callsEnded.at(method, outcome)), ({ count }) => Number(count))
      const timed = Effect.map(Metric.value(Metrics.callDuration.at(method)), ({ count }) => count)
      const before = [yield* count("ok"), yield* count("NotFound"), yield* timed]
      yield* client.get(microgridId, id(7n))
      yield* client.get(microgridId, id(7n))
      code = 5
      yield* Effect.flip(client.get(microgridId, id(7n)))
      const after = [yield* count("ok"), yield* count("NotFound"), yield* timed]
      assert.deepStrictEqual(
        after.map((number, index) => number - (before[index] ?? 0)),
        [2, 1, 3]
      )
    })
  )
})
