import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { create, toBinary } from "@bufbuild/protobuf"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Stream } from "effect"
import { clientOf, id, microgridId, withoutDelay } from "./clientOf.ts"
import { answer, answerList, type Exchange, make, wireDispatch } from "./grpcService.ts"

const bounded = { timeout: 30_000 }

/** An actor that reconnects at once. */
const actorOn = (service: { readonly url: string }, resyncInterval: Duration.Duration = Duration.infinity) =>
  Effect.gen(function* () {
    const client = yield* clientOf(service)
    const layer = DispatchingActor.layer({
      microgridId,
      sync: { resyncInterval }
    }).pipe(Layer.provide(Layer.mergeAll(Layer.succeed(DispatchClient, client), DispatchScheduler.layer)))
    const context = yield* Layer.build(layer)
    return yield* Effect.provideContext(DispatchingActor.DispatchingActor, context)
  }).pipe(withoutDelay)

const until = (condition: Effect.Effect<boolean>) =>
  Effect.gen(function* () {
    while (!(yield* condition)) yield* Effect.sleep("5 millis")
  })

const known = (actor: DispatchingActor.DispatchingActor["Service"]) =>
  Effect.map(actor.dispatches, (dispatches) => dispatches.map(({ id }) => Number(id)).sort((a, b) => a - b))

const knows = (actor: DispatchingActor.DispatchingActor["Service"], ...ids: ReadonlyArray<number>) =>
  until(Effect.map(known(actor), (found) => JSON.stringify(found) === JSON.stringify(ids)))

const send = (exchange: Exchange | undefined, event: number, id: bigint) =>
  exchange?.send(Wire.StreamMicrogridDispatchesResponseSchema, { event, dispatch: wireDispatch(id) })

const streams = "StreamMicrogridDispatches"
const lists = "ListMicrogridDispatches"

