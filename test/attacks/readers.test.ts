import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService } from "@effect-dispatch/server"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { blockMax, isInFull, longestBlock, tell } from "./eventLoop.ts"
import { largeStore, manyTargets } from "./largeStore.ts"

const one = MicrogridId.make(1n)
const rows = isInFull ? 100_000 : 20_000

const serviceOver = (store: ReturnType<typeof largeStore>) =>
  Layer.fresh(DispatchService.layer).pipe(Layer.provideMerge(store))

/** As many parts of types as a filter may have, none of which any type has. */
const inVain = Array.from({ length: 1_000 }, (_, index) => `Z${index}`)

/** The listings, and the number of matches. */
const listings: ReadonlyArray<readonly [name: string, filter: DispatchFilter, total: number]> = [
  ["a thousand parts of types", { queries: inVain }, 0],
  [
    "a thousand parts of types, one of which many have",
    { queries: [...inVain.slice(1), "CHARGE_7"] },
    rows / 50
  ],
  ["a thousand parts of types and an id", { queries: [...inVain.slice(1), "#7"] }, 1],
  ["a thousand targets", { targets: inVain.map((_, index) => Target.componentIds(BigInt(index + 1))) }, rows],
  ["nothing asked for", {}, rows],
  ["one condition that nothing meets", { active: false }, 0]
]

/** Asks for a dispatch again and again; gives the longest that one took, in milliseconds. */
const longestGet = Effect.gen(function* () {
  const service = yield* DispatchService.DispatchService
  let longest = 0
  const once = Effect.gen(function* () {
    const began = yield* Clock.monotonicTimeNanos
    yield* service.get(one, 1n as never)
    longest = Math.max(longest, Number((yield* Clock.monotonicTimeNanos) - began) / 1e6)
    yield* Effect.sleep("5 millis")
  })
  const asking = yield* Effect.forkScoped(Effect.forever(once))
  return { stop: Effect.map(Fiber.interrupt(asking), () => longest) }
})

describe("no reader stops the others", () => {
  for (const [name, filter, total] of listings) {
    it.live(`a listing of ${name} holds up nobody`, () =>
      Effect.gen(function* () {
        const service = yield* DispatchService.DispatchService
        const getting = yield* longestGet
        const listing = Effect.all(
          Array.from({ length: 3 }, () => service.list(one, { filter })),
          { concurrency: "unbounded" }
        )
        const { millis, value, work } = yield* longestBlock(listing)
        const get = yield* getting.stop
        yield* tell(`${name}: longest block`, millis)
        yield* tell(`${name}: of work alone`, work)
        yield* tell(`${name}: longest get of another`, get)
        for (const { totalItems } of value) assert.strictEqual(totalItems, total)
        assert.isBelow(work, blockMax)
        assert.isBelow(get, 150)
      }).pipe(Effect.scoped, Effect.provide(serviceOver(largeStore(rows))))
    )
  }

  it.live("a page that goes on over many slices is as long as asked for, and in order", () =>
    Effect.gen(function* () {
      const { page } = yield* DispatchStore
      const filter = { queries: [...inVain.slice(1), "CHARGE_"] }
      const sort = { field: "createTime", order: "ascending" } as const
      const found = yield* page({ microgridId: one, filter, sort, after: undefined, limit: 500 })
      assert.deepStrictEqual(
        found.map(({ dispatch }) => dispatch.id),
        Array.from({ length: 500 }, (_, index) => DispatchId.make(BigInt(index + 1)))
      )
    }).pipe(Effect.provide(serviceOver(largeStore(2_000))))
  )

  it.live("types that nearly match hold up nobody either", () =>
    Effect.gen(function* () {
      const service = yield* DispatchService.DispatchService
      const queries = Array.from({ length: 1_000 }, (_, index) => `${"A".repeat(200)}${index}`)
      const { millis, value, work } = yield* longestBlock(service.list(one, { filter: { queries } }))
      yield* tell("types that nearly match: longest block", millis)
      assert.strictEqual(value.totalItems, 0)
      assert.isBelow(work, blockMax)
    }).pipe(
      Effect.scoped,
      Effect.provide(serviceOver(largeStore(rows / 10, { typeOf: () => "A".repeat(256) })))
    )
  )

  const sorts: ReadonlyArray<DispatchSort> = (["startTime", "updateTime"] as const).flatMap((field) => [
    { field, order: "ascending" },
    { field, order: "descending" }
  ])
  /** So many that more match than are looked up one by one. */
  const lastOfMany = Array.from({ length: 10 }, (_, index) => Target.componentIds(BigInt(990 + index)))
  const here = [Target.componentIds(1n)]
  const known = Array.from({ length: 1_000 }, (_, index) => DispatchId.make(BigInt(index + 1)))

  /** Lists in all orders, and tells of the longest block. */
  const listed = (filters: Readonly<Record<string, DispatchFilter>>) =>
    Effect.gen(function* () {
      const { list } = yield* DispatchService.DispatchService
      for (const [name, filter] of Object.entries(filters)) {
        for (const sort of sorts) {
          const { value, work } = yield* longestBlock(list(one, { filter, sort, pageSize: 1_000 }))
          yield* tell(`${name}, ${sort.field} ${sort.order}: of work alone`, work)
          assert.isAbove(value.totalItems, 0)
          assert.isBelow(work, blockMax, `${name}, ${sort.field} ${sort.order}`)
        }
      }
    }).pipe(Effect.scoped)

  it.live(
    "large dispatches by id and by target hold up nobody, in any order",
    () =>
      Effect.provide(
        listed({
          "fat, by id": { ids: known },
          "fat, by id and filter": { ids: known, active: true, queries: ["CHARGE_1"] },
          "fat, by target": { targets: here },
          "fat, by target and filter": {
            targets: here,
            recurring: false,
            queries: [...inVain.slice(2), "CHARGE_7"]
          },
          "fat, by filter": { dryRun: false }
        }),
        serviceOver(largeStore(isInFull ? 3_900 : 1_000, { isFat: true, target: Target.componentIds(1n) }))
      ),
    240_000
  )

  it.live(
    "dispatches of a thousand targets hold up nobody, whatever is asked for",
    () =>
      Effect.provide(
        listed({
          "many targets, the last of them": { targets: lastOfMany },
          "many targets, by id": { ids: known, targets: [Target.componentIds(999n)] },
          "many targets, and a filter": { targets: lastOfMany, active: true, queries: ["CHARGE_7"] }
        }),
        serviceOver(largeStore(isInFull ? 2_500 : 500, { target: manyTargets }))
      ),
    240_000
  )
})
