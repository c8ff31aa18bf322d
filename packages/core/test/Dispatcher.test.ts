import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import { MaxSleep } from "@effect-dispatch/core/DispatchScheduler"
import { byType } from "@effect-dispatch/core/MergeStrategy"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { SkewClock } from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, Layer, Option, Scope, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { makeLogs, makeRecorder, pass, skewedLayer, startDispatcher } from "./managing.ts"
import { collect, hold, inShort, layer, microgridId, moveTo, put, quiet, remove, settle } from "./site.ts"

const run = (id: bigint, from: number, to: number, fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({ id, startTime: at(from), duration: Duration.seconds(to - from), ...fields })

/** An application: one line, on the client at hand. */
const Site = Dispatcher.layerWithClient({ microgridId, sync: quiet }).pipe(
  Layer.provide(Layer.succeed(MaxSleep, Duration.infinity)),
  Layer.provideMerge(ScriptedService.layer),
  Layer.provideMerge(Probe.layer)
)

describe("Dispatcher", () => {
  it.effect("is provided in one line, and knows what its actor knows", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const dispatcher = yield* Dispatcher.Dispatcher
      yield* dispatcher.initialized
      yield* settle
      assert.strictEqual((yield* dispatcher.status)._tag, "Synchronised")
      const [first] = yield* Stream.runCollect(Stream.take(dispatcher.statusChanges, 1))
      assert.strictEqual(first?._tag, "Synchronised")
      const version = run(1n, 0, 60)
      yield* service.put("Created", version)
      yield* settle
      assert.deepStrictEqual(yield* dispatcher.dispatches, [version])
      assert.deepStrictEqual(yield* dispatcher.dispatch(version.id), Option.some(version))
      assert.deepStrictEqual(yield* dispatcher.dispatch(run(2n, 0, 1).id), Option.none())
      assert.deepStrictEqual(yield* dispatcher.unschedulable, [])
      assert.strictEqual(dispatcher.client, yield* DispatchClient)
      assert.strictEqual(dispatcher.microgridId, microgridId)
      assert.isTrue(yield* dispatcher.actor.isRunning)
    }).pipe(Effect.provide(Site))
  )

  it.effect("section 5: a subscription stands once it is made, whenever it is read", () =>
    Effect.gen(function* () {
      const dispatcher = yield* startDispatcher()
      const changes = yield* dispatcher.runningStateChanges()
      const events = yield* dispatcher.lifecycleEvents()
      const missed = yield* dispatcher.missedRuns()
      const clock = yield* SkewClock
      yield* put("Created", run(1n, 0, 60))
      yield* put("Created", run(2n, 100, 160))
      yield* pass(70)
      yield* remove(1n)
      yield* clock.step(200_000)
      yield* pass(60)
      const [all, happened] = [yield* collect(changes), yield* collect(events)]
      const unseen = yield* collect(missed)
      yield* settle
      assert.deepStrictEqual(all.map(inShort), ["Running 1 @0", "Stopped 1 @60"])
      assert.deepStrictEqual(
        happened.map(({ _tag }) => _tag),
        ["Created", "Created", "Deleted"]
      )
      assert.deepStrictEqual(
        unseen.map(({ dispatch: { id } }) => id),
        [2n]
      )
    }).pipe(Effect.provide(skewedLayer))
  )

  it.effect("section 5: what a reader leaves unread is there when it reads on", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 0, 60), run(3n, 0, 60))
      const dispatcher = yield* startDispatcher()
      const changes = yield* dispatcher.runningStateChanges()
      yield* moveTo(100)
      const first = yield* Stream.runCollect(Stream.take(changes, 2))
      const rest = yield* collect(changes)
      yield* settle
      assert.deepStrictEqual(first.map(inShort), ["Running 1 @0", "Running 2 @0"])
      assert.deepStrictEqual(rest.map(inShort), [
        "Running 3 @0",
        "Stopped 1 @60",
        "Stopped 2 @60",
        "Stopped 3 @60"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "a stream ends with the scope of its subscription, or of the dispatcher, once all has been read",
    () =>
      Effect.gen(function* () {
        yield* hold(run(1n, 0, 60))
        const scope = yield* Scope.make()
        const dispatcher = yield* Scope.provide(startDispatcher(), scope)
        const [short, long] = yield* Effect.all([
          Effect.scoped(
            Effect.andThen(dispatcher.runningStateChanges(), (stream) => Effect.as(moveTo(30), stream))
          ),
          dispatcher.lifecycleEvents("CHARGE", { current: true })
        ])
        assert.deepStrictEqual((yield* Stream.runCollect(short)).map(inShort), ["Running 1 @0"])
        const reader = yield* Effect.forkScoped(Stream.runCollect(long))
        yield* settle
        assert.isUndefined(reader.pollUnsafe())
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual((yield* Fiber.join(reader)).length, 1)
      }).pipe(Effect.provide(layer))
  )

  it.effect("streams are of one type or of all, begin with the present if asked, and merge if asked", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 30, 90), run(3n, 0, 60, { type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      yield* moveTo(40)
      const current = yield* collect(yield* dispatcher.runningStateChanges("CHARGE", { current: true }))
      const merged = yield* collect(
        yield* dispatcher.runningStateChanges("CHARGE", { merge: byType, current: true })
      )
      const later = yield* collect(yield* dispatcher.runningStateChanges("OTHER"))
      const known = yield* collect(yield* dispatcher.lifecycleEvents("OTHER", { current: true }))
      yield* moveTo(100)
      assert.deepStrictEqual(current.map(inShort), [
        "Running 1 @0",
        "Running 2 @30",
        "Stopped 1 @60",
        "Stopped 2 @90"
      ])
      assert.deepStrictEqual(merged.map(inShort), ["Running 1 @0", "Running 2 @30", "Stopped 2 @90"])
      assert.deepStrictEqual(later.map(inShort), ["Stopped 3 @60"])
      assert.deepStrictEqual(
        known.map(({ dispatch: { id } }) => id),
        [3n]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("missed runs are told of one type or of all", () =>
    Effect.gen(function* () {
      yield* hold(run(1n, 0, 60), run(2n, 0, 60, { type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      const all = yield* collect(yield* dispatcher.missedRuns())
      const some = yield* collect(yield* dispatcher.missedRuns("OTHER"))
      yield* dispatcher.actor.stop("to miss something")
      yield* moveTo(120)
      yield* dispatcher.actor.start
      yield* settle
      assert.deepStrictEqual(
        [all, some].map((missed) => missed.map(({ dispatch: { id }, reason }) => `${id} ${reason}`)),
        [["1 LateWakeUp", "2 LateWakeUp"], ["2 LateWakeUp"]]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("initialization goes on by itself when the service is away at first", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      yield* service.failWith(DispatchError.unavailable("gone"))
      const dispatcher = yield* startDispatcher()
      const initialized = yield* Effect.forkScoped(dispatcher.initialized)
      yield* moveTo(60)
      assert.isUndefined(initialized.pollUnsafe())
      yield* service.failWith(undefined)
      yield* moveTo(180)
      assert.isDefined(initialized.pollUnsafe())
    }).pipe(Effect.provide(layer))
  )

  it.effect("a dispatcher that is a layer says by which zone data its rules go", () =>
    Effect.gen(function* () {
      const { layer: logs, lines } = makeLogs()
      const made = Dispatcher.layerWithClient({ microgridId, sync: quiet })
      const context = yield* Effect.provide(Layer.build(made), logs)
      const { zoneData } = Context.get(context, Dispatcher.Dispatcher)
      assert.match(zoneData ?? "", /^20\d\d[a-z]$/)
      assert.include(lines, `Info Rules in local time go by zone data ${zoneData}`)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("S9: an outage is logged with each new cause, and its end; a short one is not", () =>
    Effect.gen(function* () {
      const { layer: logs, lines } = makeLogs()
      const service = yield* ScriptedService.ScriptedService
      const failWith = (message: string) => service.failWith(DispatchError.unavailable(message))
      yield* failWith("away")
      yield* Effect.provide(startDispatcher(), logs)
      yield* moveTo(60)
      yield* failWith("busy")
      yield* moveTo(180)
      assert.deepStrictEqual(lines.splice(0), [
        "Info Keeps nothing: what is known ends with the process, and so do stops still to come",
        "Warn Out of sync: away",
        "Warn Out of sync: busy"
      ])
      yield* service.failWith(undefined)
      yield* moveTo(500)
      assert.deepStrictEqual(lines.splice(0), ["Info In sync again"])
      yield* service.endStreams()
      yield* moveTo(600)
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("leaving its scope ends actor and managed actors, in whatever order things were asked for", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, -20, 600))
      const scope = yield* Scope.make()
      const dispatcher = yield* Scope.provide(startDispatcher(), scope)
      yield* dispatcher.actor.stop("for a while")
      yield* dispatcher.manage("CHARGE", factory())
      yield* dispatcher.actor.start
      yield* dispatcher.actor.start
      yield* settle
      yield* dispatcher.actor.stop("for good")
      yield* dispatcher.actor.wait
      // Managed types go on from the known dispatches.
      assert.deepStrictEqual(take(), ["start 1 @-10"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(take(), ["stop 1 @-10"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("R11: what an earlier process had running is stopped by who follows it, managed or not", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { factory, take } = makeRecorder()
      const process = (seconds: number) =>
        Effect.gen(function* () {
          const dispatcher = yield* startDispatcher()
          yield* dispatcher.manage("CHARGE", factory())
          const changes = yield* collect(yield* dispatcher.runningStateChanges("CHARGE", { current: true }))
          yield* moveTo(seconds)
          return changes.map(({ dispatch, state }) => `${state} ${dispatch.id}`)
        }).pipe(Effect.scoped)
      yield* hold(run(1n, 0, 600))
      assert.deepStrictEqual(yield* process(10), ["Running 1"])
      yield* service.holdSilently(run(1n, 0, 600).id, undefined)
      yield* moveTo(2_000)
      assert.deepStrictEqual(yield* process(2_010), ["Stopped 1"])
      // The manager never started it: its actor ended with the first process.
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @10"])
    }).pipe(
      Effect.provide(
        Layer.provideMerge(layer, Layer.provide(SitePersistence.layer, KeyValueStore.layerMemory))
      )
    )
  )

  it.effect("run sets up and runs until it is interrupted, which stops everything", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const program = Dispatcher.run((dispatcher) => dispatcher.manage("CHARGE", factory())).pipe(
        Effect.provide(Dispatcher.layerWithClient({ microgridId, sync: quiet }))
      )
      const fiber = yield* Effect.forkScoped(program)
      yield* moveTo(10)
      assert.deepStrictEqual([take(), fiber.pollUnsafe()], [["start 1 @0"], undefined])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(take(), ["stop 1 @10"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("run fails with what setting up fails with", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Dispatcher.run(() => Effect.fail("no battery")))
      assert.deepStrictEqual(exit, Exit.fail("no battery"))
    }).pipe(Effect.provide(Site))
  )
})
