/** The answers of every store to listings. */
import * as assert from "node:assert/strict"
import { filterValuesMax } from "@effect-dispatch/api/WireLimits"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchStore, type Position } from "@effect-dispatch/server/DispatchStore"
import { DateTime, Effect } from "effect"
import type { StoreCase } from "./storeCase.ts"
import { huge, insert, one, readPage, remove, second } from "./storeFixtures.ts"

const newestFirst: DispatchSort = { field: "createTime", order: "descending" }

/** Dispatches that differ in everything there is a filter for. Ids are 1 to 5 in a fresh store. */
const insertFive = Effect.gen(function* () {
  const first = yield* insert(1, { type: "CHARGE_A", startTime: second(100), endTime: second(130) })
  const base = first.dispatch.id - 1n
  yield* insert(2, {
    type: "charge_a",
    name: "evening",
    startTime: second(200),
    endTime: second(230),
    active: false,
    target: Target.componentIds(2n, 1n, 2n)
  })
  yield* insert(3, {
    type: "DISCHARGE",
    startTime: second(300),
    dryRun: true,
    target: Target.componentIds(1n, 2n)
  })
  yield* insert(4, {
    type: "100%_SET",
    startTime: second(400),
    endTime: second(430),
    target: Target.componentCategories("BATTERY", { category: "INVERTER", subtype: "PV" }),
    recurrence: new RecurrenceRule({ frequency: "DAILY", interval: 1 })
  })
  yield* insert(5, {
    type: "100XXSET",
    name: "100%_SET",
    startTime: second(500),
    target: Target.componentCategories("BATTERY")
  })
  yield* insert(6, {}, huge)
  return (id: DispatchId) => Number(id - base)
})

const filters: ReadonlyArray<readonly [name: string, filter: DispatchFilter, ids: ReadonlyArray<number>]> = [
  ["nothing", {}, [5, 4, 3, 2, 1]],
  ["active", { active: true }, [5, 4, 3, 1]],
  ["inactive", { active: false }, [2]],
  ["a name", { names: ["evening"] }, [2]],
  ["one of several names", { names: ["100%_SET", "none", "evening", "a\0b"] }, [5, 2]],
  ["a name, beside another condition", { names: ["evening", "100%_SET"], active: true }, [5]],
  ["a part of a name", { names: ["even"] }, []],
  ["dry run", { dryRun: true }, [3]],
  ["no dry run", { dryRun: false }, [5, 4, 2, 1]],
  ["recurring", { recurring: true }, [4]],
  ["not recurring", { recurring: false }, [5, 3, 2, 1]],
  ["a target, beside another condition", { targets: [Target.componentIds(2n)], dryRun: true }, [3]],
  [
    "one of several targets",
    { targets: [Target.componentCategories("INVERTER"), Target.componentIds(1n)] },
    [4, 3, 2, 1]
  ],
  [
    "start: from is inclusive, to is exclusive",
    { startTime: { from: second(200), to: second(400) } },
    [3, 2]
  ],
  ["start: open below", { startTime: { to: second(200) } }, [1]],
  ["end: infinite always matches", { endTime: { from: second(230), to: second(430) } }, [5, 3, 2]],
  ["end: open above", { endTime: { from: second(431) } }, [5, 3]],
  ["update", { updateTime: { from: second(2), to: second(4) } }, [3, 2]],
  [
    "update: from the year 1",
    { updateTime: { from: DateTime.makeUnsafe("0001-01-01T00:00:00Z") } },
    [5, 4, 3, 2, 1]
  ],
  [
    "update: to the year 9999",
    { updateTime: { to: DateTime.makeUnsafe("9999-12-31T23:59:59Z") } },
    [5, 4, 3, 2, 1]
  ],
  ["update: before the year 1", { updateTime: { to: DateTime.makeUnsafe("0001-01-01T00:00:00Z") } }, []],
  ["a part of the type, in its case", { queries: ["CHARGE"] }, [3, 1]],
  ["wildcards mean themselves", { queries: ["%_"] }, [4]],
  ["either of two queries", { queries: ["XX", "DIS"] }, [5, 3]],
  ["conditions together", { active: true, queries: ["SET"], recurring: true }, [4]],
  ["empty lists are no condition", { targets: [], ids: [], queries: [] }, [5, 4, 3, 2, 1]]
]

/** The number of matches. */
export const countOf = (microgridId: MicrogridId, filter: DispatchFilter) =>
  Effect.flatMap(DispatchStore, (store) =>
    Effect.map(store.begin({ microgridId, filter, sort: newestFirst, limit: 1 }), ({ total }) => total)
  )

