import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "./fixtures.ts"
import { UnreliableStore } from "./internal/site/unreliableStore.ts"
import { described, layer, makeProcess } from "./recovering.ts"
import { collect, hold, moveTo, put, remove } from "./site.ts"

const hour = { duration: Duration.hours(1) }
const before = dispatch({ ...hour, target: Target.componentIds(1n) })
const after = dispatch({ ...hour, version: 2, target: Target.componentIds(2n) })
const again = dispatch({ ...hour, version: 3, target: Target.componentIds(1n) })
const component1 = MergeStrategy.byComponent(1n)

type Process = Effect.Success<typeof makeProcess>

const follow = ({ actor, scope }: Process, merge: MergeStrategy.MergeStrategy, current = false) =>
  Effect.map(
    Effect.flatMap(actor.runningStateChanges({ merge, current }), (changes) =>
      Effect.provideService(collect(changes), Scope.Scope, scope)
    ),
    (told) => () => told.splice(0).map(described)
  )

const makeOn = (unreliable: UnreliableStore) =>
  Effect.provideService(makeProcess, SitePersistence.SitePersistence, Option.some(unreliable.store))

/** The store hangs whenever something is noted. */
const holdNotes = (unreliable: UnreliableStore) => {
  unreliable.fateOf = (operation, key) => (operation === "set" && key.includes("note-") ? "Hanging" : "Done")
}

describe("section 6, S10: no stop of an identity that a run leaves waits for a write", () => {
  const own = Effect.gen(function* () {
    yield* TestClock.setTime(t0 - 10_000)
    const unreliable = new UnreliableStore()
    yield* hold(before)
    const process = yield* makeOn(unreliable)
    const told = yield* follow(process, component1)
    const byTarget = yield* follow(process, MergeStrategy.byTypeTarget)
    yield* process.actor.actor.start
    yield* moveTo(10)
    assert.deepStrictEqual(told(), ["Running 1 CHARGE Scheduled @0"])
    byTarget()
    holdNotes(unreliable)
    yield* put("Updated", after)
    return { process, told, byTarget, unreliable }
  })

  it.effect("of this process", () =>
    Effect.gen(function* () {
      const { byTarget, process, told, unreliable } = yield* own
      assert.deepStrictEqual(told(), ["Stopped 1 CHARGE Updated @10"])
      assert.deepStrictEqual(byTarget(), ["Stopped 1 CHARGE Updated @10"])
      const late = yield* follow(process, MergeStrategy.byTypeTarget, true)
      yield* moveTo(14.9)
      assert.deepStrictEqual([told(), byTarget(), late()], [[], [], []])
      yield* moveTo(15)
      assert.deepStrictEqual([told(), byTarget()], [[], ["Running 1 CHARGE Updated @10"]])
      assert.deepStrictEqual(late(), ["Running 1 CHARGE Updated @10"])
      unreliable.release()
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  for (const [what, change, runsOn] of [
    ["deleted", remove(1n), false],
    ["deactivated", put("Updated", dispatch({ ...hour, version: 3, active: false })), false],
    ["as it was again", put("Updated", again), true]
  ] as const) {
    it.effect(`which is told nothing twice if the dispatch is ${what} before its start was told`, () =>
      Effect.gen(function* () {
        const { byTarget, process, told, unreliable } = yield* own
        assert.deepStrictEqual([told().length, byTarget().length], [1, 1])
        yield* moveTo(12)
        yield* change
        const expected = runsOn ? ["Running 1 CHARGE Merged @12"] : []
        assert.deepStrictEqual([told(), byTarget()], [expected, expected])
        unreliable.release()
        yield* moveTo(20)
        assert.deepStrictEqual([told(), byTarget()], [[], []])
        yield* remove(1n)
        assert.deepStrictEqual(told(), runsOn ? ["Stopped 1 CHARGE Deleted @20"] : [])
        yield* process.end
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  const inherited = Effect.gen(function* () {
    yield* TestClock.setTime(t0 - 10_000)
    const unreliable = new UnreliableStore()
    yield* hold(before)
    const first = yield* makeOn(unreliable)
    yield* first.actor.actor.start
    yield* moveTo(5)
    yield* first.end
    yield* moveTo(10)
    yield* hold(after)
    holdNotes(unreliable)
    const process = yield* makeOn(unreliable)
    const told = yield* follow(process, component1)
    const byTarget = yield* follow(process, MergeStrategy.byTypeTarget)
    yield* process.actor.actor.start
    yield* moveTo(11)
    return { process, told, byTarget, unreliable }
  })

  it.effect("of an earlier process", () =>
    Effect.gen(function* () {
      const { byTarget, process, told, unreliable } = yield* inherited
      const stopped = "Stopped 1 CHARGE Recovered @10"
      assert.deepStrictEqual([told(), byTarget()], [[stopped], [stopped]])
      const late = yield* follow(process, component1, true)
      yield* moveTo(12)
      assert.deepStrictEqual(late(), [stopped])
      yield* moveTo(15)
      assert.deepStrictEqual([told(), byTarget()], [[], ["Running 1 CHARGE Recovered @10"]])
      assert.deepStrictEqual(late(), [])
      unreliable.release()
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of an earlier process, once, also if the dispatch is deleted before its start was told", () =>
    Effect.gen(function* () {
      const { byTarget, process, told, unreliable } = yield* inherited
      const stopped = "Stopped 1 CHARGE Recovered @10"
      assert.deepStrictEqual([told(), byTarget()], [[stopped], [stopped]])
      yield* remove(1n)
      yield* moveTo(20)
      assert.deepStrictEqual([told(), byTarget()], [[], []])
      unreliable.release()
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of an earlier process, which goes on if the dispatch is as it was before that", () =>
    Effect.gen(function* () {
      const { byTarget, process, told, unreliable } = yield* inherited
      told()
      byTarget()
      yield* put("Updated", again)
      unreliable.release()
      yield* moveTo(20)
      const running = ["Running 1 CHARGE Updated @11"]
      assert.deepStrictEqual([told(), byTarget()], [running, running])
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
