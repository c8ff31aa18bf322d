import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Layer, Scope, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "../../fixtures.ts"
import { collect, hold, inShort, microgridId, moveTo, quiet, secondsOf, settle } from "../../site.ts"

/** A store in memory of which every write takes a while, or never returns. */
const storeThatTakes = (first: number) => {
  const values = new Map<string, string>()
  const observed = { millis: first, notes: 0 }
  const wait = Effect.suspend(() =>
    observed.millis === Infinity ? Effect.never : Effect.sleep(observed.millis)
  )
  const store = KeyValueStore.make({
    get: (key) => Effect.sync(() => values.get(key)),
    getUint8Array: () => Effect.undefined,
    set: (key, value) =>
      Effect.andThen(
        wait,
        Effect.sync(() => {
          if (key.includes("note-")) observed.notes += 1
          values.set(key, String(value))
        })
      ),
    remove: (key) =>
      Effect.andThen(
        wait,
        Effect.sync(() => void values.delete(key))
      ),
    clear: Effect.sync(() => values.clear()),
    keys: Effect.sync(() => [...values.keys()]),
    size: Effect.sync(() => values.size)
  })
  return { observed, store }
}

// A turn that tells 100,000 starts takes long on a busy machine, and the clock waits for it.
const timers = TestClock.layer({ warningDelay: "1 minute" })

const layerOf = (store: KeyValueStore.KeyValueStore | undefined) => layerOn(timers, store)

const layerOn = <Clocks>(clocks: Layer.Layer<Clocks>, store: KeyValueStore.KeyValueStore | undefined) =>
  DispatchScheduler.layer.pipe(
    Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
    Layer.merge(ScriptedService.layer),
    Layer.merge(
      store === undefined
        ? Layer.empty
        : SitePersistence.layer.pipe(Layer.provide(Layer.succeed(KeyValueStore.KeyValueStore, store)))
    ),
    Layer.provideMerge(Probe.layer),
    Layer.provideMerge(clocks)
  )

/** An actor that has begun ten seconds before `t0`, and when each change was told. */
const start = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const actor = yield* DispatchingActor.make({
    microgridId,
    sync: quiet,
    subscriberCapacity: 1_000_000
  }).pipe(Scope.provide(scope))
  const told = yield* timed(yield* actor.runningStateChanges())
  yield* actor.actor.start
  yield* settle
  return { actor, told, close: Scope.close(scope, Exit.void) }
})

/** Everything a stream gives, with the time in milliseconds after `t0` at which it came. */
const timed = Effect.fnUntraced(function* (changes: Stream.Stream<RunningStateChange>) {
  const clock = yield* Clock.Clock
  const all: Array<{ readonly change: RunningStateChange; readonly after: number }> = []
  const note = (change: RunningStateChange) =>
    Effect.sync(() => void all.push({ change, after: clock.currentTimeMillisUnsafe() - t0 }))
  yield* Effect.forkScoped(Stream.runForEach(changes, note))
  return all
})

/** A line for each thing that subscribers are told, in order. */
const logOf = Effect.fnUntraced(function* (
  actor: DispatchingActor.DispatchingActor["Service"],
  ofChange: (change: RunningStateChange) => string
) {
  const log: Array<string> = []
  const note = <A>(stream: Stream.Stream<A>, name: (value: A) => string) =>
    Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => log.push(name(value)))))
  yield* note(yield* actor.lifecycleEvents(), ({ _tag, dispatch: { id } }) => `${_tag} ${id}`)
  yield* note(yield* actor.runningStateChanges(), ofChange)
  yield* note(yield* actor.missedRuns(), ({ dispatch: { id }, reason }) => `${reason} ${id}`)
  return log
})

const many = (count: number, fields: Parameters<typeof dispatch>[0]) =>
  Array.from({ length: count }, (_, index) => dispatch({ ...fields, id: BigInt(1_000 + index) }))

