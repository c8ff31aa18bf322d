import { ActorManager, type Manage } from "@effect-dispatch/core/ActorManager"
import type { DispatchInfo } from "@effect-dispatch/core/DispatchInfo"
import { DispatchClientError, Unavailable } from "@effect-dispatch/core/DispatchClientError"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { byType, byTypeTarget } from "@effect-dispatch/core/MergeStrategy"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  Deferred,
  Duration,
  Effect,
  Metric,
  Exit,
  Latch,
  References,
  Schedule,
  Schema,
  SchemaTransformation,
  Scope,
  Stream
} from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { countOf, makeLogs, makeRecorder, startDispatcher } from "./managing.ts"
import { hold, layer, microgridId, moveTo, put, quiet, remove, settle } from "./site.ts"

/** From one second to another; a command if they are the same. */
const run = (id: bigint, from: number, to: number, fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({
    id,
    startTime: at(from),
    duration: to === Infinity ? Duration.infinity : Duration.seconds(to - from),
    ...fields
  })

const everyMinute = { recurrence: new RecurrenceRule({ frequency: "MINUTELY", interval: 1 }) }
const unavailable = new DispatchClientError({ reason: new Unavailable({ message: "gone" }) })

/** A manager that hears of what starts and stops a second later than of all else. */
const hearsLate = Effect.gen(function* () {
  const dispatching = yield* DispatchingActor.make({ microgridId, sync: quiet })
  const manager = yield* Effect.provideService(ActorManager.make, DispatchingActor, {
    ...dispatching,
    runningStateChanges: (options) =>
      Effect.map(
        dispatching.runningStateChanges(options),
        Stream.mapEffect((change) => Effect.as(Effect.sleep("1 second"), change))
      )
  })
  yield* dispatching.actor.start
  yield* settle
  return { dispatching, manager }
})

describe("ActorManager, by scenario", () => {
  it.effect("a single run: one start, one stop", () =>
    Effect.gen(function* () {
      const { factory, infos, take } = makeRecorder()
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      const version = run(1n, 0, 60, { payload: { power: 5 } })
      yield* put("Created", version)
      yield* moveTo(59)
      assert.deepStrictEqual(take(), ["start 1 @0"])
      assert.deepStrictEqual(infos, [
        {
          _tag: "Live",
          target: version.target,
          payload: { power: 5 },
          dispatch: version,
          until: at(60),
          continues: false
        }
      ])
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["stop 1 @60"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a run without an end that gets one, in the past: it stops", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, Infinity))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* moveTo(100)
      yield* put("Updated", run(1n, 0, 60, { version: 2 }))
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @100"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a run without an end that gets one, in the future: it goes on until then", () =>
    Effect.gen(function* () {
      const { factory, infos, take } = makeRecorder()
      yield* hold(run(1n, 0, Infinity))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* moveTo(100)
      yield* put("Updated", run(1n, 0, 160, { version: 2 }))
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 1 @0", "update 1 @100", "stop 1 @160"])
      assert.deepStrictEqual(
        infos.map(({ until }) => until),
        [undefined, at(160)]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("deactivated and reactivated: it stops and starts again", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, active: false }))
      yield* moveTo(20)
      yield* put("Updated", run(1n, 0, 600, { version: 3 }))
      yield* moveTo(30)
      yield* remove(1n)
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @10", "start 1 @20", "stop 1 @30"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("finished before the start-up: nothing; running at the start-up: it starts", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* TestClock.setTime(t0 + 100_000)
      yield* hold(run(1n, 0, 60), run(2n, 0, 200))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 2 @100", "stop 2 @200"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("overlapping, merged: one actor for both, stopped once", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 60), run(2n, 30, 90))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byType })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 1 @0", "update 2 @30", "stop 1 @90"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("back to back, merged: start, reconfigure, one stop", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 60), run(2n, 60, 90))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byType })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 1 @0", "update 2 @60", "stop 1 @90"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("an inactive other one does not hold back the stop", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 60), run(2n, 0, 600, { active: false }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byType })
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @60"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "parallel runs in one window and the next: 3 starts, then 4 starts and 3 stops, then 4 stops",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        yield* hold(
          ...[1n, 2n, 3n].map((id) => run(id, 0, 60)),
          ...[4n, 5n, 6n, 7n].map((id) => run(id, 60, 120))
        )
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", factory())
        yield* moveTo(30)
        assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "start 3 @0"])
        yield* moveTo(90)
        const window = take()
        assert.deepStrictEqual(window.filter((line) => line.startsWith("stop")).length, 3)
        assert.deepStrictEqual(
          window.filter((line) => line.startsWith("start")),
          ["start 4 @60", "start 5 @60", "start 6 @60", "start 7 @60"]
        )
        yield* moveTo(600)
        assert.deepStrictEqual(take(), ["stop 4 @120", "stop 5 @120", "stop 6 @120", "stop 7 @120"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("payload updates before the start: it starts with the newest", () =>
    Effect.gen(function* () {
      const { factory, infos, take } = makeRecorder()
      yield* hold(run(1n, 0, 60, { payload: { power: 1 } }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* put("Updated", run(1n, 0, 60, { version: 2, payload: { power: 2 } }))
      yield* moveTo(-5)
      yield* put("Updated", run(1n, 0, 60, { version: 3, payload: { power: 3 } }))
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @60"])
      assert.deepStrictEqual(
        infos.map(({ payload }) => payload),
        [{ power: 3 }]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("an update exactly at the end: the run has ended, and a longer one starts", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 60), run(2n, 0, 60))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* moveTo(60)
      yield* put("Updated", run(1n, 0, 60, { version: 2, payload: { power: 1 } }))
      yield* put("Updated", run(2n, 0, 90, { version: 2 }))
      yield* moveTo(600)
      assert.deepStrictEqual(take(), [
        "start 1 @0",
        "start 2 @0",
        "stop 1 @60",
        "stop 2 @60",
        "start 2 @60",
        "stop 2 @90"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a factory that fails once is tried again after a minute, and touches no other", () =>
    Effect.gen(function* () {
      const { lines, layer: logs } = makeLogs()
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      let failures = 0
      yield* dispatcher
        .manage("CHARGE", (info, updates) => {
          if (info.dispatch.id === 1n && failures++ === 0) throw new Error("no battery")
          return factory()(info, updates)
        })
        .pipe(Effect.provide(logs))
      yield* moveTo(59)
      assert.deepStrictEqual(take(), ["start 2 @0"])
      assert.deepStrictEqual(lines, ["Error The actor of dispatch 1 (CHARGE) failed: Error: no battery"])
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 1 @60", "stop 1 @600", "stop 2 @600"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("two dispatches of one type have an actor each, of which one's failure touches no other", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const fail = yield* Deferred.make<void>()
      yield* hold(run(1n, 0, 600), run(2n, 0, 600), run(3n, 0, 600, { type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (info, updates) =>
        Effect.raceFirst(
          factory()(info, updates),
          info.dispatch.id === 1n ? Effect.andThen(Deferred.await(fail), Effect.die("broken")) : Effect.never
        )
      )
      yield* moveTo(10)
      yield* Deferred.succeed(fail, undefined)
      yield* settle
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "stop 1 @10"])
      yield* put("Updated", run(2n, 0, 600, { version: 2, payload: { power: 1 } }))
      assert.deepStrictEqual(take(), ["update 2 @10"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("a dry run is told by the type of its info, and a change of it is a stop and a start", () =>
    Effect.gen(function* () {
      const { factory, infos, take } = makeRecorder()
      yield* hold(run(1n, 0, 600, { dryRun: true }), run(2n, 5, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byType })
      yield* moveTo(10)
      assert.deepStrictEqual(take(), ["start 1 @0 dry", "start 2 @5"])
      yield* put("Updated", run(1n, 0, 600, { version: 2 }))
      assert.deepStrictEqual(take(), ["stop 1 @10 dry", "update 1 @10"])
      assert.deepStrictEqual(
        infos.map(({ _tag }) => _tag),
        ["DryRun", "Live", "Live"]
      )
    }).pipe(Effect.provide(layer))
  )
})

describe("ActorManager: the actor of an identity (section 7)", () => {
  it.effect("begins its updates with the first info, and gives the latest to whoever reads slowly", () =>
    Effect.gen(function* () {
      const goOn = Latch.makeUnsafe(false)
      const slow: Array<unknown> = []
      const quick: Array<unknown> = []
      yield* hold(run(1n, 0, 600, { payload: { power: 1 } }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (_info, updates) =>
        Effect.all(
          [
            Stream.runForEach(updates, ({ payload }) =>
              Effect.andThen(
                Effect.sync(() => slow.push(payload["power"])),
                goOn.await
              )
            ),
            Stream.runForEach(updates, ({ payload }) => Effect.sync(() => quick.push(payload["power"])))
          ],
          { concurrency: "unbounded" }
        )
      )
      yield* moveTo(10)
      for (const version of [2, 3, 4]) {
        yield* put("Updated", run(1n, 0, 600, { version, payload: { power: version } }))
      }
      goOn.openUnsafe()
      yield* settle
      assert.deepStrictEqual(
        [slow, quick],
        [
          [1, 4],
          [1, 2, 3, 4]
        ]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("has a scope of its own, and works with what the environment had as it was managed", () =>
    Effect.gen(function* () {
      class Battery extends Context.Service<Battery, { readonly name: string }>()("test/Battery") {}
      const seen: Array<string> = []
      yield* hold(run(1n, 0, 60))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher
        .manage("CHARGE", () =>
          Effect.gen(function* () {
            const { name } = yield* Battery
            yield* Effect.addFinalizer(() => Effect.sync(() => seen.push(`closed ${name}`)))
            seen.push(`open ${name}`)
            yield* Effect.forkScoped(
              Effect.onInterrupt(Effect.never, () => Effect.sync(() => seen.push("child")))
            )
            return yield* Effect.never
          })
        )
        .pipe(Effect.provideService(Battery, { name: "north" }))
      yield* moveTo(30)
      assert.deepStrictEqual(seen, ["open north"])
      yield* moveTo(60)
      assert.deepStrictEqual(seen, ["open north", "child", "closed north"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not started again before its finalizers have ended; that they take long is reported", () =>
    Effect.gen(function* () {
      const { lines, layer: logs } = makeLogs()
      const { take, write } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 20))
      const late = yield* countOf(Metrics.stopsLate, "CHARGE")
      const dispatcher = yield* startDispatcher()
      yield* dispatcher
        .manage("CHARGE", (info) =>
          Effect.andThen(write("start", info), Effect.never).pipe(
            Effect.onInterrupt(() =>
              Effect.andThen(
                Effect.sleep(info.dispatch.id === 1n ? "30 seconds" : "0 seconds"),
                write("closed", info)
              )
            )
          )
        )
        .pipe(Effect.provide(logs))
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, active: false }))
      yield* moveTo(11)
      yield* put("Updated", run(1n, 0, 600, { version: 3 }))
      yield* put("Updated", run(1n, 0, 600, { version: 4, payload: { power: 1 } }))
      yield* moveTo(19)
      assert.deepStrictEqual([take(), lines], [["start 1 @0", "start 2 @0"], []])
      // The limit passes, others are not kept waiting.
      yield* moveTo(21)
      assert.deepStrictEqual(take(), ["closed 2 @20"])
      assert.deepStrictEqual(lines, [
        "Warn The actor of CHARGE 1 has not ended 10s after it was stopped; it is not started again before it has"
      ])
      assert.strictEqual((yield* countOf(Metrics.stopsLate, "CHARGE")) - late, 1)
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["closed 1 @40", "start 1 @40"])
      yield* moveTo(700)
      assert.deepStrictEqual(take(), ["closed 1 @630"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not started after all when its dispatch stopped while its finalizers ran", () =>
    Effect.gen(function* () {
      const { take, write } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (info) =>
        Effect.andThen(write("start", info), Effect.never).pipe(
          Effect.onInterrupt(() => Effect.sleep("5 seconds"))
        )
      )
      yield* moveTo(10)
      for (const version of [2, 3, 4]) {
        yield* put("Updated", run(1n, 0, 600, { version, active: version % 2 === 1 }))
      }
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that ends by itself is started again by the next change, and by nothing else", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 40, everyMinute), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(Effect.sleep("1 second")))
      yield* moveTo(59)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "stop 1 @1", "stop 2 @1"])
      yield* moveTo(61)
      assert.deepStrictEqual(take(), ["start 1 @60", "stop 1 @61"])
      yield* put("Updated", run(2n, 0, 600, { version: 2, payload: { power: 1 } }))
      assert.deepStrictEqual(take(), ["start 2 @61"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that has ended but for its finalizers is started again by what is announced meanwhile", () =>
    Effect.gen(function* () {
      const { take, write } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (info) =>
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Effect.sleep("10 seconds"))
          yield* write("start", info)
          // The one fails, the other ends by itself.
          yield* info.dispatch.id === 1n ? Effect.fail("broken") : Effect.void
        })
      )
      yield* moveTo(5)
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 1 } }))
      yield* put("Updated", run(2n, 0, 600, { version: 2, payload: { power: 1 } }))
      yield* moveTo(15)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "start 1 @10", "start 2 @10"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("whose finalizer fails is reported, whether it was stopped or has ended by itself", () =>
    Effect.gen(function* () {
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 60), run(2n, 0, 60), run(3n, 0, 60))
      const dispatcher = yield* startDispatcher()
      const manage = dispatcher.manage("CHARGE", ({ dispatch: { id } }) =>
        Effect.andThen(
          Effect.addFinalizer(() => (id === 2n ? Effect.void : Effect.die("no way back"))),
          id === 3n ? Effect.sleep("30 seconds") : Effect.never
        )
      )
      yield* Effect.provide(manage, logs)
      yield* moveTo(30)
      assert.deepStrictEqual(lines, ["Error The actor of dispatch 3 (CHARGE) failed: no way back"])
      yield* moveTo(100)
      assert.deepStrictEqual(lines.slice(1), ["Error The actor of dispatch 1 (CHARGE) failed: no way back"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that interrupts itself has ended by itself", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(Effect.interrupt)), logs)
      yield* moveTo(600)
      assert.deepStrictEqual([take(), lines], [["start 1 @0", "stop 1 @0"], []])
    }).pipe(Effect.provide(layer))
  )

  it.effect("of an identity that changes is stopped, and that of the new one started", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byTypeTarget })
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, target: Target.componentIds(9n) }))
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @10", "start 1 @10"])
      yield* put("Updated", run(1n, 0, 600, { version: 3, type: "OTHER" }))
      assert.deepStrictEqual(take(), ["stop 1 @10"])
    }).pipe(Effect.provide(layer))
  )
})

describe("ActorManager: trying again (section 7)", () => {
  /** Fails whenever it is started, as long as told so. */
  const makeFailing = () => {
    const { factory, take, write } = makeRecorder()
    const failing = { isOn: true }
    return {
      failing,
      take,
      factory: (...[info, updates]: Parameters<ReturnType<typeof factory>>) =>
        failing.isOn
          ? Effect.andThen(write("try", info), Effect.fail("broken" as const))
          : factory()(info, updates)
    }
  }
  const silently = Effect.provideService(References.MinimumLogLevel, "None")

  it.effect(
    "what is counted of a type is there at 0 from when it is managed: the first failure is a rise",
    () =>
      Effect.gen(function* () {
        const dispatcher = yield* startDispatcher()
        const { factory } = makeRecorder()
        yield* dispatcher.manage("CHARGE", factory())
        const counted = new Map(
          (yield* Metric.snapshot).flatMap(({ attributes, id, state }) =>
            attributes?.["type"] === "CHARGE" && "count" in state ? [[id, state.count] as const] : []
          )
        )
        const ofTypes = Instrument.allOf(Metrics).filter(
          ({ kind, labels }) => kind === "counter" && labels.some(([name]) => name === "type")
        )
        assert.isAbove(ofTypes.length, 4)
        assert.deepStrictEqual(counted, new Map(ofTypes.map(({ name }) => [name, 0])))
      }).pipe(Effect.provide(layer), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("goes on for as long as the dispatch runs, and is counted", () =>
    Effect.gen(function* () {
      const { factory, take } = makeFailing()
      yield* hold(run(1n, 0, 150))
      const failed = yield* countOf(Metrics.actorsFailed, "CHARGE")
      const started = yield* countOf(Metrics.actorsStarted, "CHARGE")
      const retried = yield* countOf(Metrics.actorsRetried, "CHARGE")
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory)
      yield* moveTo(100)
      assert.strictEqual((yield* Metric.value(Metrics.actorsRunning.at("CHARGE"))).value, 1)
      yield* moveTo(1_000)
      assert.strictEqual((yield* Metric.value(Metrics.actorsRunning.at("CHARGE"))).value, 0)
      assert.strictEqual((yield* countOf(Metrics.actorsRetried, "CHARGE")) - retried, 2)
      assert.deepStrictEqual(take(), ["try 1 @0", "try 1 @60", "try 1 @120"])
      assert.strictEqual((yield* countOf(Metrics.actorsFailed, "CHARGE")) - failed, 3)
      assert.strictEqual((yield* countOf(Metrics.actorsStarted, "CHARGE")) - started, 3)
    }).pipe(Effect.provide(layer), silently)
  )

  it.effect("follows a schedule, which begins anew with every change", () =>
    Effect.gen(function* () {
      const { factory, take } = makeFailing()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory, {
        retry: Schedule.exponential("1 second").pipe(Schedule.upTo({ times: 3 }))
      })
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["try 1 @0", "try 1 @1", "try 1 @3", "try 1 @7"])
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 1 } }))
      yield* moveTo(102)
      assert.deepStrictEqual(take(), ["try 1 @100", "try 1 @101"])
    }).pipe(Effect.provide(layer), silently)
  )

  it.effect("a newer change takes the place of the attempt that was to come", () =>
    Effect.gen(function* () {
      const { factory, failing, take } = makeFailing()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory)
      yield* moveTo(10)
      failing.isOn = false
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 1 } }))
      assert.deepStrictEqual(take(), ["try 1 @0", "start 1 @10"])
      yield* moveTo(300)
      assert.deepStrictEqual(take(), [])
      yield* remove(1n)
      assert.deepStrictEqual(take(), ["stop 1 @300"])
    }).pipe(Effect.provide(layer), silently)
  )

  it.effect("is given up when the dispatch stops", () =>
    Effect.gen(function* () {
      const { factory, take } = makeFailing()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory)
      yield* moveTo(10)
      yield* remove(1n)
      yield* moveTo(1_000)
      assert.deepStrictEqual(take(), ["try 1 @0"])
    }).pipe(Effect.provide(layer), silently)
  )

  it.effect("begins with the newest info when an actor fails that was told of it while it was up", () =>
    Effect.gen(function* () {
      const { factory, infos } = makeRecorder()
      const fail = yield* Deferred.make<void>()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      let starts = 0
      yield* dispatcher.manage("CHARGE", (info, updates) =>
        starts++ === 0
          ? Effect.raceFirst(
              factory()(info, updates),
              Effect.andThen(Deferred.await(fail), Effect.fail("broken"))
            )
          : factory()(info, updates)
      )
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 2 } }))
      yield* Deferred.succeed(fail, undefined)
      yield* moveTo(80)
      assert.deepStrictEqual(
        infos.map(({ payload }) => payload["power"]),
        [undefined, 2, 2]
      )
    }).pipe(Effect.provide(layer), silently)
  )

  it.effect("of a command ends with the time in which it may be caught up", () =>
    Effect.gen(function* () {
      const { factory, take } = makeFailing()
      yield* hold(run(1n, 0, 0), run(2n, 0, 0, { type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory)
      yield* dispatcher.manage("OTHER", factory, { retry: Schedule.spaced("25 seconds") })
      yield* moveTo(1_000)
      // The default is a minute, and a minute is still in time.
      assert.deepStrictEqual(
        take().filter((line) => line.includes(" 1 ")),
        ["try 1 @0", "try 1 @60"]
      )
    }).pipe(Effect.provide(layer), silently)
  )

  it.effect("of a command is given up when the command is deleted", () =>
    Effect.gen(function* () {
      const { factory, take } = makeFailing()
      yield* hold(run(1n, 0, 0))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory, { retry: Schedule.spaced("25 seconds") })
      yield* moveTo(30)
      yield* remove(1n)
      yield* moveTo(1_000)
      assert.deepStrictEqual(take(), ["try 1 @0", "try 1 @25"])
    }).pipe(Effect.provide(layer), silently)
  )
})

