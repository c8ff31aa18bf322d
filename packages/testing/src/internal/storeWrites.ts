/** The effects of writes to every store. */
import * as assert from "node:assert/strict"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import {
  type Change,
  DispatchStore,
  type NameTaken,
  type StoreError
} from "@effect-dispatch/server/DispatchStore"
import { Duration, Effect, Exit, Option } from "effect"
import type { StoreCase } from "./storeCase.ts"
import { huge, insert, make, one, origin, read, remove, second, update } from "./storeFixtures.ts"

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "what is inserted is read back, every field of it, and only in its microgrid",
    run: Effect.gen(function* () {
      const fields = {
        type: "Ladung ⚡ 'quoted' \"twice\"",
        duration: Duration.infinity,
        target: Target.componentIds(18_446_744_073_709_551_615n, 0n),
        active: false,
        dryRun: true,
        payload: { a: [1, 0.1, -1e300, null, { deep: "x" }], ["__proto__"]: { b: true } },
        recurrence: new RecurrenceRule({
          frequency: "WEEKLY",
          interval: 2,
          end: { _tag: "Until", until: second(1e6) },
          byWeekdays: ["MONDAY", "SUNDAY"],
          byHours: [0, 23]
        }),
        updateTime: 1_767_225_600_123_456_789n,
        endTime: second(2e6)
      }
      const { dispatch } = yield* insert(1, fields, huge)
      const found = yield* read(dispatch.id, huge)
      assert.ok(
        found !== undefined && found.sameContent(make({ ...fields, createTime: second(1) })(dispatch.id))
      )
      assert.equal(found.updateTime, 1_767_225_600_123_456_789n)
      assert.equal(yield* read(dispatch.id), undefined)
    })
  },
  {
    name: "ids rise over all microgrids and are never used again, even after what they named is deleted",
    run: Effect.gen(function* () {
      const first = yield* insert(1)
      const second = yield* insert(2, {}, huge)
      yield* remove(second.dispatch.id, 3, huge)
      const third = yield* insert(4)
      assert.ok(first.dispatch.id < second.dispatch.id && second.dispatch.id < third.dispatch.id)
    })
  },
  {
    name: "an update replaces, a deletion hides, and what is not there cannot be modified",
    run: Effect.gen(function* () {
      const { dispatch } = yield* insert(1)
      yield* update(dispatch.id, 2, { payload: { changed: true }, type: "OTHER" })
      assert.deepEqual((yield* read(dispatch.id))?.payload, { changed: true })
      assert.ok(Option.isNone(yield* update(dispatch.id, 3, {}, huge)))
      const deletion = Option.getOrThrow(yield* remove(dispatch.id, 4))
      assert.equal(deletion.kind, "Deleted")
      assert.equal(yield* read(dispatch.id), undefined)
      assert.ok(Option.isNone(yield* update(dispatch.id, 5, {})))
      assert.ok(Option.isNone(yield* remove(9_223_372_036_854_775_808n as DispatchId, 6)))
      assert.equal(yield* read(18_446_744_073_709_551_615n as DispatchId), undefined)
    })
  },
  {
    name: "a decision that fails changes nothing and leaves no record",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const { dispatch } = yield* insert(1)
      const refused = yield* Effect.exit(
        store.modify(one, dispatch.id, origin(2), () => Effect.fail("refused" as const))
      )
      assert.ok(Exit.isFailure(refused))
      assert.ok((yield* read(dispatch.id))?.sameContent(dispatch))
      assert.equal(yield* store.lastChange(one), 1n)
      assert.equal((yield* store.audit(one, 10)).length, 1)
    })
  },
  {
    name: "a name is that of one dispatch of a microgrid, of whom another hears, and free once that is deleted",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const holder = (yield* insert(1, { name: "plan/peak" })).dispatch.id
      const other = (yield* insert(2, { name: "plan/Peak" })).dispatch.id
      yield* insert(3, { name: "plan/peak" }, huge)
      yield* insert(4)
      yield* insert(5)
      const taken = (write: Effect.Effect<unknown, StoreError | NameTaken, DispatchStore>) =>
        Effect.match(write, {
          onFailure: (error) => (error._tag === "NameTaken" ? error.id : undefined),
          onSuccess: () => undefined
        })
      assert.equal(yield* taken(insert(6, { name: "plan/peak" })), holder)
      assert.equal(yield* taken(update(other, 7, { name: "plan/peak" })), holder)
      assert.equal(yield* store.lastChange(one), 4n)
      assert.equal((yield* read(other))?.name, "plan/Peak")
      yield* update(holder, 8, { name: "plan/peak", active: false })
      assert.equal((yield* read(holder))?.name, "plan/peak")
      yield* store.modify(one, holder, origin(9), (current) => {
        const { name: _, ...nameless } = current
        return Effect.succeed({ kind: "Updated", dispatch: make(nameless)(holder) })
      })
      yield* update(other, 10, { name: "plan/peak" })
      yield* remove(other, 11)
      assert.equal((yield* insert(12, { name: "plan/peak" })).dispatch.name, "plan/peak")
    })
  },
  {
    name: "of many that take one name at the same time one gets it",
    run: Effect.gen(function* () {
      const many = Array.from({ length: 20 }, (_, index) => index)
      const outcomes = yield* Effect.forEach(many, (at) => Effect.exit(insert(at, { name: "once" })), {
        concurrency: "unbounded"
      })
      assert.equal(outcomes.filter(Exit.isSuccess).length, 1)
      const store = yield* DispatchStore
      assert.equal(yield* store.lastChange(one), 1n)
    })
  },
  {
    name: "changes of a microgrid are numbered from one without gaps, and carry the version committed",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      assert.equal(yield* store.lastChange(one), 0n)
      const { dispatch } = yield* insert(1)
      yield* insert(2, {}, huge)
      yield* update(dispatch.id, 3, { active: false })
      yield* remove(dispatch.id, 4)
      const changes = yield* store.changesAfter(one, 0n, 10)
      assert.deepEqual(
        changes.map(({ kind, microgridId, number }) => [microgridId, number, kind]),
        [
          [1n, 1n, "Created"],
          [1n, 2n, "Updated"],
          [1n, 3n, "Deleted"]
        ]
      )
      assert.deepEqual(
        changes.map((change) => [change.dispatch.active, change.dispatch.updateTime / 1_000_000_000n]),
        [1, 3, 4].map((at) => [at === 1, BigInt(second(at).epochMilliseconds / 1_000)])
      )
      assert.equal(yield* store.lastChange(one), 3n)
      assert.equal(yield* store.lastChange(huge), 1n)
      assert.deepEqual(numbersOf(yield* store.changesAfter(one, 1n, 1)), [2n])
      assert.deepEqual(yield* store.changesAfter(one, 3n, 10), [])
    })
  },
  {
    name: "concurrent updates of one dispatch happen one after the other: none is lost",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const { dispatch } = yield* insert(1, { payload: { count: 0 } })
      const increment = store.modify(one, dispatch.id, origin(2), (current) =>
        Effect.as(Effect.yieldNow, {
          kind: "Updated" as const,
          dispatch: make({ ...current, payload: { count: (current.payload["count"] as number) + 1 } })(
            current.id
          )
        })
      )
      yield* Effect.all(
        Array.from({ length: 20 }, () => increment),
        { concurrency: "unbounded", discard: true }
      )
      assert.deepEqual((yield* read(dispatch.id))?.payload, { count: 20 })
      assert.equal(yield* store.lastChange(one), 21n)
    })
  },
  {
    name: "whoever follows the numbers while many write sees each change once, in order, and misses none",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const total = 60n
      const seen: Array<bigint> = []
      const follow = Effect.gen(function* () {
        while (seen.length < Number(total)) {
          seen.push(...numbersOf(yield* store.changesAfter(one, seen.at(-1) ?? 0n, 7)))
          yield* Effect.yieldNow
        }
      })
      const write = Effect.forEach(
        Array.from({ length: Number(total) }, (_, index) => index),
        (index) => insert(index),
        { concurrency: 16 }
      )
      const [committed] = yield* Effect.all([write, follow], { concurrency: "unbounded" })
      assert.deepEqual(
        seen,
        Array.from({ length: Number(total) }, (_, index) => BigInt(index + 1))
      )
      assert.equal(new Set(numbersOf(committed)).size, Number(total))
    })
  }
]

const numbersOf = (changes: ReadonlyArray<Change>): ReadonlyArray<bigint> =>
  changes.map(({ number }) => number)