describe("services of others", () => {
  it.live(
    "S1: one that never sends early headers is listed without them, and once more with its first event",
    () =>
      Effect.gen(function* () {
        const held = [1n, 2n, 3n]
        const service = yield* make((exchange) => {
          if (exchange.method === lists) answerList(exchange, held)
        })
        const actor = yield* actorOn(service)
        yield* actor.initialized
        yield* knows(actor, 1, 2, 3)
        assert.strictEqual(service.calls(lists).length, 1)
        held.push(4n)
        send(service.calls(streams)[0], 1, 4n)
        yield* knows(actor, 1, 2, 3, 4)
        yield* until(Effect.sync(() => service.calls(lists).length === 2))
        assert.strictEqual(service.calls(streams).length, 1)
      }),
    bounded
  )

  it.live(
    "one that pages with sizes of its own is listed whole",
    () =>
      Effect.gen(function* () {
        const held = Array.from({ length: 23 }, (_, index) => BigInt(index + 1))
        const service = yield* make((exchange) =>
          exchange.method === lists ? answerList(exchange, held, 5) : exchange.open()
        )
        const actor = yield* actorOn(service)
        yield* actor.initialized
        assert.strictEqual((yield* actor.dispatches).length, 23)
        assert.strictEqual(service.calls(lists).length, 5)
      }),
    bounded
  )

  it.live(
    "S3: one that closes its streams cleanly after each event is followed all the same",
    () =>
      Effect.gen(function* () {
        const held: Array<bigint> = []
        const service = yield* make((exchange) => {
          if (exchange.method === lists) return answerList(exchange, held)
          exchange.open()
          const number = BigInt(service.calls(streams).length)
          if (number > 10n) return
          setTimeout(() => {
            held.push(number)
            send(exchange, 1, number)
            exchange.end()
          }, 5)
        })
        const actor = yield* actorOn(service)
        yield* knows(actor, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        yield* until(Effect.map(actor.status, ({ _tag }) => _tag === "Synchronised"))
        yield* until(Effect.sync(() => service.calls(streams).length > 10))
      }),
    bounded
  )

  it.live(
    "one that ends its streams without a word is asked by listing until they stand",
    () =>
      Effect.gen(function* () {
        const held = [1n]
        const service = yield* make((exchange) => {
          if (exchange.method === lists) return answerList(exchange, held)
          if (service.calls(streams).length <= 5) return exchange.refuse(0)
          return exchange.open()
        })
        const actor = yield* actorOn(service)
        yield* knows(actor, 1)
        yield* until(Effect.sync(() => service.calls(streams).length === 6))
        send(service.calls(streams)[5], 3, 1n)
        yield* knows(actor)
      }),
    bounded
  )

  it.live(
    "S8: an event of an unknown kind is a reason to list again",
    () =>
      Effect.gen(function* () {
        const held = [1n]
        const service = yield* make((exchange) =>
          exchange.method === lists ? answerList(exchange, held) : exchange.open()
        )
        const actor = yield* actorOn(service)
        yield* knows(actor, 1)
        held.push(2n)
        send(service.calls(streams)[0], 99, 1n)
        yield* knows(actor, 1, 2)
      }),
    bounded
  )
})

describe("messages of another implementation", () => {
  const vectors: ReadonlyArray<{ readonly message: string; readonly hex: string }> = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../test/vectors/wire.json"), "utf8")
  )
  const golden = (name: string) =>
    vectors
      .filter(({ message }) => message === `frequenz.api.dispatch.v1.${name}`)
      .map(({ hex }) => Buffer.from(hex, "hex"))

  it.live("are read as they come: what cannot be read is told by its id, and hides nothing", () =>
    Effect.gen(function* () {
      const answers: Array<Buffer> = []
      const service = yield* make((exchange) => {
        exchange.sendBytes(answers.shift() ?? new Uint8Array(0))
        exchange.end()
      })
      const client = yield* clientOf(service)
      answers.push(...golden("ListMicrogridDispatchesResponse"))
      const shown: Array<string> = []
      while (answers.length > 0) {
        const records = yield* Stream.runCollect(client.list(microgridId))
        shown.push(
          records.map((record) => `${record.id} ${isReadable(record) ? record.type : record.path}`).join(", ")
        )
      }
      assert.deepStrictEqual(shown, [
        "undefined dispatch, 3 dispatch, undefined dispatch",
        "1 CHARGE, 2 grün ⚡ 電池, 10 nested"
      ])
      answers.push(...golden("StreamMicrogridDispatchesResponse"))
      const { events } = yield* client.stream(microgridId)
      const seen = yield* Stream.runCollect(events)
      assert.deepStrictEqual(
        seen.map(({ kind, record }) => [kind, !isReadable(record) && record.path]),
        [["Unknown", "dispatch"]]
      )
      answers.push(...golden("DeleteMicrogridDispatchResponse"))
      yield* client.delete(microgridId, id(1n))
    })
  )
})

describe("compressed answers", () => {
  /** Sends a message as a service does that compresses. */
  const sendCompressed = (exchange: Exchange, bytes: Uint8Array) => {
    const packed = gzipSync(bytes)
    const prefix = Buffer.from([1, 0, 0, 0, 0])
    prefix.writeUInt32BE(packed.length, 1)
    exchange.open({ "grpc-encoding": "gzip" })
    exchange.stream.write(Buffer.concat([prefix, packed]))
    exchange.end()
  }

  it.live("a corrupt one is the fault of the answer, and not of the request", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        exchange.open({ "grpc-encoding": "gzip" })
        exchange.stream.write(Buffer.from([1, 0, 0, 0, 4, 1, 2, 3, 4]))
        exchange.end()
      })
      const client = yield* clientOf(service)
      const { reason } = yield* Effect.flip(client.get(microgridId, id(1n)))
      assert.strictEqual(reason._tag, "Protocol")
      assert.match(
        reason.message,
        /^the answer of the dispatch service at .* cannot be read: decompression failed/
      )
    })
  )

  it.live("are read, and what unpacks to more than 8 MiB is not", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        const dispatch = wireDispatch(1n, { type: "x".repeat(exchange.method === lists ? 2_000 : 9_000_000) })
        const schema = exchange.method === lists ? Wire.ListMicrogridDispatchesResponseSchema : undefined
        sendCompressed(
          exchange,
          schema === undefined
            ? toBinary(
                Wire.GetMicrogridDispatchResponseSchema,
                create(Wire.GetMicrogridDispatchResponseSchema, { dispatch })
              )
            : toBinary(schema, create(schema, { dispatches: [dispatch] }))
        )
      })
      const client = yield* clientOf(service)
      assert.strictEqual((yield* Stream.runCollect(client.list(microgridId))).length, 1)
      assert.include(service.exchanges[0]?.headers["grpc-accept-encoding"], "gzip")
      const error = yield* Effect.flip(client.get(microgridId, id(1n)))
      assert.strictEqual(error.reason._tag, "ResourceExhausted")
    })
  )
})

