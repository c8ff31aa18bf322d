import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "./fixtures.ts"
import { Between, described, layer, makeProcess, startProcess } from "./recovering.ts"
import { collect, hold, moveTo, put, remove, secondsOf } from "./site.ts"
import { blindAtFirst } from "./unread.ts"

type Process = Effect.Success<typeof makeProcess>

const before = dispatch({
  duration: Duration.hours(1),
  target: Target.componentIds(1n),
  payload: { zone: "a" }
})
const after = dispatch({
  version: 2,
  duration: Duration.hours(1),
  target: Target.componentIds(2n),
  payload: { zone: "b" }
})
const byZone: MergeStrategy.MergeStrategy = { identity: ({ payload }) => String(payload["zone"]) }
const component1 = MergeStrategy.byComponent(1n)

const follow = ({ actor, scope }: Process, merge?: MergeStrategy.MergeStrategy, current = false) =>
  Effect.map(
    Effect.flatMap(actor.runningStateChanges({ merge, current }), (changes) =>
      Effect.provideService(collect(changes), Scope.Scope, scope)
    ),
    (told) => () => told.splice(0).map(described)
  )

/** A first process tells of a version from 0 s on, and ends at 5 s. */
const left = Effect.fnUntraced(function* (version: Dispatch = before) {
  yield* TestClock.setTime(t0 - 10_000)
  yield* hold(version)
  const first = yield* startProcess
  yield* moveTo(5)
  yield* first.end
})

/** A second process, from 10 s on, not yet started. */
const second = Effect.fnUntraced(function* (version: Dispatch = after) {
  yield* moveTo(10)
  yield* hold(version)
  return yield* makeProcess
})

