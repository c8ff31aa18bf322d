import { create } from "@bufbuild/protobuf"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { responseBytesMax } from "@effect-dispatch/api/WireLimits"
import { type DispatchClient, type DispatchRecord, isReadable } from "@effect-dispatch/core/DispatchClient"
import { emptyPagesMax } from "@effect-dispatch/client/ClientLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Schema, Stream } from "effect"
import { list } from "../src/internal/listing.ts"
import { clientOf, microgridId } from "./clientOf.ts"
import { answer, answerList, type Exchange, listRequest, make, wireDispatch } from "./grpcService.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1))
const ids = (records: ReadonlyArray<DispatchRecord>): ReadonlyArray<bigint | undefined> =>
  records.map(({ id }) => id)

const collect = (client: DispatchClient["Service"], options: Parameters<typeof client.list>[1] = {}) =>
  Effect.map(Stream.runCollect(client.list(microgridId, options)), ids)

/** The page that a call asks for: a size, a token, or nothing. */
const asked = (exchange: Exchange) => listRequest(exchange).paginationParams?.params.value

describe("listing", () => {
  it.live("the size goes with the first request alone, then only the token", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, numbers(5)))
      const client = yield* clientOf(service)
      assert.deepStrictEqual(yield* collect(client, { pageSize: 2 }), numbers(5))
      assert.deepStrictEqual(service.exchanges.map(asked), [2, "2/2", "4/2"])
      assert.deepStrictEqual(yield* collect(client), numbers(5))
      assert.deepStrictEqual(service.exchanges.slice(3).map(asked), [undefined])
    })
  )

  it.live("filter, order and microgrid go with every request", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, numbers(3)))
      const client = yield* clientOf(service)
      const sort = { field: "updateTime", order: "ascending" } as const
      yield* collect(client, { pageSize: 2, filter: { active: false, queries: ["x"] }, sort })
      for (const { filter, microgridId, sortOptions } of service.exchanges.map(listRequest)) {
        assert.deepStrictEqual([microgridId, filter?.isActive, filter?.queries], [1n, false, ["x"]])
        assert.deepStrictEqual([sortOptions?.sortField, sortOptions?.sortOrder], [3, 1])
      }
      assert.strictEqual(service.exchanges.length, 2)
    })
  )

  it.live("pages are asked for as they are read, and no further", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, numbers(10)))
      const client = yield* clientOf(service)
      const list = client.list(microgridId, { pageSize: 2 })
      assert.strictEqual(service.exchanges.length, 0)
      assert.deepStrictEqual(ids(yield* Stream.runCollect(Stream.take(list, 3))), [1n, 2n, 3n])
      assert.strictEqual(service.exchanges.length, 2)
    })
  )

  it.live(
    "a service may page with sizes of its own, also with empty pages, and end with an empty token",
    () =>
      Effect.gen(function* () {
        const pages: ReadonlyArray<readonly [ReadonlyArray<bigint>, string?]> = [
          [[1n], "a"],
          [[], "b"],
          [[2n, 3n, 4n], "c"],
          [[], "d"],
          [[5n], ""]
        ]
        let page = 0
        const service = yield* make((exchange) => {
          const [held, nextPageToken] = pages[page++] ?? [[]]
          answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, {
            dispatches: held.map((id) => wireDispatch(id)),
            ...(nextPageToken === undefined ? {} : { paginationInfo: { nextPageToken } })
          })
        })
        const client = yield* clientOf(service)
        assert.deepStrictEqual(yield* collect(client, { pageSize: 2 }), numbers(5))
        assert.deepStrictEqual(service.exchanges.map(asked), [2, "a", "b", "c", "d"])
      })
  )

  it.live("an answer that says nothing of pages is the last", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, { dispatches: [wireDispatch(1n)] })
      )
      assert.deepStrictEqual(yield* collect(yield* clientOf(service)), [1n])
    })
  )

  it.live("a page that is followed by itself is an error, not a listing without an end", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, {
          dispatches: [wireDispatch(1n)],
          paginationInfo: { nextPageToken: "again" }
        })
      )
      const error = yield* Effect.flip(collect(yield* clientOf(service)))
      assert.strictEqual(error.reason._tag, "Protocol")
      assert.match(error.message, /followed by itself/)
      assert.strictEqual(service.exchanges.length, 2)
    })
  )

  it.effect("a listing of nothing but empty pages is given up", () =>
    Effect.gen(function* () {
      let pages = 0
      const filled = new Set([emptyPagesMax, emptyPagesMax + 1])
      const listPage = () =>
        Effect.sync(() =>
          create(Wire.ListMicrogridDispatchesResponseSchema, {
            dispatches: filled.has(++pages) ? [wireDispatch(BigInt(pages))] : [],
            paginationInfo: { nextPageToken: String(pages) }
          })
        )
      const seen: Array<bigint | undefined> = []
      const error = yield* Effect.flip(
        Stream.runForEach(list(listPage, microgridId, {}), ({ id }) => Effect.sync(() => void seen.push(id)))
      )
      assert.strictEqual(error.reason._tag, "Protocol")
      assert.match(error.message, /more than 1000 pages in succession are empty/)
      assert.deepStrictEqual(seen, [1_000n, 1_001n])
      assert.strictEqual(pages, 2 * emptyPagesMax + 2)
    })
  )

  it.live("a page that is too large is asked for again, half as long, down to one", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        const size = asked(exchange)
        if (typeof size === "number" && size > 1) exchange.refuse(8, "too large")
        else answerList(exchange, numbers(3))
      })
      const client = yield* clientOf(service)
      assert.deepStrictEqual(yield* collect(client, { pageSize: 10 }), numbers(3))
      assert.deepStrictEqual(service.exchanges.map(asked), [10, 5, 2, 1, "1/1", "2/1"])
    })
  )

  it.live("without a size the halving begins at the service's default of 100", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        if (asked(exchange) === undefined) exchange.refuse(8, "too large")
        else answerList(exchange, numbers(3))
      })
      assert.deepStrictEqual(yield* collect(yield* clientOf(service)), numbers(3))
      assert.deepStrictEqual(service.exchanges.map(asked), [undefined, 50])
    })
  )

  it.live(
    "a later page that is too large: the listing begins anew, half as long, and gives nothing twice",
    () =>
      Effect.gen(function* () {
        const service = yield* make((exchange) => {
          if (asked(exchange) === "4/4") exchange.refuse(8, "too large")
          else answerList(exchange, numbers(7))
        })
        const client = yield* clientOf(service)
        assert.deepStrictEqual(yield* collect(client, { pageSize: 4 }), numbers(7))
        assert.deepStrictEqual(service.exchanges.map(asked), [4, "4/4", 2, "2/2", "4/2", "6/2"])
      })
  )

  it.effect("pages of what was given before a listing began anew are not empty, however many they are", () =>
    Effect.gen(function* () {
      const all = numbers(emptyPagesMax + 10)
      let isTooLarge = true
      const listPage = (request: Wire.ListMicrogridDispatchesRequest) =>
        Effect.suspend(() => {
          const { case: kind, value } = request.paginationParams?.params ?? {}
          const at = kind === "pageToken" ? Number(value) : 0
          if (isTooLarge && at === all.length - 2) {
            isTooLarge = false
            return Effect.fail(DispatchError.resourceExhausted("too large"))
          }
          return Effect.succeed(
            create(Wire.ListMicrogridDispatchesResponseSchema, {
              dispatches: [wireDispatch(all[at] ?? 0n)],
              ...(at + 1 < all.length ? { paginationInfo: { nextPageToken: String(at + 1) } } : {})
            })
          )
        })
      assert.deepStrictEqual(ids(yield* Stream.runCollect(list(listPage, microgridId, {}))), all)
      assert.isFalse(isTooLarge)
    })
  )

  it.live("a single dispatch that is too large is reported, after one attempt with a page of one", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(8, "a dispatch is too large"))
      const error = yield* Effect.flip(collect(yield* clientOf(service), { pageSize: 4 }))
      assert.strictEqual(error.reason._tag, "ResourceExhausted")
      assert.strictEqual(error.message, "a dispatch is too large")
      assert.deepStrictEqual(service.exchanges.map(asked), [4, 2, 1])
    })
  )

  it.live("an answer over 8 MiB is not read, but halved; one just below is read", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => {
        if (asked(exchange) === 4) exchange.sendBytes(new Uint8Array(responseBytesMax + 1))
        else
          answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, {
            dispatches: [wireDispatch(1n, { payload: { text: "x".repeat(responseBytesMax - 200) } })]
          })
      })
      assert.deepStrictEqual(yield* collect(yield* clientOf(service), { pageSize: 4 }), [1n])
      assert.deepStrictEqual(service.exchanges.map(asked), [4, 2])
    })
  )

  it.live("S8: a record that cannot be read hides no other", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) =>
        answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, {
          dispatches: [
            wireDispatch(1n),
            wireDispatch(2n, { target: {} }),
            wireDispatch(3n, { recurrence: { freq: 99 as Wire.RecurrenceRule_Frequency, interval: 1 } }),
            wireDispatch(4n)
          ]
        })
      )
      const records = yield* Stream.runCollect((yield* clientOf(service)).list(microgridId))
      assert.deepStrictEqual(ids(records), numbers(4))
      assert.deepStrictEqual(
        records.map((record) => (isReadable(record) ? record.type : record.path)),
        ["CHARGE", "target", "recurrence.frequency", "CHARGE"]
      )
    })
  )

  it.live("what cannot be asked is refused before anything is sent", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, []))
      const client = yield* clientOf(service)
      for (const [options, field] of [
        [{ pageSize: -1 }, "pageSize"],
        [{ filter: { queries: ["\ud800"] } }, "filter.queries[0]"]
      ] as const) {
        const { reason } = yield* Effect.flip(collect(client, options))
        assert.deepInclude({ ...reason }, { _tag: "InvalidArgument", field })
      }
      assert.strictEqual(service.exchanges.length, 0)
    })
  )

  const sizes = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 }))

  it.effect.prop(
    "whatever fits on a page: every dispatch is given once, in order, unless one alone is too large",
    {
      dispatches: Arbitrary.array(Arbitrary.schema(sizes), { maxLength: 40 }),
      pageSize: Arbitrary.schema(Schema.Union([sizes, Schema.Undefined])),
      /** The bytes that a page may take. Few dispatches are larger. */
      room: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 60 }))),
      /** The service's own limit to the number of dispatches on a page. */
      most: Arbitrary.schema(sizes)
    },
    ({ dispatches, most, pageSize, room }) =>
      Effect.gen(function* () {
        let asked = 0
        const listPage = (request: Wire.ListMicrogridDispatchesRequest) =>
          Effect.suspend(() => {
            asked++
            const params = request.paginationParams?.params
            const [first = 0, size = 100] =
              params?.case === "pageToken" ? params.value.split("/").map(Number) : [0, params?.value]
            const next = first + Math.min(size, most)
            const page = dispatches.slice(first, next)
            return page.reduce((sum, bytes) => sum + bytes, 0) > room
              ? Effect.fail(DispatchError.resourceExhausted("too large"))
              : Effect.succeed(
                  create(Wire.ListMicrogridDispatchesResponseSchema, {
                    dispatches: page.map((_, index) => wireDispatch(BigInt(first + index))),
                    ...(next < dispatches.length
                      ? { paginationInfo: { nextPageToken: `${next}/${size}` } }
                      : undefined)
                  })
                )
          })
        const seen: Array<bigint | undefined> = []
        const exit = yield* Effect.exit(
          Stream.runForEach(list(listPage, microgridId, { pageSize }), ({ id }) =>
            Effect.sync(() => void seen.push(id))
          )
        )
        const tooLarge = dispatches.findIndex((bytes) => bytes > room)
        const expected = dispatches.map((_, index) => BigInt(index))
        assert.deepStrictEqual(seen, tooLarge < 0 ? expected : expected.slice(0, seen.length))
        assert.strictEqual(Exit.isFailure(exit), tooLarge >= 0)
        assert.isAtMost(seen.length, tooLarge < 0 ? dispatches.length : tooLarge)
        // A listing begins anew at most as often as its pages can be halved.
        assert.isAtMost(asked, 8 * (dispatches.length + 1))
      })
  )
})