describe("messages of later versions", () => {
  /** Field 999 as a number, and field 1000 as a message with text in it: no version has them yet. */
  const unknown = Buffer.from([0xb8, 0x3e, 0x2a, 0xc2, 0x3e, 0x04, 0x0a, 0x02, 0x68, 0x69])

  const later = (data: Parameters<typeof wireDispatch>[1] = {}) => {
    const dispatch = wireDispatch(7n, data)
    const metadata = Buffer.concat([
      toBinary(Wire.DispatchMetadataSchema, dispatch.metadata as never),
      unknown
    ])
    const body = Buffer.concat([toBinary(Wire.DispatchDataSchema, dispatch.data as never), unknown])
    return Buffer.concat([field(1, metadata), unknown, field(2, body)])
  }

  /** A field that holds bytes. */
  const field = (number: number, bytes: Uint8Array) => {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7]
    return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes])
  }

  it.live("unknown fields, at every level, are passed over", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        switch (exchange.method) {
          case "GetMicrogridDispatch":
            exchange.sendBytes(Buffer.concat([unknown, field(2, later())]))
            return exchange.end()
          case lists:
            exchange.sendBytes(Buffer.concat([field(1, later()), unknown]))
            return exchange.end()
          default:
            return exchange.sendBytes(Buffer.concat([field(1, later()), unknown, Buffer.from([0x10, 0x02])]))
        }
      })
      const client = yield* clientOf(service)
      const got = yield* client.get(microgridId, id(7n))
      assert.deepStrictEqual([got.id, got.type], [id(7n), "CHARGE"])
      const [listed] = yield* Stream.runCollect(client.list(microgridId))
      assert.isTrue(listed !== undefined && isReadable(listed) && got.sameContent(listed))
      const { events } = yield* client.stream(microgridId)
      const [event] = yield* Stream.runCollect(Stream.take(events, 1))
      assert.strictEqual(event?.kind, "Updated")
      assert.isTrue(event !== undefined && isReadable(event.record) && got.sameContent(event.record))
    })
  )

  it.live("numbers of enums that are not known make one dispatch unreadable, with its id and where", () =>
    Effect.gen(function* () {
      const category = {
        components: { case: "componentCategoriesTypes", value: { categories: [{ category: 250 }] } }
      }
      const unreadable = [
        { target: category as never },
        { recurrence: { freq: 42 as never, interval: 1 } },
        { recurrence: { freq: 3, interval: 1, byweekdays: [9 as never] } }
      ]
      const service = yield* make((exchange) => {
        if (exchange.method === lists) {
          return answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, {
            dispatches: [
              wireDispatch(1n),
              ...unreadable.map((data, index) => wireDispatch(BigInt(index + 2), data)),
              wireDispatch(5n)
            ]
          })
        }
        return answer(exchange, Wire.GetMicrogridDispatchResponseSchema, {
          dispatch: wireDispatch(2n, unreadable[0])
        })
      })
      const client = yield* clientOf(service)
      const records = yield* Stream.runCollect(client.list(microgridId))
      assert.deepStrictEqual(
        records.map((record) => (isReadable(record) ? `${record.id}` : `${record.id} ${record.path}`)),
        ["1", "2 target.categories[0].category", "3 recurrence.frequency", "4 recurrence.byWeekdays[0]", "5"]
      )
      const error = yield* Effect.flip(client.get(microgridId, id(2n)))
      assert.strictEqual(error.reason._tag, "Protocol")
      assert.match(error.message, /^the service's answer is not understood: target.*250 is not a category/)
    })
  )
})
