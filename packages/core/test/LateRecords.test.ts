import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import * as Target from "@effect-dispatch/core/Target"
import * as Timeline from "../src/internal/timeline/timeline.ts"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Option, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { unreadable } from "./mirroring.ts"
import { Between, described, layer, startProcess } from "./recovering.ts"
import { collect, hold, moveTo, put, remove, secondsOf, settle } from "./site.ts"
import { blindAtFirst } from "./unread.ts"

const hour = { duration: Duration.hours(1) }
const denied = DispatchError.permissionDenied("not you")
const unavailable = DispatchError.unavailable("gone")

/**
 * A first process knew these and ended at 5 s. At 10 s another starts, whose store cannot be read: it gives `read`, after
 * which the records that are still in the way are read when they are tried next.
 */
const unreadAtFirst = Effect.fnUntraced(function* (
  known: ReadonlyArray<Dispatch>,
  isInTheWay: (key: string) => boolean = () => true
) {
  yield* TestClock.setTime(t0 - 10_000)
  yield* hold(...known)
  const first = yield* startProcess
  yield* moveTo(5)
  yield* first.end
  yield* moveTo(10)
  const memory = yield* KeyValueStore.KeyValueStore
  let isRead = false
  const failure = new KeyValueStore.KeyValueStoreError({ method: "get", message: "not now" })
  const store = KeyValueStore.make({
    ...memory,
    get: (key) => (isRead || !isInTheWay(key) ? memory.get(key) : Effect.fail(failure))
  })
  const start = Effect.provideService(startProcess, SitePersistence.SitePersistence, Option.some(store))
  return { service: yield* ScriptedService, memory, start, letRead: () => (isRead = true) }
})

