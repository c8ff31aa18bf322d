import * as ActorManager from "@effect-dispatch/core/ActorManager"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import { byType } from "@effect-dispatch/core/MergeStrategy"
import * as Metrics from "@effect-dispatch/core/Metrics"
import type { Payload } from "@effect-dispatch/core/Payload"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Logger, Metric, References, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, t0 } from "./fixtures.ts"
import { makeLogs, makeRecorder, run, startDispatcher, withChanges } from "./managing.ts"
import { hold, layer, microgridId, moveTo, put, quiet, remove, settle } from "./site.ts"

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
      const [{ report, ...info } = assert.fail("no info")] = infos
      assert.isFunction(report)
      assert.deepStrictEqual(
        [info],
        [
          {
            _tag: "Live",
            target: version.target,
            payload: { power: 5 },
            dispatch: version,
            until: at(60),
            continues: false
          }
        ]
      )
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
        const manager = yield* Effect.provideService(
          ActorManager.make,
          DispatchingActor.DispatchingActor,
          dispatching
        )
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

  it.effect("section 6: a strategy that throws leaves out that dispatch, and managing goes on", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600), run(2n, 10, 600), run(3n, 0, 600, { type: "OTHER" }), run(4n, 20, 30))
      const dispatcher = yield* startDispatcher()
      const counted = yield* Metric.value(Metrics.mergeFailures.at())
      const identity = ({ id }: { readonly id: bigint }) => {
        if (id === 2n) throw new Error("no identity")
        return id === 4n ? "brief" : "all"
      }
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { merge: { identity } }), logs)
      yield* dispatcher.manage("OTHER", factory())
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 3 @0", "start 4 @20", "stop 4 @30"])
      assert.isTrue(yield* dispatcher.isManaged("CHARGE"))
      assert.deepStrictEqual(lines, [
        "Error A merge strategy leaves out dispatch 2 (CHARGE): its identity throws: Error: no identity"
      ])
      assert.strictEqual((yield* Metric.value(Metrics.mergeFailures.at())).count - counted.count, 1)
      // The version that has no identity ends the part of the dispatch, whatever it was.
      yield* put("Updated", run(1n, 0, 600, { version: 2, type: "CHARGE", payload: { zone: 1 } }))
      assert.deepStrictEqual(take(), ["update 1 @100"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "section 6: an actor whose dispatch loses its identity is stopped, unless another keeps it up",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        const zone = (name: string | undefined, version = 1) => ({
          version,
          payload: name === undefined ? {} : { zone: name }
        })
        yield* hold(
          run(1n, 0, 600, zone("north")),
          run(2n, 0, 600, zone("north")),
          run(3n, 0, 600, zone("south"))
        )
        const dispatcher = yield* startDispatcher()
        const merge = { identity: ({ payload }: { readonly payload: Payload }) => payload["zone"] as string }
        yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { merge }), Logger.layer([]))
        yield* moveTo(10)
        assert.deepStrictEqual(take(), ["start 1 @0", "update 2 @0", "start 3 @0"])
        yield* put("Updated", run(3n, 0, 600, zone(undefined, 2)))
        assert.deepStrictEqual(take(), ["stop 3 @10"])
        yield* put("Updated", run(2n, 0, 600, zone(undefined, 2)))
        // It is told of the one that goes on.
        assert.deepStrictEqual(take(), ["update 1 @10"])
        yield* put("Updated", run(1n, 0, 600, zone(undefined, 2)))
        assert.deepStrictEqual(take(), ["stop 1 @10"])
        yield* put("Updated", run(3n, 0, 600, zone("south", 3)))
        yield* moveTo(600)
        assert.deepStrictEqual(take(), ["start 3 @10", "stop 3 @600"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("S10: when the subscriptions of the dispatching actor end, its actors are interrupted", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* TestClock.setTime(t0 - 10_000)
      yield* hold(run(1n, 0, 600), run(2n, 0, 0), run(3n, 0, 600, { type: "OTHER" }))
      const dispatching = yield* DispatchingActor.make({ microgridId, sync: quiet })
      yield* dispatching.actor.start
      const end = yield* Deferred.make<void>()
      const ending = withChanges(dispatching, (options = {}) =>
        Effect.map(dispatching.runningStateChanges(options), (changes) =>
          options.type === "OTHER" ? changes : Stream.interruptWhen(changes, Deferred.await(end))
        )
      )
      const manager = yield* Effect.provideService(
        ActorManager.make,
        DispatchingActor.DispatchingActor,
        ending
      )
      yield* Effect.provide(manager.manage("CHARGE", factory()), logs)
      yield* manager.manage("OTHER", factory())
      yield* moveTo(10)
      assert.deepStrictEqual(take().sort(), ["start 1 @0", "start 2 @0", "start 3 @0"])
      yield* Deferred.succeed(end, undefined)
      yield* settle
      assert.deepStrictEqual(take().sort(), ["stop 1 @10", "stop 2 @10"])
      assert.deepStrictEqual(
        [yield* manager.isManaged("CHARGE"), yield* manager.isManaged("OTHER")],
        [false, true]
      )
      assert.match(lines[0] ?? "", /^Warn Actors of CHARGE are stopped and managed no longer/)
      // A later call of `manage` is told at once.
      yield* Effect.provide(manager.manage("CHARGE", factory()), logs)
      yield* settle
      assert.isFalse(yield* manager.isManaged("CHARGE"))
      assert.strictEqual(lines.length, 2)
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