describe("told in slices", () => {
  it.effect(
    "no stop waits for a write: behind 2,000 new runs and a store of 10 ms a write, it is on time",
    () => {
      const { store } = storeThatTakes(10)
      return Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        const service = yield* ScriptedService.ScriptedService
        yield* hold(dispatch())
        const { told } = yield* start
        yield* moveTo(59.99)
        assert.deepStrictEqual(
          told.map(({ change }) => inShort(change)),
          ["Running 1 @0"]
        )
        for (const one of many(2_000, { startTime: at(0), duration: Duration.hours(1) })) {
          yield* service.put("Created", one)
        }
        yield* moveTo(65)
        const stop = told.find(({ change }) => change.state === "Stopped")
        assert.isAtMost(stop?.after ?? Infinity, 60_100)
        assert.strictEqual(told.length, 2_002)
      }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
    }
  )

  it.effect("no stop waits for a store that hangs; subscriptions complete, and the scope closes", () => {
    const { store } = storeThatTakes(Infinity)
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      yield* hold(dispatch())
      const { actor, close, told } = yield* start
      yield* moveTo(30)
      // The store was given up before, and holds up nothing more.
      assert.deepStrictEqual(
        told.map(({ after, change }) => [change.state, after]),
        [["Running", 0]]
      )
      const present = yield* collect(yield* actor.runningStateChanges({ current: true }))
      yield* service.put("Created", dispatch({ id: 2n, startTime: at(30), duration: Duration.hours(1) }))
      yield* moveTo(90)
      assert.deepStrictEqual(
        told.map(({ after, change }) => [change.state, change.dispatch.id, after]),
        [
          ["Running", 1n, 0],
          ["Running", 2n, 30_000],
          ["Stopped", 1n, 60_000]
        ]
      )
      assert.deepStrictEqual(
        present.map(({ state }) => state),
        ["Running", "Running", "Stopped"]
      )
      yield* close.pipe(Effect.timeout("10 seconds"), Effect.forkScoped)
      yield* moveTo(100)
    }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
  })

  it.effect("no stop waits for a note that hangs at that very moment", () => {
    const { observed, store } = storeThatTakes(0)
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      yield* hold(dispatch())
      const { told } = yield* start
      yield* moveTo(58)
      observed.millis = Infinity
      yield* service.put("Created", dispatch({ id: 2n, startTime: at(0), duration: Duration.hours(1) }))
      yield* moveTo(70)
      assert.deepStrictEqual(
        told.map(({ after, change }) => [change.state, change.dispatch.id, after]),
        [
          ["Running", 1n, 0],
          ["Stopped", 1n, 60_000],
          ["Running", 2n, 63_000]
        ]
      )
    }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
  })

  for (const isExtended of [true, false]) {
    it.effect(
      `a run that came and went untold is ${isExtended ? "told, and not missed, if a later version runs on" : "missed"}`,
      () => {
        const { observed, store } = storeThatTakes(0)
        return Effect.gen(function* () {
          yield* TestClock.setTime(t0 - 10_000)
          const service = yield* ScriptedService.ScriptedService
          const { actor, told } = yield* start
          const missed = yield* collect(yield* actor.missedRuns())
          yield* moveTo(29)
          observed.millis = Infinity
          const short = dispatch({ id: 2n, startTime: at(30), duration: Duration.seconds(2) })
          yield* service.put("Created", short)
          yield* moveTo(33)
          if (isExtended)
            yield* service.put("Updated", dispatch({ ...short, duration: Duration.hours(1), updateTime: 2n }))
          yield* moveTo(40)
          assert.deepStrictEqual(
            told.map(({ change }) => inShort(change)),
            isExtended ? ["Running 2 @33"] : []
          )
          assert.deepStrictEqual(
            missed.map(({ dispatch, reason }) => [dispatch.id, reason]),
            isExtended ? [] : [[2n, "NotTold"]]
          )
        }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
      }
    )
  }

  it.effect("a run that came and went untold is missed, though a later version tells a later run", () => {
    const { observed, store } = storeThatTakes(0)
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      const { actor } = yield* start
      const log = yield* logOf(actor, inShort)
      yield* moveTo(29)
      observed.millis = Infinity
      const short = { id: 2n, startTime: at(30), duration: Duration.seconds(2) }
      yield* service.put("Created", dispatch(short))
      yield* moveTo(33)
      // The event waits for the missed run, which waits for the slice before it.
      yield* service.put("Updated", dispatch({ ...short, version: 2, startTime: at(33) }))
      yield* settle
      assert.deepStrictEqual(log, ["Created 2"])
      yield* moveTo(34)
      assert.deepStrictEqual(log, ["Created 2", "Running 2 @33", "NotTold 2", "Updated 2"])
    }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
  })

  it.effect(
    "section 6: a command withholds the stop of a run of its identity for no longer than it takes",
    () => {
      const { store } = storeThatTakes(10)
      return Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        yield* hold(
          dispatch({ id: 1n, startTime: at(-5), duration: Duration.seconds(15) }),
          dispatch({ id: 2n, startTime: at(5), duration: Duration.zero })
        )
        const { actor } = yield* start
        const merged = yield* collect(yield* actor.runningStateChanges({ merge: MergeStrategy.byType }))
        yield* moveTo(20)
        assert.deepStrictEqual(merged.map(inShort), [
          "Running 1 @-5",
          "Running 2 @5",
          "Running 1 @5 Merged",
          "Stopped 1 @10"
        ])
      }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
    }
  )

  it.effect("section 6: a stop is withheld for a start that was being noted when the subscriber came", () => {
    const { observed, store } = storeThatTakes(0)
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      yield* hold(
        dispatch({ id: 1n, startTime: at(-5), duration: Duration.seconds(35) }),
        dispatch({ id: 2n, startTime: at(29), duration: Duration.minutes(1) })
      )
      const { actor } = yield* start
      yield* moveTo(28)
      observed.millis = Infinity
      yield* moveTo(29.5)
      const merged = yield* collect(
        yield* actor.runningStateChanges({ merge: MergeStrategy.byType, current: true })
      )
      yield* moveTo(40)
      assert.deepStrictEqual(merged.map(inShort), ["Running 1 @-5", "Running 2 @29"])
    }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
  })

  for (const [name, millis] of [
    ["without persistence", undefined],
    ["with a store of 10 ms a write", 10]
  ] as const) {
    const { observed, store } = storeThatTakes(millis ?? 0)
    it.effect(
      `section 6: a stop is withheld for what starts at its instant, among 100,000 others, ${name}`,
      () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(t0 - 10_000)
          const a = dispatch({ id: 1n, startTime: at(-5), duration: Duration.seconds(1_205) })
          const b = dispatch({ id: 500_000n, startTime: at(1_200), duration: Duration.minutes(30) })
          const others = many(100_000, { type: "OTHER", startTime: at(1_200), duration: Duration.hours(1) })
          yield* hold(a, b, ...others)
          const { actor, told } = yield* start
          const merged = yield* collect(
            yield* actor.runningStateChanges({ type: "CHARGE", merge: MergeStrategy.byType })
          )
          yield* moveTo(1_190)
          const before = observed.notes
          yield* moveTo(3_000)
          assert.deepStrictEqual(merged.map(inShort), [
            "Running 1 @-5",
            "Running 500000 @1200",
            "Stopped 500000 @3000"
          ])
          const starts = told.filter(({ change }) => change.state === "Running" && change.dispatch.id !== 1n)
          assert.strictEqual(starts.length, 100_001)
          // By occurrence, then id, as in one evaluation.
          const ids = starts.map(({ change }) => change.dispatch.id)
          assert.isTrue(ids.every((id, index) => index === 0 || id > (ids[index - 1] as bigint)))
          if (millis === undefined) return
          assert.isAtMost((starts.at(0)?.after ?? Infinity) - 1_200_000, 200)
          assert.isAtMost((starts.at(-1)?.after ?? Infinity) - 1_200_000, 6_000)
          assert.strictEqual(observed.notes - before, 101)
        }).pipe(Effect.scoped, Effect.provide(layerOf(millis === undefined ? undefined : store))),
      { timeout: 240_000 }
    )
  }

  it.effect(
    "missed runs that wait while the clock is set back are told as far as they are still over",
    () => {
      const { store } = storeThatTakes(1_000)
      const skewed = Layer.provideMerge(SkewClock.layer({ start: t0 - 10_000 }), timers)
      return Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const minutely = dispatch({
          startTime: at(0),
          duration: Duration.seconds(5),
          recurrence: RecurrenceRule.make({ frequency: "MINUTELY", interval: 1 })
        })
        yield* hold(minutely)
        const { actor, told } = yield* start
        const missed = yield* collect(yield* actor.missedRuns())
        const clock = yield* SkewClock.SkewClock
        yield* clock.step(3_600_000)
        yield* service.put("Created", dispatch({ id: 2n, startTime: at(86_400) }))
        yield* settle
        yield* clock.step(-3_600_000 + 20 * 60_000)
        yield* service.put("Created", dispatch({ id: 3n, startTime: at(86_400) }))
        yield* settle
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(
          missed.map((run) =>
            run._tag === "MissedRuns" ? [run.count, secondsOf(run.first), secondsOf(run.last)] : []
          ),
          [[20, 0, 19 * 60]]
        )
        assert.deepStrictEqual(
          told.map(({ change }) => inShort(change)),
          []
        )
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(
          told.map(({ change }) => inShort(change)),
          ["Running 1 @1200", "Stopped 1 @1205"]
        )
        assert.lengthOf(missed, 1)
      }).pipe(Effect.scoped, Effect.provide(layerOn(skewed, store)))
    }
  )

  it.effect("between slices what is due is told: a stop among 20,000 starts is on time", () => {
    const { store } = storeThatTakes(10)
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      yield* hold(
        dispatch({ id: 1n, startTime: at(-5), duration: Duration.seconds(5) }),
        dispatch({ id: 2n, startTime: at(-5), duration: Duration.seconds(6) }),
        ...many(20_000, { startTime: at(0), duration: Duration.seconds(6) })
      )
      const { told } = yield* start
      yield* moveTo(20)
      const stops = new Map(
        told
          .filter(({ change }) => change.state === "Stopped")
          .map(({ after, change }) => [change.dispatch.id, after])
      )
      assert.isAtMost(stops.get(dispatch({ id: 1n }).id) ?? Infinity, 100)
      assert.isAtMost(stops.get(dispatch({ id: 2n }).id) ?? Infinity, 1_100)
      assert.strictEqual(stops.size, 20_002)
      assert.strictEqual(told.length, 40_004)
    }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
  })

  it.effect(
    "a change comes before the missed runs of its evaluation, and these before the lifecycle event",
    () => {
      const { store } = storeThatTakes(10)
      return Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        const service = yield* ScriptedService.ScriptedService
        const { actor } = yield* start
        const log = yield* logOf(actor, ({ dispatch: { id }, state }) => `${state} ${id}`)
        yield* service.put("Created", dispatch({ startTime: at(-60), duration: Duration.hours(1) }))
        yield* service.put("Created", dispatch({ id: 2n, startTime: at(60) }))
        yield* settle
        // An event that starts nothing does not wait; a new subscriber is told of each once.
        const late = yield* collect(yield* actor.lifecycleEvents({ current: true }))
        assert.deepStrictEqual(log, ["Created 2"])
        yield* service.remove(dispatch().id)
        yield* moveTo(0)
        assert.deepStrictEqual(log, ["Created 2", "Created 1", "Deleted 1"])
        assert.deepStrictEqual(
          late.map(({ _tag, dispatch: { id } }) => `${_tag} ${id}`),
          ["Created 2", "Created 1", "Deleted 1"]
        )
        yield* service.put("Created", dispatch({ id: 3n, startTime: at(-60), duration: Duration.hours(1) }))
        yield* moveTo(1)
        assert.deepStrictEqual(log.slice(3), ["Running 3", "Created 3"])
        // The start is decided anew while it is noted: what happened waits until it is told.
        const running = { id: 4n, startTime: at(-60), duration: Duration.hours(1) }
        yield* service.put("Created", dispatch(running))
        yield* settle
        yield* service.put("Updated", dispatch({ ...running, version: 2, payload: { x: 1 } }))
        yield* moveTo(2)
        assert.deepStrictEqual(log.slice(5), ["Running 4", "Created 4", "Updated 4"])
      }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
    }
  )
})