describe("S10: what is read late of what an earlier process knew", () => {
  it.effect("is confirmed by the listing that is asked for, or by the answer to its doubt", () =>
    Effect.gen(function* () {
      const { letRead, service, start } = yield* unreadAtFirst([
        dispatch(hour),
        dispatch({ id: 2n, ...hour })
      ])
      yield* service.holdSilently(dispatch({ id: 2n }).id, undefined)
      yield* service.holdSilently(dispatch().id, undefined)
      const second = yield* start
      assert.deepStrictEqual(second.takeChanges(), [])
      yield* service.holdSilently(dispatch().id, dispatch(hour))
      letRead()
      yield* moveTo(11)
      // A start waits until it is noted, a stop for nothing.
      assert.deepStrictEqual(second.takeChanges().sort(), [
        "Running 1 CHARGE Recovered @11",
        "Stopped 2 CHARGE Deleted @11"
      ])
      assert.deepStrictEqual(second.takeEvents(), ["Created 1"])
      assert.strictEqual((yield* second.actor.status)._tag, "Synchronised")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "is stopped at once if it must not run, and waits for 5 s if the listing was refused before",
    () =>
      Effect.gen(function* () {
        const { letRead, start } = yield* unreadAtFirst([
          dispatch({ duration: Duration.seconds(8) }),
          dispatch({ id: 2n, ...hour }),
          dispatch({ id: 3n, startTime: at(12), duration: Duration.zero })
        ])
        const between = yield* Between
        between.list = () => Stream.fail(denied)
        const second = yield* start
        letRead()
        yield* moveTo(11)
        assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Recovered @11"])
        yield* moveTo(15.999)
        assert.deepStrictEqual([second.takeChanges(), second.takeEvents()], [[], []])
        yield* moveTo(16)
        assert.deepStrictEqual(second.takeChanges(), [
          "Running 3 CHARGE Recovered @16",
          "Stopped 3 CHARGE Recovered @16",
          "Running 2 CHARGE Recovered @16"
        ])
        assert.deepStrictEqual(second.takeEvents().sort(), ["Created 1", "Created 2", "Created 3"])
        assert.strictEqual((yield* second.actor.status)._tag, "Stale")
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("counts as confirmed when the listing that it asks for fails, after one that was whole", () =>
    Effect.gen(function* () {
      const { letRead, service, start } = yield* unreadAtFirst([dispatch(hour)])
      yield* service.holdSilently(dispatch().id, undefined)
      const second = yield* start
      assert.strictEqual((yield* second.actor.status)._tag, "Synchronised")
      const between = yield* Between
      between.list = () => Stream.fail(unavailable)
      letRead()
      yield* moveTo(11)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Recovered @11"])
      assert.strictEqual((yield* second.actor.status)._tag, "Stale")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("counts as confirmed, stale, 5 s after it was read, if that listing hangs", () =>
    Effect.gen(function* () {
      const { letRead, service, start } = yield* unreadAtFirst([dispatch(hour)])
      yield* service.holdSilently(dispatch().id, undefined)
      const second = yield* start
      const between = yield* Between
      between.list = () => Stream.never
      letRead()
      yield* moveTo(15.999)
      assert.deepStrictEqual(second.takeChanges(), [])
      assert.strictEqual((yield* second.actor.status)._tag, "Synchronised")
      yield* moveTo(16)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Recovered @16"])
      assert.strictEqual((yield* second.actor.status)._tag, "Stale")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("waits no longer because another record is read while it waits", () =>
    Effect.gen(function* () {
      let isOneRead = false
      const { letRead, service, start } = yield* unreadAtFirst(
        [dispatch(hour), dispatch({ id: 2n, ...hour })],
        (key) => !isOneRead || key.endsWith("group-2")
      )
      for (const id of [1n, 2n]) yield* service.holdSilently(dispatch({ id }).id, undefined)
      const second = yield* start
      const between = yield* Between
      between.list = () => Stream.never
      isOneRead = true
      yield* moveTo(11)
      letRead()
      yield* moveTo(15.999)
      assert.deepStrictEqual(second.takeChanges(), [])
      yield* moveTo(16)
      assert.deepStrictEqual(second.takeChanges().sort(), [
        "Running 1 CHARGE Recovered @16",
        "Running 2 CHARGE Recovered @16"
      ])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "is confirmed, changed or deleted by an event meanwhile; what it no more calls on ends in time",
    () =>
      Effect.gen(function* () {
        const { letRead, service, start } = yield* unreadAtFirst([
          dispatch(hour),
          dispatch({ id: 2n, ...hour }),
          dispatch({ id: 3n, duration: Duration.seconds(13) })
        ])
        const between = yield* Between
        between.list = () => Stream.never
        const second = yield* start
        letRead()
        yield* moveTo(11)
        assert.deepStrictEqual(second.takeChanges(), [])
        yield* service.put("Updated", dispatch({ version: 2, payload: { x: 1 }, ...hour }))
        yield* service.remove(dispatch({ id: 2n }).id)
        yield* settle
        yield* moveTo(14)
        assert.deepStrictEqual(second.takeChanges().sort(), [
          "Running 1 CHARGE Recovered @11",
          "Stopped 2 CHARGE Deleted @11",
          "Stopped 3 CHARGE Scheduled @13"
        ])
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("hides nothing else: one note that is never read", () =>
    Effect.gen(function* () {
      const known = [dispatch({ duration: Duration.seconds(8) }), dispatch({ id: 2n, ...hour })]
      const { memory, service, start } = yield* unreadAtFirst(known, (key) => key.includes("note-"))
      yield* memory.set(`microgrid-1/note-${t0 + 6_000}`, "whatever it is")
      yield* service.failWith(unavailable)
      const second = yield* start
      assert.deepStrictEqual(second.takeChanges(), [
        "Stopped 1 CHARGE Recovered @10",
        "Running 2 CHARGE Recovered @10"
      ])
      yield* second.end
      assert.strictEqual(yield* memory.get(`microgrid-1/note-${t0 + 6_000}`), "whatever it is")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("R11: another record of what is unconfirmed", () => {
  const version = dispatch(hour)
  const running: RunningStateChange = {
    dispatch: version,
    state: "Running",
    at: at(0),
    decidedAt: at(0),
    occurrence: at(0),
    until: at(3_600),
    continues: false,
    cause: "Recovered"
  }
  const remembered = (fields: Partial<Timeline.Remembered>): Timeline.Remembered => ({
    id: version.id,
    version,
    announced: [],
    executed: undefined,
    evaluatedAt: t0,
    ...fields
  })
  /** A group was read at 10 s; now a note is read. */
  const recoverAgain = (note: Partial<Timeline.Remembered>) => {
    const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1) })
    Timeline.recover(timeline, [remembered({})], t0 + 10_000)
    return { timeline, ...Timeline.recover(timeline, [remembered(note)], t0 + 11_000) }
  }

  it("that says that it runs leaves it running, until it is confirmed", () => {
    const { stops, timeline } = recoverAgain({ announced: [running] })
    assert.deepStrictEqual(stops, [])
    const { starts } = Timeline.evaluate(
      timeline,
      [{ id: version.id, version, cause: "Recovered", late: false }],
      t0 + 12_000
    )
    assert.deepStrictEqual(
      starts.map(({ cause, previous, state }) => [state, cause, previous]),
      [["Running", "Recovered", undefined]]
    )
  })

  const ofTarget = (version: number) => {
    const other = dispatch({ ...hour, version, target: Target.componentIds(BigInt(version)) })
    return { ...running, dispatch: other }
  }

  it("that repeats runs of several forms and adds one tells of the end of each once", () => {
    const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1) })
    const announced = [ofTarget(1), ofTarget(2)]
    Timeline.recover(timeline, [remembered({ announced })], t0 + 10_000)
    const all = [ofTarget(5), ...announced]
    const again = Timeline.recover(timeline, [remembered({ announced: all })], t0 + 11_000)
    assert.deepStrictEqual(again.stops, [])
    const gone = { id: version.id, version: undefined, cause: "Deleted" as const, late: false }
    const { stops } = Timeline.evaluate(timeline, [gone], t0 + 12_000)
    assert.deepStrictEqual(
      stops.map((stop) => stop.dispatch),
      all.map((run) => run.dispatch)
    )
  })

  it("that knows of the end of a run that an older record announced leaves nothing to stop", () => {
    const { timeline } = recoverAgain({})
    Timeline.recover(timeline, [remembered({ announced: [running] })], t0 + 11_000)
    Timeline.recover(timeline, [remembered({})], t0 + 12_000)
    const gone = { id: version.id, version: undefined, cause: "Deleted" as const, late: false }
    assert.deepStrictEqual(Timeline.evaluate(timeline, [gone], t0 + 13_000).stops, [])
  })

  it("that repeats a run which was stopped since leaves nothing to stop", () => {
    for (const fields of [{ version: undefined }, { version: dispatch({ ...hour, active: false }) }]) {
      const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1) })
      const one = remembered({ ...fields, announced: [running] })
      assert.lengthOf(Timeline.recover(timeline, [one], t0 + 10_000).stops, 1)
      const again = Timeline.recover(timeline, [{ ...one, repeated: one }], t0 + 11_000)
      assert.deepStrictEqual(again.stops, [])
    }
  })

  it("that is read late moves on every form in it that the own run replaces", () => {
    const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1) })
    const own = ofTarget(7).dispatch
    const { starts } = Timeline.evaluate(
      timeline,
      [{ id: own.id, version: own, cause: "Created", late: false }],
      t0 + 10_000
    )
    Timeline.tell(timeline, starts, t0 + 10_000)
    const announced = [ofTarget(1), ofTarget(2)]
    const late = Timeline.recover(timeline, [remembered({ version: undefined, announced })], t0 + 11_000)
    assert.deepStrictEqual(
      late.moved.map((stop) => stop.dispatch),
      announced.map((run) => run.dispatch)
    )
    assert.deepStrictEqual(
      late.starts.map(({ dispatch: { updateTime }, previous }) => [updateTime, previous?.updateTime]),
      [[7n, 2n]]
    )
  })

  it("that says that it must not run stops it at once", () => {
    const { inherited, stops } = recoverAgain({
      version: dispatch({ ...hour, version: 2, active: false }),
      announced: [running]
    })
    assert.deepStrictEqual([stops.length, inherited], [1, stops])
  })
})

describe("S10: a run in a late record that this process has not told", () => {
  for (const [name, change] of [
    ["deleted", remove(1n)],
    ["deactivated", put("Updated", dispatch({ ...hour, version: 2, active: false }))],
    ["made a command", put("Updated", dispatch({ ...hour, version: 2, duration: Duration.zero }))]
  ] as const) {
    it.effect(`is stopped when it is ${name} before this process could tell its own`, () =>
      Effect.gen(function* () {
        const { letRead, start, unreliable } = yield* blindAtFirst(dispatch(hour), dispatch(hour), {
          holdsNotes: true
        })
        const second = yield* start
        letRead()
        yield* moveTo(11.5)
        assert.deepStrictEqual(second.takeChanges(), [])
        yield* change
        yield* moveTo(12)
        assert.deepStrictEqual(
          second.takeChanges().map((one) => one.split(" ")[0]),
          ["Stopped"]
        )
        unreliable.release()
        yield* second.end
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  it.effect("is told once it could be, and then stops once", () =>
    Effect.gen(function* () {
      const { letRead, start, unreliable } = yield* blindAtFirst(dispatch(hour), dispatch(hour), {
        holdsNotes: true
      })
      const second = yield* start
      letRead()
      yield* moveTo(16)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
      yield* remove(1n)
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Deleted @16"])
      unreliable.release()
      yield* second.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("is stopped when this process is about to execute it as a command", () =>
    Effect.gen(function* () {
      const { letRead, start, unreliable } = yield* blindAtFirst(
        dispatch(hour),
        dispatch({ version: 2, startTime: at(10), duration: Duration.zero }),
        { holdsNotes: true }
      )
      const second = yield* start
      letRead()
      yield* moveTo(11.5)
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Recovered @11"])
      yield* moveTo(16)
      assert.deepStrictEqual(second.takeChanges(), [
        "Running 1 CHARGE Created @10",
        "Stopped 1 CHARGE Created @10"
      ])
      unreliable.release()
      yield* second.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  const otherTarget = dispatch({ ...hour, version: 2, target: Target.componentIds(2n) })

  for (const holdsNotes of [false, true]) {
    it.effect(
      `of another target is told as previous, and its identity stops (${holdsNotes ? "before" : "after"} its own was told)`,
      () =>
        Effect.gen(function* () {
          const { letRead, make, unreliable } = yield* blindAtFirst(dispatch(hour), otherTarget, {
            holdsNotes
          })
          const second = yield* make
          const follow = (merge?: MergeStrategy.MergeStrategy, current = false) =>
            Effect.flatMap(second.actor.runningStateChanges({ merge, current }), collect)
          const all = yield* follow()
          const component1 = yield* follow(MergeStrategy.byComponent(1n))
          const byTarget = yield* follow(MergeStrategy.byTypeTarget)
          yield* second.actor.actor.start
          yield* settle
          letRead()
          yield* moveTo(30)
          assert.deepStrictEqual(
            all.slice(-1).map((one) => [one.state, one.cause, one.previous?.updateTime]),
            [["Running", "Recovered", 1n]]
          )
          assert.isFalse(all.some(({ state }) => state === "Stopped"))
          const stopped = ["Stopped 1 CHARGE Recovered @11"]
          assert.deepStrictEqual(component1.map(described), stopped)
          const again = "Running 1 CHARGE Recovered @11"
          const told = holdsNotes ? [] : ["Running 1 CHARGE Created @10"]
          assert.deepStrictEqual(byTarget.map(described), [...told, ...stopped, again])
          const late = yield* follow(MergeStrategy.byComponent(1n), true)
          yield* settle
          assert.deepStrictEqual(late.map(described), stopped)
          unreliable.release()
          yield* second.end
        }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  it.effect("of another target stops beside the own one, if that ends before it could be told again", () =>
    Effect.gen(function* () {
      const { letRead, start, unreliable } = yield* blindAtFirst(dispatch(hour), otherTarget)
      const second = yield* start
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
      letRead()
      const canRead = unreliable.fateOf
      unreliable.fateOf = (operation, key) =>
        operation === "set" && key.includes("note-") ? "Hanging" : canRead(operation, key)
      yield* moveTo(11.5)
      yield* remove(1n)
      const stops = second.taken()
      assert.deepStrictEqual(
        stops.map(({ dispatch, state }) => [state, dispatch.updateTime]),
        [
          ["Stopped", 1n],
          ["Stopped", 2n]
        ]
      )
      unreliable.release()
      yield* second.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of another target is stopped, though a run of that occurrence was told here and is over", () =>
    Effect.gen(function* () {
      const { letRead, start, unreliable } = yield* blindAtFirst(dispatch(hour), otherTarget)
      const second = yield* start
      yield* put("Updated", dispatch({ ...hour, version: 3, active: false }))
      second.takeChanges()
      letRead()
      yield* moveTo(12)
      assert.deepStrictEqual(
        second.taken().map(({ dispatch, state }) => [state, dispatch.updateTime]),
        [["Stopped", 1n]]
      )
      unreliable.release()
      yield* second.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of another target is stopped by the process after one that told its own and never read it", () =>
    Effect.gen(function* () {
      const { make, start, unreliable } = yield* blindAtFirst(dispatch(hour), otherTarget)
      const second = yield* start
      yield* moveTo(11)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
      yield* second.end
      unreliable.release()
      const third = yield* make
      const changes = yield* collect(
        yield* third.actor.runningStateChanges({ merge: MergeStrategy.byComponent(1n) })
      )
      yield* third.actor.actor.start
      yield* moveTo(20)
      assert.deepStrictEqual(changes.map(described), ["Stopped 1 CHARGE Recovered @11"])
      yield* third.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  for (const [how, end] of [
    ["deleted", remove(1n)],
    ["such that it cannot be read", put("Updated", unreadable(3))]
  ] as const) {
    it.effect(`is stopped at once when its dispatch is ${how} by then`, () =>
      Effect.gen(function* () {
        const other = dispatch({ ...hour, version: 2, target: Target.componentIds(2n) })
        const { letRead, start } = yield* blindAtFirst(dispatch(hour), other)
        const second = yield* start
        yield* moveTo(11)
        yield* end
        const versions = () => second.taken().map(({ dispatch, state }) => `${state} v${dispatch.updateTime}`)
        assert.deepStrictEqual(versions(), ["Running v2", "Stopped v2"])
        letRead()
        yield* moveTo(90)
        assert.deepStrictEqual(versions(), ["Stopped v1"])
        yield* second.end
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  for (const [how, held] of [
    ["was deleted before this process knew it", undefined],
    ["could never be read by this process", unreadable(3)]
  ] as const) {
    it.effect(`is stopped at once when its dispatch ${how}`, () =>
      Effect.gen(function* () {
        const { letRead, start } = yield* blindAtFirst(dispatch(hour), dispatch(hour))
        const service = yield* ScriptedService
        yield* service.holdSilently(dispatch().id, held)
        const second = yield* start
        if (held === undefined) yield* service.remove(dispatch().id, dispatch(hour))
        yield* settle
        assert.deepStrictEqual(second.takeChanges(), [])
        letRead()
        yield* moveTo(12)
        assert.deepStrictEqual(
          second.taken().map(({ dispatch, state }) => `${state} v${dispatch.updateTime}`),
          ["Stopped v1"]
        )
        yield* second.end
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  for (const isActive of [false, true]) {
    const how = isActive ? "goes on in another form, and that is told" : "stops"
    it.effect(`${how} once, though another record is read after it`, () =>
      Effect.gen(function* () {
        const [v1, v2, v3] = [1, 2, 3].map((number) =>
          dispatch({
            ...hour,
            version: number,
            target: Target.componentIds(BigInt(number)),
            active: number < 3 || isActive
          })
        ) as [Dispatch, Dispatch, Dispatch]
        const { start, unreliable } = yield* blindAtFirst(v1, v2)
        const second = yield* start
        yield* moveTo(11)
        assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
        yield* second.end
        yield* hold(v3)
        // The third reads what the second wrote beside, and then what that could not read.
        const hide = (part: string) => {
          unreliable.fateOf = (operation, key) =>
            operation === "get" && key.includes(part) ? "Failed" : "Done"
        }
        hide("/group-1")
        const third = yield* start
        yield* moveTo(12)
        assert.lengthOf(third.takeChanges(), isActive ? 1 : 0)
        const told = () =>
          third
            .taken()
            .map(({ dispatch, previous, state }) => [state, dispatch.updateTime, previous?.updateTime])
        unreliable.fateOf = (operation, key) =>
          operation === "get" && key.endsWith("/group-1") ? "Failed" : "Done"
        yield* moveTo(90)
        assert.deepStrictEqual(told(), [isActive ? ["Running", 3n, 2n] : ["Stopped", 2n, undefined]])
        unreliable.release()
        yield* moveTo(180)
        assert.deepStrictEqual(told(), [isActive ? ["Running", 3n, 1n] : ["Stopped", 1n, undefined]])
        yield* third.end
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  it.effect("is stopped once if it ends while it waits, though another record repeats it then", () =>
    Effect.gen(function* () {
      const [v1, v2] = [1, 2].map((number) =>
        dispatch({
          duration: Duration.seconds(13),
          version: number,
          target: Target.componentIds(BigInt(number))
        })
      ) as [Dispatch, Dispatch]
      const { start, unreliable } = yield* blindAtFirst(v1, v2)
      const second = yield* start
      yield* moveTo(11)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Created @10"])
      yield* second.end
      // The third waits for a service that does not answer, and reads what the first left when the run is over.
      const between = yield* Between
      between.list = () => Stream.never
      unreliable.fateOf = (operation, key) =>
        operation === "get" && key.endsWith("/group-1") ? "Failed" : "Done"
      const third = yield* start
      const told = () =>
        third.taken().map(({ decidedAt, dispatch }) => [dispatch.updateTime, secondsOf(decidedAt)])
      assert.deepStrictEqual(told(), [])
      yield* moveTo(13)
      assert.deepStrictEqual(told(), [[2n, 13]])
      unreliable.fateOf = () => "Done"
      yield* moveTo(90)
      assert.deepStrictEqual(told(), [[1n, 14]])
      yield* third.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of another kind is stopped, and the own run goes on for its identity", () =>
    Effect.gen(function* () {
      const live = dispatch({ ...hour, version: 2 })
      const { letRead, make } = yield* blindAtFirst(dispatch({ ...hour, dryRun: true }), live)
      const second = yield* make
      const changes = yield* collect(yield* second.actor.runningStateChanges({ merge: MergeStrategy.byType }))
      yield* second.actor.actor.start
      yield* settle
      letRead()
      yield* moveTo(12)
      yield* remove(1n)
      assert.deepStrictEqual(
        changes.map(({ dispatch: { dryRun }, state }) => [state, dryRun]),
        [
          ["Running", false],
          ["Stopped", true],
          ["Stopped", false]
        ]
      )
      yield* second.end
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("R9: of ids that are gone and forgotten", () => {
  it("the latest instant counts, in whichever order the records are read", () => {
    const timeline = Timeline.make({ catchUpWindow: Duration.minutes(1) })
    Timeline.recover(timeline, [], t0, t0 + 500)
    Timeline.recover(timeline, [], t0, t0 + 100)
    assert.strictEqual(timeline.forgottenUpTo, t0 + 500)
  })
})