describe("R11: a run goes on under another identity after a restart", () => {
  const strategies: ReadonlyArray<readonly [string, MergeStrategy.MergeStrategy | undefined, Array<string>]> =
    [
      ["of no more than the old", component1, ["Stopped 1 CHARGE Recovered @10"]],
      [
        "of any target",
        MergeStrategy.byTypeTarget,
        ["Stopped 1 CHARGE Recovered @10", "Running 1 CHARGE Recovered @10"]
      ],
      ["of one's own", byZone, ["Stopped 1 CHARGE Recovered @10", "Running 1 CHARGE Recovered @10"]],
      ["that both have", MergeStrategy.byType, ["Running 1 CHARGE Recovered @10"]],
      ["that is not merged", undefined, ["Running 1 CHARGE Recovered @10"]]
    ]
  for (const [name, merge, told] of strategies) {
    it.effect(`and a subscriber ${name} is told first that the old one stops`, () =>
      Effect.gen(function* () {
        yield* left()
        const process = yield* second()
        const standing = yield* follow(process, merge)
        const present = yield* follow(process, merge, true)
        yield* process.actor.actor.start
        yield* moveTo(20)
        assert.deepStrictEqual(standing(), told)
        assert.deepStrictEqual(present(), told)
        const late = yield* follow(process, merge, true)
        yield* moveTo(609)
        assert.deepStrictEqual(late(), told)
        assert.deepStrictEqual((yield* follow(process, merge))(), [])
        yield* moveTo(611)
        const tooLate = yield* follow(process, merge, true)
        yield* moveTo(612)
        assert.deepStrictEqual(
          tooLate(),
          told.filter((one) => one.startsWith("Running"))
        )
        yield* process.end
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  it.effect("the old one is stopped as it was announced, with the new one as next", () =>
    Effect.gen(function* () {
      yield* left()
      const process = yield* second(
        dispatch({ version: 2, duration: Duration.hours(2), target: Target.componentIds(2n) })
      )
      const changes = yield* Effect.provideService(
        collect(yield* process.actor.runningStateChanges({ merge: component1 })),
        Scope.Scope,
        process.scope
      )
      yield* process.actor.actor.start
      yield* moveTo(11)
      assert.deepStrictEqual(
        changes.map(({ at, continues, dispatch, next, occurrence, until }) => [
          secondsOf(at),
          continues,
          dispatch.updateTime,
          next?.updateTime,
          secondsOf(occurrence),
          until && secondsOf(until)
        ]),
        [[10, false, 1n, 2n, 0, 3_600]]
      )
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("and nothing of the old one is told while another dispatch of it runs", () =>
    Effect.gen(function* () {
      yield* left()
      yield* hold(dispatch({ id: 2n, duration: Duration.hours(1) }))
      const process = yield* second()
      const changes = yield* follow(process, component1)
      yield* process.actor.actor.start
      yield* moveTo(20)
      assert.deepStrictEqual(changes(), ["Running 2 CHARGE Created @10"])
      yield* remove(2n)
      assert.deepStrictEqual(changes(), ["Stopped 2 CHARGE Deleted @20"])
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("and a version without an identity leaves the old one as well", () =>
    Effect.gen(function* () {
      yield* left()
      const process = yield* second(dispatch({ version: 2, duration: Duration.hours(1) }))
      const changes = yield* follow(process, {
        identity: ({ payload: { zone } }) => {
          if (typeof zone !== "string") throw new Error("no zone")
          return zone
        }
      })
      yield* process.actor.actor.start
      yield* moveTo(20)
      assert.deepStrictEqual(changes(), ["Stopped 1 CHARGE Recovered @10"])
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("by an event in the wait", () =>
    Effect.gen(function* () {
      yield* left()
      const between = yield* Between
      between.list = () => Stream.never
      const process = yield* second(before)
      const changes = yield* follow(process, component1)
      yield* process.actor.actor.start
      yield* moveTo(11)
      yield* put("Updated", after)
      yield* moveTo(12)
      assert.deepStrictEqual(changes(), ["Stopped 1 CHARGE Recovered @11"])
      yield* process.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("nobody who could tell them apart was there: the next process tells it", () =>
    Effect.gen(function* () {
      yield* left()
      const process = yield* second()
      yield* process.actor.actor.start
      yield* moveTo(15)
      yield* process.end
      const third = yield* makeProcess
      const changes = yield* follow(third, component1)
      yield* third.actor.actor.start
      yield* moveTo(20)
      assert.deepStrictEqual(changes(), ["Stopped 1 CHARGE Recovered @15"])
      yield* third.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("that nobody took is for those alone who tell the versions apart, over two restarts", () =>
    Effect.gen(function* () {
      yield* left()
      const process = yield* second()
      yield* process.actor.actor.start
      yield* moveTo(15)
      yield* process.end
      const third = yield* startProcess
      assert.deepStrictEqual(
        third.taken().map(({ cause, previous, state }) => [state, cause, previous]),
        [["Running", "Recovered", undefined]]
      )
      yield* moveTo(20)
      yield* third.end
      yield* hold(dispatch({ version: 3, active: false }))
      const fourth = yield* makeProcess
      const all = yield* follow(fourth)
      const byTarget = yield* follow(fourth, MergeStrategy.byTypeTarget)
      const old = yield* follow(fourth, component1)
      yield* fourth.actor.actor.start
      yield* moveTo(30)
      const stopped = "Stopped 1 CHARGE Recovered @20"
      assert.deepStrictEqual([all(), byTarget(), old()], [[stopped], [stopped, stopped], [stopped]])
      yield* fourth.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("that was taken, the next process tells it no more", () =>
    Effect.gen(function* () {
      yield* left()
      const process = yield* second()
      yield* process.actor.actor.start
      yield* moveTo(15)
      const taken = yield* follow(process, component1, true)
      yield* moveTo(16)
      assert.deepStrictEqual(taken(), ["Stopped 1 CHARGE Recovered @10"])
      yield* process.end
      const third = yield* makeProcess
      const changes = yield* follow(third, component1)
      yield* third.actor.actor.start
      yield* moveTo(20)
      assert.deepStrictEqual(changes(), [])
      yield* third.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("R11: a stop that an earlier process left", () => {
  it.effect("is taken by nobody who does not ask for the present", () =>
    Effect.gen(function* () {
      yield* left()
      const process = yield* second(dispatch({ version: 2, active: false }))
      yield* process.actor.actor.start
      yield* moveTo(11)
      const changes = yield* follow(process)
      yield* moveTo(12)
      assert.deepStrictEqual(changes(), [])
      yield* process.end
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges(), ["Stopped 1 CHARGE Recovered @12"])
      yield* third.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("R11: a run that has gone on under another identity, in records that are read one after the other", () => {
  it.effect("is told of as stopped once", () =>
    Effect.gen(function* () {
      const { letRead, make, start, unreliable } = yield* blindAtFirst(before, after)
      letRead()
      const second = yield* start
      yield* moveTo(11)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Recovered @10"])
      // Both the group and a later note tell that the first version has gone on as another one.
      unreliable.fateOf = (operation, key) =>
        operation === "set" && key.includes("group-") ? "Failed" : "Done"
      yield* put(
        "Updated",
        dispatch({ version: 3, duration: Duration.hours(1), target: Target.componentIds(2n) })
      )
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Updated @11"])
      yield* second.end
      unreliable.fateOf = (operation, key) =>
        operation === "get" && key.includes("note-") ? "Failed" : "Done"
      const third = yield* make
      const told = yield* follow(third, MergeStrategy.byTypeTarget)
      yield* third.actor.actor.start
      yield* moveTo(12)
      const states = () => told().map((one) => one.split(" ")[0])
      assert.deepStrictEqual(states(), ["Stopped", "Running"])
      unreliable.fateOf = () => "Done"
      yield* moveTo(90)
      assert.deepStrictEqual(states(), [])
      yield* third.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