describe("ActorManager: commands (section 7)", () => {
  it.effect(
    "the actor of a command runs to completion; a further occurrence while it is up is an update",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        yield* hold(run(1n, 0, 0, everyMinute))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", factory(Effect.sleep("90 seconds")))
        yield* moveTo(179)
        assert.deepStrictEqual(take(), ["start 1 @0", "update 1 @60", "stop 1 @90", "start 1 @120"])
      }).pipe(Effect.provide(layer))
  )

  it.effect(
    "deletion, deactivation and a change of kind interrupt it, other updates and its retirement do not",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        const ids = [1n, 2n, 3n, 4n, 5n]
        yield* hold(...ids.map((id) => run(id, 0, 0)))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", factory())
        yield* moveTo(10)
        assert.strictEqual(take().length, 5)
        yield* remove(1n)
        yield* put("Updated", run(2n, 0, 0, { version: 2, active: false }))
        yield* put("Updated", run(3n, 0, 0, { version: 2, type: "OTHER" }))
        yield* put("Updated", run(4n, 0, 0, { version: 2, dryRun: true }))
        yield* put("Updated", run(5n, 0, 0, { version: 2, payload: { power: 1 } }))
        assert.deepStrictEqual(take(), ["stop 1 @10", "stop 2 @10", "stop 3 @10", "stop 4 @10"])
        const events = yield* dispatcher.lifecycleEvents()
        const service = yield* ScriptedService
        // A new stream is followed by a listing, which no longer shows what was over long ago.
        yield* moveTo(1_000)
        yield* service.endStreams()
        yield* moveTo(1_010)
        const kinds = yield* Stream.runCollect(Stream.take(events, 1))
        assert.strictEqual(kinds[0]?._tag, "Retired")
        assert.deepStrictEqual(take(), [])
      }).pipe(Effect.provide(layer))
  )

  it.effect("what is deleted or deactivated before its start is heard of is not started", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 5_000)
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 0), run(2n, 0, 0), run(3n, 0, 0))
      const { manager } = yield* hearsLate
      yield* manager.manage("CHARGE", factory())
      yield* moveTo(0.5)
      yield* remove(1n)
      yield* put("Updated", run(2n, 0, 0, { version: 2, active: false }))
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 3 @5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a time limit interrupts it, and is reported and counted", () =>
    Effect.gen(function* () {
      const before = yield* countOf(Metrics.commandsTooLong, "CHARGE")
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 0), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { commandTimeLimit: "20 seconds" }), logs)
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "stop 1 @20"])
      assert.deepStrictEqual(lines, [
        "Warn The actor of dispatch 1 (CHARGE) is interrupted: it has taken 20s"
      ])
      assert.strictEqual((yield* countOf(Metrics.commandsTooLong, "CHARGE")) - before, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("a run that begins while the actor of a command is up makes it the actor of a run", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 0), run(2n, 10, 60), run(3n, 30, 30), run(4n, 60, 60))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(
        dispatcher.manage("CHARGE", factory(Effect.sleep("100 seconds")), {
          merge: byType,
          commandTimeLimit: "20 seconds"
        }),
        logs
      )
      yield* moveTo(70)
      assert.deepStrictEqual(take(), [
        "start 1 @0",
        "update 2 @10",
        "update 3 @30",
        "update 2 @30",
        "stop 1 @60",
        "start 4 @60"
      ])
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provide(layer))
  )
})