/** All of a listing, in pages. */
const inPages = (filter: DispatchFilter, sort: DispatchSort, limit: number) =>
  Effect.gen(function* () {
    const ids: Array<DispatchId> = []
    let after: Position | undefined
    while (true) {
      const page = yield* readPage({ microgridId: one, filter, sort, after, limit })
      assert.ok(page.length <= limit)
      const last = page.at(-1)
      if (last === undefined) return ids
      ids.push(...page.map(({ id }) => id))
      const key = sort.field === "updateTime" ? last.updateTime : BigInt(last[sort.field].epochMilliseconds)
      after = { key, id: last.id }
    }
  })

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "filters: each condition, its bounds, and several together",
    run: Effect.gen(function* () {
      const shortOf = yield* insertFive
      for (const [name, filter, expected] of filters) {
        const found = yield* readPage({
          microgridId: one,
          filter,
          sort: newestFirst,
          after: undefined,
          limit: 100
        })
        assert.deepEqual(
          found.map(({ id }) => shortOf(id)),
          expected,
          name
        )
        assert.equal(yield* countOf(one, filter), expected.length, `${name}: count`)
      }
    })
  },
  {
    name: "filters: by id, in a list or as a query; ids no dispatch can have match nothing",
    run: Effect.gen(function* () {
      const { dispatch } = yield* insert(1)
      yield* insert(2, { type: `#${dispatch.id}` })
      const tooLarge = 9_223_372_036_854_775_808n as DispatchId
      const cases: ReadonlyArray<readonly [DispatchFilter, number]> = [
        [{ ids: [dispatch.id] }, 1],
        [{ ids: [dispatch.id, tooLarge] }, 1],
        [{ ids: [tooLarge] }, 0],
        [{ queries: [`#${dispatch.id}`] }, 1],
        [{ queries: [`#${tooLarge}`] }, 0],
        [{ queries: [`#${tooLarge}`, "#"] }, 1],
        [{ queries: ["\0"] }, 0]
      ]
      for (const [filter, expected] of cases) assert.equal(yield* countOf(one, filter), expected)
    })
  },
  {
    name: "filters: as many ids, targets and queries as the service lets through",
    run: Effect.gen(function* () {
      const { dispatch } = yield* insert(1)
      yield* insert(2, { type: "OTHER", target: Target.componentIds(2n) })
      const others = Array.from({ length: filterValuesMax - 1 }, (_, index) => index + 10)
      const filters: ReadonlyArray<DispatchFilter> = [
        { ids: [...others.map((other) => (dispatch.id + BigInt(other)) as DispatchId), dispatch.id] },
        { targets: [...others.map((other) => Target.componentIds(BigInt(other))), dispatch.target] },
        { queries: [...others.map((other) => `TYPE ${other}`), dispatch.type] },
        { queries: [...others.map((other) => `#${dispatch.id + BigInt(other)}`), `#${dispatch.id}`] }
      ]
      for (const filter of filters) assert.equal(yield* countOf(one, filter), 1)
    })
  },
  {
    name: "sorting: by every field both ways, ties by id, and pages of any size give each dispatch once",
    run: Effect.gen(function* () {
      const starts = [5, 1, 5, 3, 1, 5, 2]
      const ids: Array<DispatchId> = []
      for (const [index, start] of starts.entries()) {
        const { dispatch } = yield* insert(index % 3, { startTime: second(start) })
        ids.push(dispatch.id)
      }
      const keys = { startTime: starts, createTime: [0, 1, 2, 0, 1, 2, 0], updateTime: [0, 1, 2, 0, 1, 2, 0] }
      for (const field of ["startTime", "createTime", "updateTime"] as const) {
        const keyOf = (id: DispatchId) => keys[field][ids.indexOf(id)] as number
        const ascending = [...ids].sort((left, right) => keyOf(left) - keyOf(right) || Number(left - right))
        // Listings of everything are read in another way.
        for (const filter of [{}, { active: true }]) {
          for (const limit of [1, 2, 3, 100]) {
            assert.deepEqual(yield* inPages(filter, { field, order: "ascending" }, limit), ascending)
            const descending = yield* inPages(filter, { field, order: "descending" }, limit)
            assert.deepEqual(descending, [...ascending].reverse())
          }
        }
      }
    })
  },
  {
    name: "a listing shows no deleted dispatch and none of another microgrid",
    run: Effect.gen(function* () {
      const { dispatch } = yield* insert(1)
      yield* insert(2, {}, huge)
      yield* remove(dispatch.id, 3)
      assert.deepEqual(yield* inPages({}, newestFirst, 10), [])
      assert.equal(yield* countOf(one, {}), 0)
      assert.equal(yield* countOf(huge, {}), 1)
    })
  }
]
