import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { type Fate, UnreliableStore } from "./internal/site/unreliableStore.ts"
import { layer, startProcess } from "./recovering.ts"
import { hold, moveTo, put, remove, settle } from "./site.ts"

const endless = { duration: Duration.infinity }
const command = (seconds: number, version = 1) =>
  dispatch({ version, startTime: at(seconds), duration: Duration.zero })

/** Processes one after the other; what hides a record is set before each. */
const processes = Effect.gen(function* () {
  const unreliable = new UnreliableStore()
  const cannotRead = (isHidden: (key: string) => boolean) => {
    unreliable.fateOf = (operation, key): Fate => (operation === "get" && isHidden(key) ? "Failed" : "Done")
  }
  const start = Effect.provideService(
    startProcess,
    SitePersistence.SitePersistence,
    Option.some(unreliable.store)
  )
  return { start, cannotRead, readsAll: () => unreliable.release() }
})

const everything = () => true
const nothing = () => false
const first = (key: string) => key.endsWith("/group-1")
const beside = (key: string) => key.includes("/group-1.")

/** The clock is set back to before the command, and its time comes again. */
const again = Effect.fnUntraced(function* ({ actor, takeChanges }: Effect.Success<typeof startProcess>) {
  yield* actor.actor.stop()
  yield* TestClock.setTime(t0 - 20_000)
  yield* actor.actor.start
  yield* settle
  yield* moveTo(1)
  return takeChanges()
})

const executed = ["Running 1 CHARGE Scheduled @0", "Stopped 1 CHARGE Scheduled @0"]

describe("S10, R9: what one process executed, and the next could not read", () => {
  for (const [how, isHiddenAtLast] of [
    ["reads all at once", nothing],
    ["reads it late", first]
  ] as const) {
    for (const isGone of [false, true]) {
      it.effect(
        `is not executed again by one that ${how}${isGone ? ", of an id that is gone and comes back" : ""}`,
        () =>
          Effect.gen(function* () {
            yield* TestClock.setTime(t0 - 10_000)
            const { cannotRead, readsAll, start } = yield* processes
            yield* hold(command(0))
            const one = yield* start
            yield* moveTo(5)
            assert.deepStrictEqual(one.takeChanges(), executed)
            yield* one.end
            cannotRead(everything)
            const blind = yield* start
            yield* moveTo(12)
            if (isGone) yield* remove(1n)
            yield* moveTo(13)
            assert.deepStrictEqual(blind.takeChanges(), [])
            yield* blind.end
            cannotRead(isHiddenAtLast)
            const third = yield* start
            yield* moveTo(15)
            readsAll()
            yield* moveTo(40)
            yield* third.end
            const last = yield* start
            yield* moveTo(45)
            if (isGone) yield* put("Created", command(0, 5))
            assert.deepStrictEqual(yield* again(last), [])
            yield* last.end
          }).pipe(Effect.scoped, Effect.provide(layer))
      )
    }
  }

  it.effect(
    "is not executed by one that may not know all executions of the group, and is when it knows",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        const { cannotRead, readsAll, start } = yield* processes
        yield* hold(command(20))
        const one = yield* start
        yield* moveTo(5)
        yield* one.end
        cannotRead(everything)
        const blind = yield* start
        yield* moveTo(25)
        assert.lengthOf(blind.takeChanges(), 2)
        yield* blind.end
        cannotRead(beside)
        const third = yield* start
        yield* moveTo(31)
        yield* put("Updated", command(40, 2))
        yield* moveTo(41)
        assert.deepStrictEqual(third.takeChanges(), [
          "Running 1 CHARGE Scheduled @40",
          "Stopped 1 CHARGE Scheduled @40"
        ])
        readsAll()
        yield* moveTo(50)
        yield* third.end
        const last = yield* start
        yield* moveTo(60)
        assert.deepStrictEqual([last.takeChanges(), last.takeMissed()], [[], []])
        yield* last.end
      }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("S10, R11: a process that could read nothing, whose clock was set back", () => {
  for (const isHiddenAtLast of [nothing, first]) {
    it.effect(
      `leaves its runs to the next one, which reads the older record ${isHiddenAtLast(`/group-1`) ? "late" : "at once"}`,
      () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(t0 + 3_600_000)
          const service = yield* ScriptedService
          const { cannotRead, readsAll, start } = yield* processes
          yield* hold(dispatch(endless))
          const one = yield* start
          yield* moveTo(3_605)
          yield* one.end
          yield* TestClock.setTime(t0)
          cannotRead(everything)
          yield* hold(dispatch({ id: 257n, ...endless }))
          const blind = yield* start
          yield* moveTo(5)
          assert.include(blind.takeChanges(), "Running 257 CHARGE Created @0")
          yield* blind.end
          yield* service.holdSilently(dispatch({ id: 257n }).id, undefined)
          cannotRead(isHiddenAtLast)
          const last = yield* start
          yield* moveTo(7)
          readsAll()
          yield* moveTo(40)
          const changes = last.takeChanges()
          assert.lengthOf(
            changes.filter((change) => change.startsWith("Stopped 257")),
            1
          )
          assert.lengthOf(
            changes.filter((change) => change.startsWith("Stopped 1 ")),
            0
          )
          yield* last.end
        }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }
})