describe("ActorManager: payloads (section 7)", () => {
  const PeakShaving = Schema.Struct({
    limit: Schema.Finite.check(Schema.isGreaterThan(0)),
    unit: Schema.String,
    since: Schema.optionalKey(Schema.DateTimeUtcFromString)
  })
  const withLimit = (limit: unknown) => ({ payload: { limit, unit: "W" } as { limit: number } })

  it("have the type of their schema, or are taken as they are", () => {
    const uses = (info: DispatchInfo<{ readonly limit: number }>) => Effect.succeed(info.payload.limit)
    const typed = (manage: Manage) => {
      void manage("CHARGE", uses, { payload: PeakShaving })
      void manage("CHARGE", ({ payload }) => Effect.succeed(payload["limit"]))
      // @ts-expect-error nobody has made sure that there is a limit
      void manage("CHARGE", uses)
      // @ts-expect-error that is not what the schema gives
      void manage("CHARGE", uses, { payload: Schema.String })
    }
    assert.isFunction(typed)
  })

  it.effect("are decoded with the schema of their type", () =>
    Effect.gen(function* () {
      const { factory, infos } = makeRecorder<typeof PeakShaving.Type>()
      yield* hold(
        run(1n, 0, 60, { payload: { limit: 5, unit: "W", since: "2026-01-05T10:00:00Z", more: true } })
      )
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { payload: PeakShaving })
      yield* moveTo(10)
      assert.deepStrictEqual(infos[0]?.payload, { limit: 5, unit: "W", since: at(0) })
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode start nothing, are reported for their dispatch, and hide no other", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600, { payload: { limit: "much" } }), run(2n, 0, 600, withLimit(7)))
      const unusable = yield* countOf(Metrics.payloadsUnusable, "CHARGE")
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { payload: PeakShaving }), logs)
      yield* moveTo(300)
      assert.deepStrictEqual(take(), ["start 2 @0"])
      assert.deepStrictEqual(lines, [
        'Error The payload of dispatch 1 (CHARGE) cannot be used, no actor is started for it: Expected number at ["limit"]; Missing key at ["unit"]'
      ])
      assert.strictEqual((yield* countOf(Metrics.payloadsUnusable, "CHARGE")) - unusable, 1)
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(3) }))
      assert.deepStrictEqual(take(), ["start 1 @300"])
      yield* remove(1n)
      assert.deepStrictEqual(take(), ["stop 1 @300"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode leave an actor that is up with its last good one, and it says so", () =>
    Effect.gen(function* () {
      const { factory, infos, take } = makeRecorder<typeof PeakShaving.Type>()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600, withLimit(5)))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { payload: PeakShaving }), logs)
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(-1) }))
      assert.deepStrictEqual(take(), ["start 1 @0"])
      assert.match(lines[0] ?? "", /its actor goes on with what it was told before/)
      yield* put("Updated", run(1n, 0, 600, { version: 3, ...withLimit(6) }))
      assert.deepStrictEqual(
        infos.map(({ payload: { limit } }) => limit),
        [5, 6]
      )
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["update 1 @10", "stop 1 @600"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode end the attempts to start with what its dispatch no longer says", () =>
    Effect.gen(function* () {
      const { take, write } = makeRecorder<typeof PeakShaving.Type>()
      yield* hold(run(1n, 0, 600, withLimit(5)), run(2n, 0, 600, withLimit(5)))
      const fail = yield* Deferred.make<void>()
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage(
        "CHARGE",
        (info) =>
          Effect.andThen(
            write("try", info),
            Effect.andThen(
              info.dispatch.id === 2n ? Deferred.await(fail) : Effect.void,
              Effect.fail("broken")
            )
          ),
        { payload: PeakShaving }
      )
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(-1) }))
      yield* put("Updated", run(2n, 0, 600, { version: 2, ...withLimit(-1) }))
      yield* Deferred.succeed(fail, undefined)
      yield* moveTo(300)
      assert.deepStrictEqual(take(), ["try 1 @0", "try 2 @0"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("that a schema breaks on are reported like those that do not decode", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<string>()
      const { lines, layer: logs } = makeLogs()
      const Brittle = Schema.Struct({ limit: Schema.Finite }).pipe(
        Schema.decodeTo(
          Schema.String,
          SchemaTransformation.transform({
            decode: ({ limit }) => limit.toString(limit),
            encode: (): { limit: number } => ({ limit: 0 })
          })
        )
      )
      yield* hold(run(1n, 0, 600, withLimit(99)), run(2n, 0, 600, withLimit(10)))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { payload: Brittle }), logs)
      yield* moveTo(10)
      assert.deepStrictEqual(take(), ["start 2 @0"])
      assert.match(lines[0] ?? "", /^Error The payload of dispatch 1 .*radix/)
    }).pipe(Effect.provide(layer))
  )

  it.effect("that do not decode keep no other of their identity from its actor", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      yield* hold(
        run(1n, 0, 600, withLimit(-1)),
        run(2n, 10, 600, withLimit(5)),
        run(3n, 20, 600, withLimit(-1))
      )
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { payload: PeakShaving, merge: byType })
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 2 @10", "stop 2 @600"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("that do not decode keep no actor of their identity up beyond those that do", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder<typeof PeakShaving.Type>()
      const { lines, layer: logs } = makeLogs()
      yield* hold(
        run(1n, 0, 600, withLimit(-1)),
        run(2n, 10, 100, withLimit(5)),
        run(3n, 20, 600, withLimit(-1)),
        run(4n, 200, 400, withLimit(6)),
        run(5n, 210, 300, withLimit(7))
      )
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(
        dispatcher.manage("CHARGE", factory(), { payload: PeakShaving, merge: byType }),
        logs
      )
      yield* moveTo(220)
      assert.deepStrictEqual(take(), ["start 2 @10", "stop 2 @100", "start 4 @200", "update 5 @210"])
      assert.deepStrictEqual(
        lines.map((line) => line.replace(/: .*/, "")),
        [1, 3].map(
          (id) =>
            `Error The payload of dispatch ${id} (CHARGE) cannot be used, it is taken as if it did not run`
        )
      )
      yield* put("Updated", run(4n, 200, 400, { version: 2, ...withLimit(-1) }))
      yield* moveTo(500)
      assert.deepStrictEqual(take(), ["stop 4 @300"])
      yield* put("Updated", run(1n, 0, 600, { version: 2, ...withLimit(8) }))
      yield* put("Updated", run(1n, 0, 600, { version: 3, ...withLimit(-1) }))
      assert.deepStrictEqual(take(), ["start 1 @500", "stop 1 @500"])
      assert.strictEqual(lines.length, 4)
    }).pipe(Effect.provide(layer))
  )
})

