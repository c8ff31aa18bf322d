import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Scope } from "effect"
import { dispatch } from "./fixtures.ts"
import { described, layer } from "./recovering.ts"
import { collect, moveTo, put, remove } from "./site.ts"
import { blindAtFirst } from "./unread.ts"

const hour = { duration: Duration.hours(1) }
const first = dispatch(hour)
const otherTarget = dispatch({ ...hour, version: 2, target: Target.componentIds(2n) })
const later = { ...hour, version: 3 }

/** The ways in which a run of the second process ends before that process dies. */
const ends = {
  deleted: remove(1n),
  deactivated: put("Updated", dispatch({ ...later, target: Target.componentIds(2n), active: false })),
  "of another kind": put("Updated", dispatch({ ...later, type: "OTHER", active: false }))
}

describe("S10, R11: what a process has told and ended hides nothing that it never read", () => {
  for (const [how, end] of Object.entries(ends)) {
    for (const restarts of [1, 2]) {
      it.effect(`a run of other content is stopped ${restarts} restarts after its own was ${how}`, () =>
        Effect.gen(function* () {
          const { make, start, unreliable } = yield* blindAtFirst(first, otherTarget)
          const second = yield* start
          yield* moveTo(11)
          assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
          yield* end
          yield* moveTo(12)
          yield* second.end
          for (let blind = 1; blind < restarts; blind++) {
            const third = yield* start
            yield* moveTo(12 + blind)
            yield* third.end
          }
          unreliable.release()
          const last = yield* make
          const all = yield* collect(yield* last.actor.runningStateChanges())
          const merge = MergeStrategy.byComponent(1n)
          const component1 = yield* collect(yield* last.actor.runningStateChanges({ merge }))
          yield* last.actor.actor.start
          yield* moveTo(30)
          const stopped = [`Stopped 1 CHARGE Recovered @${11 + restarts}`]
          assert.deepStrictEqual(component1.map(described), stopped)
          assert.deepStrictEqual(all.map(described), stopped)
          yield* last.end
        }).pipe(Effect.scoped, Effect.provide(layer))
      )

      it.effect(
        `a run of the same content is not stopped again ${restarts} restarts after it was ${how}`,
        () =>
          Effect.gen(function* () {
            const { start, unreliable } = yield* blindAtFirst(first, first)
            const second = yield* start
            yield* moveTo(11)
            assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
            // Another version is told in between.
            yield* put("Updated", otherTarget)
            yield* moveTo(11.5)
            yield* end
            yield* moveTo(12)
            assert.include(second.takeChanges().at(-1), "Stopped 1")
            yield* second.end
            for (let blind = 1; blind < restarts; blind++) {
              const third = yield* start
              yield* moveTo(12 + blind)
              yield* third.end
            }
            unreliable.release()
            const last = yield* start
            yield* moveTo(30)
            assert.deepStrictEqual(last.takeChanges(), [])
            yield* last.end
          }).pipe(Effect.scoped, Effect.provide(layer))
      )
    }
  }

  it.effect(
    "R5: what this process told and left for other content is not told once more when it is read",
    () =>
      Effect.gen(function* () {
        const { letRead, start } = yield* blindAtFirst(first, first)
        const second = yield* start
        yield* moveTo(11)
        yield* put("Updated", otherTarget)
        yield* moveTo(12)
        const told = ["Running 1 CHARGE Created @10", "Running 1 CHARGE Updated @11"]
        assert.deepStrictEqual(second.takeChanges(), told)
        letRead()
        yield* moveTo(60)
        assert.deepStrictEqual(second.takeChanges(), [])
        yield* second.end
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "what a process wrote beside is handed on by the next, which reads that and not the older record",
    () =>
      Effect.gen(function* () {
        const { start, unreliable } = yield* blindAtFirst(first, first)
        const second = yield* start
        yield* moveTo(11)
        yield* remove(1n)
        assert.deepStrictEqual(second.takeChanges().length, 2)
        yield* moveTo(12)
        yield* second.end
        unreliable.fateOf = (operation, key) =>
          operation === "get" && key.endsWith("/group-1") ? "Failed" : "Done"
        const third = yield* start
        yield* put("Created", dispatch({ id: 257n, ...hour }))
        yield* moveTo(20)
        assert.deepStrictEqual(third.takeChanges(), ["Running 257 CHARGE Created @12"])
        yield* third.end
        assert.strictEqual([...unreliable.values.keys()].filter((key) => key.includes("/group-1.")).length, 1)
        unreliable.release()
        const fourth = yield* start
        yield* moveTo(30)
        assert.deepStrictEqual(fourth.takeChanges(), ["Running 257 CHARGE Recovered @20"])
        yield* fourth.end
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  for (const returns of [false, true]) {
    it.effect(
      `a run is stopped after a process that decided to tell the same, and whose note ${returns ? "came too late" : "never returned"}`,
      () =>
        Effect.gen(function* () {
          const { start, unreliable } = yield* blindAtFirst(first, first)
          const fate = unreliable.fateOf
          unreliable.fateOf = (operation, key) =>
            operation === "set" && key.includes("note-") ? "Hanging" : fate(operation, key)
          const second = yield* start
          yield* moveTo(11)
          yield* remove(1n)
          if (returns) {
            unreliable.release()
            unreliable.fateOf = fate
          }
          yield* moveTo(12)
          assert.deepStrictEqual(second.takeChanges(), [])
          // A note that never returns is waited for in vain.
          const end = yield* Effect.forkChild(Scope.close(second.scope, Exit.void))
          yield* moveTo(20)
          yield* Fiber.join(end)
          unreliable.abandon()
          const third = yield* start
          yield* moveTo(30)
          assert.deepStrictEqual(third.takeChanges(), ["Stopped 1 CHARGE Recovered @20"])
          yield* third.end
        }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }
})
