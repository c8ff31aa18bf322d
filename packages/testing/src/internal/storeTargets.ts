/** The matches of every store by target. */
import * as assert from "node:assert/strict"
import { filterValuesMax, targetsMax } from "@effect-dispatch/api/WireLimits"
import { defaultSort, type DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { targetsSortedMax } from "@effect-dispatch/server/ServiceLimits"
import { Effect } from "effect"
import { Chance } from "../Chance.ts"
import type { StoreCase } from "./storeCase.ts"
import { countOf } from "./storeListings.ts"
import { huge, insert, one, readPage, remove, update } from "./storeFixtures.ts"
import { drawTarget, examples, found, meet } from "./targetCases.ts"

/** Ids of the matches of a filter, in their order, with a look at the count. */
const idsOf = Effect.fnUntraced(function* (filter: DispatchFilter, microgridId: MicrogridId = one) {
  const page = { microgridId, filter, sort: defaultSort, after: undefined, limit: 1_000 }
  const ids = (yield* readPage(page)).map(({ id }) => id).sort((left, right) => (left < right ? -1 : 1))
  assert.equal(yield* countOf(microgridId, filter), ids.length)
  return ids
})

const insertAll = (targets: ReadonlyArray<Target.Target>, microgridId: MicrogridId = one) =>
  Effect.forEach(targets, (target, index) =>
    Effect.map(insert(index, { target }, microgridId), ({ dispatch }) => dispatch.id)
  )

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "targets: a filter finds what overlaps, by id or by category",
    run: Effect.gen(function* () {
      const ids = yield* insertAll(examples)
      yield* insertAll(examples, huge)
      for (const [name, targets, places] of found)
        assert.deepEqual(
          yield* idsOf({ targets }),
          places.map((place) => ids[place]),
          name
        )
    })
  },
  {
    name: "targets: what is found is what a plain model finds, whatever was updated or deleted meanwhile",
    run: Effect.gen(function* () {
      const chance = new Chance(4)
      const present = new Map<DispatchId, Target.Target>()
      for (let step = 0; step < 150; step++) {
        const known = [...present.keys()]
        const id = known.length > 10 && chance.happens(0.5) ? chance.pick(known) : undefined
        const target = drawTarget(chance)
        if (id === undefined) present.set((yield* insert(step, { target })).dispatch.id, target)
        else if (chance.happens(0.3)) {
          yield* remove(id, step)
          present.delete(id)
        } else {
          yield* update(id, step, { target })
          present.set(id, target)
        }
        const targets = Array.from({ length: chance.int(1, 2) }, () => drawTarget(chance))
        const expected = [...present].filter(([, its]) => targets.some((each) => meet(each, its)))
        assert.deepEqual(
          yield* idsOf({ targets }),
          expected.map(([each]) => each)
        )
      }
    })
  },
  {
    name: "targets: beside other conditions, in pages, in either order",
    run: Effect.gen(function* () {
      const targets = Array.from({ length: 12 }, (_, index) =>
        index % 3 === 0 ? Target.componentIds(5n) : Target.componentIds(1n, BigInt(index + 10))
      )
      const ids = yield* insertAll(targets)
      for (const id of ids.slice(0, 6)) yield* update(id, 20, { active: false })
      const filter = { targets: [Target.componentIds(1n, 11n)], active: true }
      const expected = ids.slice(6).filter((_, index) => index % 3 !== 0)
      for (const order of ["ascending", "descending"] as const) {
        const sort = { field: "createTime", order } as const
        const first = yield* readPage({ microgridId: one, filter, sort, after: undefined, limit: 3 })
        const last = first.at(-1)
        assert.ok(last !== undefined)
        const after = { key: BigInt(last.createTime.epochMilliseconds), id: last.id }
        const second = yield* readPage({ microgridId: one, filter, sort, after, limit: 3 })
        assert.deepEqual(
          [...first, ...second].map(({ id }) => id),
          order === "ascending" ? expected : [...expected].reverse()
        )
      }
    })
  },
  {
    name: "targets: more than are looked up and sorted are found as well, in order and in pages",
    run: Effect.gen(function* () {
      const all = Array.from({ length: targetsMax }, (_, index) => BigInt(index + 1))
      const many = Math.floor(targetsSortedMax / targetsMax) + 1
      const targets = Array.from({ length: many }, () => Target.componentIds(...all))
      const ids = yield* insertAll([
        Target.componentIds(5_000n),
        ...targets,
        Target.componentCategories("METER")
      ])
      const filter = { targets: [Target.componentIds(...all)] }
      const sort = { field: "createTime", order: "ascending" } as const
      const first = yield* readPage({ microgridId: one, filter, sort, after: undefined, limit: 5 })
      const after = { key: BigInt(first[4]?.createTime.epochMilliseconds ?? 0), id: ids[5] as DispatchId }
      const rest = yield* readPage({ microgridId: one, filter, sort, after, limit: 1_000 })
      assert.deepEqual(
        [...first, ...rest].map(({ id }) => id),
        ids.slice(1, -1)
      )
      assert.equal(yield* countOf(one, filter), many)
    })
  },
  {
    name: "targets: as many components as a target may have, and as many as a filter may",
    run: Effect.gen(function* () {
      const all = Array.from({ length: targetsMax }, (_, index) => BigInt(index + 1))
      const { id } = (yield* insert(1, { target: Target.componentIds(...all) })).dispatch
      yield* insert(2, { target: Target.componentIds(BigInt(targetsMax) + 1n) })
      assert.deepEqual(yield* idsOf({ targets: [Target.componentIds(BigInt(targetsMax))] }), [id])
      const others = Array.from({ length: filterValuesMax - 1 }, (_, index) => BigInt(index + 10_000))
      assert.deepEqual(yield* idsOf({ targets: [Target.componentIds(...others, 1n)] }), [id])
      yield* update(id, 3, { target: Target.componentIds(...all.slice(1)) })
      assert.deepEqual(yield* idsOf({ targets: [Target.componentIds(1n)] }), [])
      assert.deepEqual(yield* idsOf({ targets: [Target.componentIds(2n)] }), [id])
    })
  }
]