describe("ActorManager: managing (section 7)", () => {
  it.effect("stopManaging stops the actors of the type and waits for them; then it can be managed anew", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 0), run(3n, 0, 600, { type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (info, updates) =>
        Effect.onInterrupt(factory()(info, updates), () => Effect.sleep("5 seconds"))
      )
      yield* dispatcher.manage("OTHER", factory())
      yield* moveTo(10)
      take()
      const stop = yield* Effect.forkScoped(dispatcher.stopManaging("CHARGE"))
      const stopToo = yield* Effect.forkScoped(dispatcher.stopManaging("CHARGE"))
      const again = yield* Effect.forkScoped(dispatcher.manage("CHARGE", factory()))
      const none = yield* Effect.forkScoped(dispatcher.noneManaged)
      yield* moveTo(14)
      assert.deepStrictEqual(
        [
          stop.pollUnsafe() ?? stopToo.pollUnsafe(),
          again.pollUnsafe(),
          yield* dispatcher.isManaged("CHARGE"),
          take().length
        ],
        [undefined, undefined, true, 0]
      )
      yield* moveTo(20)
      assert.isDefined(stopToo.pollUnsafe())
      assert.deepStrictEqual([stop.pollUnsafe()?._tag, again.pollUnsafe()?._tag], ["Success", "Success"])
      // It takes over what runs; a command is over.
      assert.deepStrictEqual(take(), ["stop 2 @15", "stop 1 @15", "start 1 @15"])
      yield* dispatcher.stopManaging("CHARGE")
      assert.deepStrictEqual(take(), ["stop 1 @20"])
      assert.isFalse(yield* dispatcher.isManaged("CHARGE"))
      yield* settle
      assert.isUndefined(none.pollUnsafe())
      yield* dispatcher.stopManaging("OTHER")
      yield* dispatcher.stopManaging("OTHER")
      yield* settle
      assert.strictEqual(none.pollUnsafe()?._tag, "Success")
      assert.deepStrictEqual(take(), ["stop 3 @20"])
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 1 } }))
      assert.deepStrictEqual(take(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("stopManaging goes through to the end though who asked for it is interrupted", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", () =>
        Effect.onInterrupt(Effect.never, () => Effect.sleep("5 seconds"))
      )
      yield* moveTo(10)
      yield* Effect.timeoutOption(dispatcher.stopManaging("CHARGE"), "1 second").pipe(Effect.forkScoped)
      yield* moveTo(12)
      assert.isTrue(yield* dispatcher.isManaged("CHARGE"))
      yield* moveTo(16)
      assert.isFalse(yield* dispatcher.isManaged("CHARGE"))
    }).pipe(Effect.provide(layer))
  )

  it.effect("an actor may end the managing of its own type", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage(
        "CHARGE",
        factory(Effect.andThen(Effect.sleep("1 second"), dispatcher.stopManaging("CHARGE")))
      )
      yield* moveTo(100)
      assert.isFalse(yield* dispatcher.isManaged("CHARGE"))
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @1"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a type that is managed already stays as it is, with a warning", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 60))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* Effect.provide(
        dispatcher.manage("CHARGE", () => Effect.die("never")),
        logs
      )
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @60"])
      assert.deepStrictEqual(lines, ["Warn Actors of CHARGE are managed already; they stay as they are"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "managing before the dispatching actor has started works, and stopping before it has as well",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0 + 5_000)
        const { factory, take } = makeRecorder()
        yield* hold(run(1n, 0, 60), run(2n, 0, 60, { type: "OTHER" }))
        const dispatching = yield* DispatchingActor.make({ microgridId, sync: quiet })
        const manager = yield* Effect.provideService(ActorManager.make, DispatchingActor, dispatching)
        yield* manager.noneManaged
        yield* manager.manage("CHARGE", factory())
        yield* manager.manage("OTHER", factory())
        yield* manager.stopManaging("OTHER")
        yield* dispatching.actor.start
        yield* moveTo(100)
        assert.deepStrictEqual(take(), ["start 1 @5", "stop 1 @60"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("leaving the scope of the dispatcher stops all actors, and waits for them", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 0), run(3n, 0, 600, { type: "OTHER" }))
      const scope = yield* Scope.make()
      const dispatcher = yield* Scope.provide(startDispatcher(), scope)
      yield* dispatcher.manage("CHARGE", factory())
      yield* dispatcher.manage("OTHER", factory())
      yield* moveTo(10)
      take()
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(new Set(take()), new Set(["stop 1 @10", "stop 2 @10", "stop 3 @10"]))
      assert.isFalse(yield* dispatcher.actor.isRunning)
      yield* dispatcher.noneManaged
    }).pipe(Effect.provide(layer))
  )

  it.effect("a strategy that throws stops the actors of its type, and of no other", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600), run(2n, 10, 600), run(3n, 0, 600, { type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      const identity = ({ id }: { readonly id: bigint }) => {
        if (id === 2n) throw new Error("no identity")
        return "all"
      }
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { merge: { identity } }), logs)
      yield* dispatcher.manage("OTHER", factory())
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 3 @0", "stop 1 @10"])
      assert.isFalse(yield* dispatcher.isManaged("CHARGE"))
      assert.deepStrictEqual(lines, [
        "Error Actors of CHARGE are stopped and managed no longer: Error: no identity"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "a strategy that throws for what runs already is the failure of managing, and nothing is managed",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        yield* hold(run(1n, 0, 600))
        const dispatcher = yield* startDispatcher()
        yield* moveTo(10)
        const identity = () => {
          throw new Error("no identity")
        }
        const exit = yield* Effect.exit(dispatcher.manage("CHARGE", factory(), { merge: { identity } }))
        assert.include(String(exit), "no identity")
        yield* dispatcher.noneManaged
        yield* dispatcher.manage("CHARGE", factory())
        yield* settle
        assert.deepStrictEqual(take(), ["start 1 @10"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("whatever begins at one instant has its actor, however much it is", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const ids = Array.from({ length: 3_000 }, (_, index) => BigInt(index + 1))
      yield* hold(...ids.map((id) => run(id, 0, 0)))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory())
      yield* moveTo(10)
      assert.strictEqual(take().length, 3_000)
    }).pipe(Effect.provide(layer))
  )
})

describe("ActorManager: without the service (section 7, whenStale)", () => {
  const site = Effect.gen(function* () {
    const { factory, infos, take } = makeRecorder()
    yield* hold(
      run(1n, 0, Infinity),
      run(2n, 0, 100_000),
      run(3n, 400, Infinity),
      run(4n, 0, 0),
      run(5n, 0, Infinity, { type: "OTHER" })
    )
    const service = yield* ScriptedService
    const dispatcher = yield* startDispatcher()
    yield* dispatcher.manage("CHARGE", factory(), { whenStale: { stopAfter: "5 minutes" } })
    yield* dispatcher.manage("OTHER", factory())
    yield* moveTo(10)
    take()
    yield* service.failWith(unavailable)
    yield* service.endStreams()
    return { dispatcher, infos, service, take }
  })

  it.effect(
    "actors of runs without an end are stopped after a while, and started again with the service",
    () =>
      Effect.gen(function* () {
        const { lines, layer: logs } = makeLogs()
        const { service, take } = yield* Effect.provide(site, logs)
        yield* moveTo(309)
        assert.deepStrictEqual(take(), [])
        yield* moveTo(500)
        // The one that would have begun meanwhile is not started either.
        assert.deepStrictEqual(take(), ["stop 1 @310"])
        // However often it has tried in vain since.
        const told = lines.filter((line) => line.includes("the service could not be reached for 5m"))
        assert.strictEqual(told.length, 1)
        yield* service.failWith(undefined)
        yield* moveTo(600)
        const started = take().map((line) => line.split(" @")[0])
        assert.deepStrictEqual(started, ["start 1", "start 3"])
      }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "Warn"))
  )

  it.effect("what stopped meanwhile is not started again, and what changed is started with the change", () =>
    Effect.gen(function* () {
      const { infos, service, take } = yield* site
      yield* moveTo(500)
      take()
      yield* service.holdSilently(run(1n, 0, 0).id, run(1n, 0, Infinity, { version: 2, active: false }))
      yield* service.holdSilently(
        run(3n, 0, 0).id,
        run(3n, 400, 2_000, { version: 2, payload: { power: 3 } })
      )
      yield* service.failWith(undefined)
      yield* moveTo(590)
      assert.deepStrictEqual(
        take().map((line) => line.split(" @")[0]),
        ["start 3"]
      )
      assert.deepStrictEqual(infos.at(-1)?.payload, { power: 3 })
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("what has stopped is not started again, even if that is heard of after the service is back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const { factory, take } = makeRecorder()
      const service = yield* ScriptedService
      yield* hold(run(1n, 0, Infinity), run(2n, 0, Infinity))
      const { manager } = yield* hearsLate
      yield* manager.manage("CHARGE", factory(), { whenStale: { stopAfter: "5 minutes" } })
      yield* moveTo(10)
      yield* service.failWith(unavailable)
      yield* service.endStreams()
      yield* moveTo(400)
      assert.deepStrictEqual(take(), ["start 1 @1", "start 2 @2", "stop 1 @310", "stop 2 @310"])
      yield* service.holdSilently(run(1n, 0, 0).id, run(1n, 0, Infinity, { version: 2, active: false }))
      yield* service.failWith(undefined)
      yield* moveTo(490)
      assert.deepStrictEqual(
        take().map((line) => line.split(" @")[0]),
        ["start 2"]
      )
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("what begins to be managed when that has lasted for too long is not even begun", () =>
    Effect.gen(function* () {
      const { dispatcher, service } = yield* site
      const { factory, take } = makeRecorder()
      yield* moveTo(2_000)
      yield* dispatcher.stopManaging("CHARGE")
      yield* dispatcher.manage("CHARGE", factory(), { whenStale: { stopAfter: "5 minutes" } })
      yield* moveTo(2_010)
      assert.deepStrictEqual(take(), ["start 2 @2000"])
      yield* service.failWith(undefined)
      yield* moveTo(2_100)
      assert.deepStrictEqual(
        take().map((line) => line.split(" @")[0]),
        ["start 1", "start 3"]
      )
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("a service that is back in time changes nothing", () =>
    Effect.gen(function* () {
      const { service, take } = yield* site
      yield* moveTo(200)
      yield* service.failWith(undefined)
      yield* moveTo(290)
      yield* service.failWith(unavailable)
      yield* service.endStreams()
      yield* moveTo(500)
      assert.deepStrictEqual(take(), ["start 3 @400"])
      yield* moveTo(700)
      assert.deepStrictEqual(take(), ["stop 1 @590", "stop 3 @590"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )
})
