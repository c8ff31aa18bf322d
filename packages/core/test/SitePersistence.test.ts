import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, FileSystem, Latch, Layer, Option, Scope, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { collect, moveTo, settle } from "./site.ts"

const microgridId = MicrogridId.make(1n)
const unavailable = DispatchError.unavailable("gone")

/** A process: an actor with its subscribers, which ends all at once. */
const startProcess = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const changes: Array<RunningStateChange> = []
  const events: Array<DispatchEvent> = []
  const missed: Array<MissedRun> = []
  const actor = yield* Effect.gen(function* () {
    const made = yield* DispatchingActor.make({ microgridId })
    const collect = <A>(stream: Stream.Stream<A>, into: Array<A>) =>
      Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => into.push(value))))
    yield* collect(yield* made.runningStateChanges(), changes)
    yield* collect(yield* made.lifecycleEvents(), events)
    yield* collect(yield* made.missedRuns(), missed)
    yield* made.actor.start
    yield* settle
    return made
  }).pipe(Scope.provide(scope))
  return {
    actor,
    missed,
    crash: Scope.close(scope, Exit.void),
    takeChanges: () =>
      changes.splice(0).map(({ cause, dispatch: { id, type }, state }) => `${state} ${id} ${type} ${cause}`),
    takeEvents: () => events.splice(0).map(({ _tag, dispatch: { id } }) => `${_tag} ${id}`)
  }
})

/** A service that holds these, ten seconds before `t0`. */
const serviceOf = Effect.fnUntraced(function* (...versions: ReadonlyArray<Dispatch>) {
  yield* TestClock.setTime(t0 - 10_000)
  const service = yield* ScriptedService.ScriptedService
  for (const version of versions) yield* service.put("Created", version)
  return service
})

/** A process that lived until so many seconds after `t0`: gives what it told of runs. */
const livedUntil = Effect.fnUntraced(function* (seconds: number) {
  const process = yield* startProcess
  yield* moveTo(seconds)
  const told = process.takeChanges()
  yield* process.crash
  return told
})

/** A process that keeps what it knows in this store. */
const startProcessOn = (store: KeyValueStore.KeyValueStore) =>
  Effect.provideService(startProcess, SitePersistence.SitePersistence, Option.some(store))

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer),
  Layer.merge(SitePersistence.layer),
  Layer.provideMerge(KeyValueStore.layerMemory),
  Layer.provideMerge(Probe.layer)
)

describe("SitePersistence", () => {
  it.effect("S10: without the service, a new process goes on from what the last one knew, stale", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(dispatch({ duration: Duration.minutes(10) }))
      assert.deepStrictEqual(yield* livedUntil(1), ["Running 1 CHARGE Scheduled"])
      yield* service.failWith(unavailable)
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeEvents(), ["Created 1"])
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Recovered"])
      assert.strictEqual((yield* second.actor.status)._tag, "Stale")
      yield* moveTo(600)
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Scheduled"])
      yield* service.failWith(undefined)
      yield* moveTo(700)
      assert.strictEqual((yield* second.actor.status)._tag, "Synchronised")
      assert.deepStrictEqual([second.takeChanges(), second.takeEvents()], [[], []])
    }).pipe(Effect.provide(layer))
  )

  it.effect("R11: a run that ended while no process ran is stopped first, then what runs is started", () =>
    Effect.gen(function* () {
      yield* serviceOf(
        dispatch({ id: 2n, duration: Duration.minutes(1) }),
        dispatch({ id: 1n, startTime: at(90), type: "LATER" })
      )
      yield* livedUntil(1)
      yield* moveTo(100)
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), [
        "Stopped 2 CHARGE Recovered",
        "Running 1 LATER Recovered"
      ])
      yield* second.crash
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges(), ["Running 1 LATER Recovered"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: a command is executed once, however often the process starts again around it", () =>
    Effect.gen(function* () {
      yield* serviceOf(dispatch({ duration: Duration.zero }))
      assert.deepStrictEqual(yield* livedUntil(0), [
        "Running 1 CHARGE Scheduled",
        "Stopped 1 CHARGE Scheduled"
      ])
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: nor is it executed again when the clock was set back between two processes", () =>
    Effect.gen(function* () {
      yield* serviceOf(dispatch({ duration: Duration.zero }))
      assert.lengthOf(yield* livedUntil(5), 2)
      yield* TestClock.setTime(t0 - 5_000)
      const second = yield* startProcess
      yield* moveTo(5)
      assert.deepStrictEqual(second.takeChanges(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: a start is written down before it is published", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      const store = yield* KeyValueStore.KeyValueStore
      yield* service.put("Created", dispatch())
      const hold = Latch.makeUnsafe(true)
      const slow = KeyValueStore.make({
        ...store,
        set: (key, value) => Effect.andThen(hold.await, store.set(key, value))
      })
      const process = yield* startProcessOn(slow)
      hold.closeUnsafe()
      yield* moveTo(1)
      assert.deepStrictEqual(process.takeChanges(), [])
      hold.openUnsafe()
      yield* settle
      assert.deepStrictEqual(process.takeChanges(), ["Running 1 CHARGE Scheduled"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a command due while no process ran is executed if that is recent, and is missed otherwise", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      const hourly = RecurrenceRule.make({ frequency: "HOURLY", interval: 1 })
      yield* service.put("Created", dispatch({ duration: Duration.zero, recurrence: hourly }))
      const first = yield* startProcess
      yield* first.crash
      yield* moveTo(60)
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), [
        "Running 1 CHARGE Recovered",
        "Stopped 1 CHARGE Recovered"
      ])
      yield* second.crash
      yield* moveTo(3_661)
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges(), [])
      assert.strictEqual(third.missed.length, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("what was deleted while no process ran is stopped when that is learned", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(dispatch({ duration: Duration.infinity }))
      yield* livedUntil(1)
      yield* service.remove(DispatchId.make(1n))
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Deleted"])
      // It was never told of in this process.
      assert.deepStrictEqual(second.takeEvents(), [])
      yield* second.crash
      const third = yield* startProcess
      assert.deepStrictEqual([third.takeChanges(), third.takeEvents()], [[], []])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a damaged record is set aside, and the others are read", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      const store = yield* KeyValueStore.KeyValueStore
      for (const id of [1n, 2n]) yield* service.put("Created", dispatch({ id, duration: Duration.infinity }))
      yield* livedUntil(1)
      yield* store.set("microgrid-1/group-1", '{"version":1,"dispa')
      yield* service.failWith(unavailable)
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), ["Running 2 CHARGE Recovered"])
      assert.strictEqual(yield* store.get("microgrid-1/group-1.damaged"), '{"version":1,"dispa')
      assert.isUndefined(yield* store.get("microgrid-1/group-1"))
    }).pipe(Effect.provide(layer))
  )

  it.effect("files hold whole values only, and live as long as they shall", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const directory = `${yield* files.makeTempDirectoryScoped()}/deep/er`
      const store = Option.getOrThrow(
        yield* Effect.provide(SitePersistence.SitePersistence, SitePersistence.layerFiles(directory))
      )
      // Only the site's own user may read or change its announcements.
      const { mode } = yield* files.stat(directory)
      assert.strictEqual(mode & 0o077, 0)
      assert.isUndefined(yield* store.get("a/b"))
      yield* store.set("a/b", "one")
      yield* store.set("a/b", "zwei")
      yield* files.writeFileString(`${directory}/half.json.draft`, "torn")
      assert.deepStrictEqual([yield* store.get("a/b"), yield* store.keys], ["zwei", ["a/b"]])
      yield* store.remove("a/b")
      yield* store.remove("a/b")
      assert.deepStrictEqual(yield* store.keys, [])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("who subscribes while a decision is being written down gets it once", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      const memory = yield* KeyValueStore.KeyValueStore
      const writable = Latch.makeUnsafe(true)
      const slowly = KeyValueStore.make({
        ...memory,
        set: (key, value) => Effect.andThen(writable.await, memory.set(key, value))
      })
      const { actor } = yield* startProcessOn(slowly)
      writable.closeUnsafe()
      yield* service.put("Created", dispatch({ startTime: at(-20), duration: Duration.hours(1) }))
      yield* settle
      const collect = <A>(subscription: Effect.Effect<Stream.Stream<A>, never, Scope.Scope>) =>
        Effect.gen(function* () {
          const all: Array<A> = []
          const stream = yield* subscription
          yield* Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => all.push(value))))
          return all
        }).pipe(Effect.forkScoped)
      const changes = yield* collect(actor.runningStateChanges({ current: true }))
      const events = yield* collect(actor.lifecycleEvents({ current: true }))
      yield* settle
      writable.openUnsafe()
      yield* settle
      assert.deepStrictEqual(
        (yield* Fiber.join(changes)).map(({ state }) => state),
        ["Running"]
      )
      assert.deepStrictEqual(
        (yield* Fiber.join(events)).map(({ _tag }) => _tag),
        ["Created"]
      )
    }).pipe(Effect.provide(layer))
  )

  /** A process that executed a command at `t0`, and one that began to run then. */
  const endAfterStart = Effect.gen(function* () {
    const service = yield* serviceOf(
      dispatch({ duration: Duration.zero }),
      dispatch({ id: 2n, duration: Duration.hours(1) })
    )
    assert.lengthOf(yield* livedUntil(1), 3)
    return { service, store: yield* KeyValueStore.KeyValueStore }
  })

  it.effect("S10: after a damaged record no command is executed a second time", () =>
    Effect.gen(function* () {
      const { store } = yield* endAfterStart
      yield* store.set("microgrid-1/group-1", "{")
      const second = yield* startProcess
      yield* moveTo(10)
      assert.deepStrictEqual(second.takeChanges(), ["Running 2 CHARGE Recovered"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: an instant that no clock can show damages its own record alone", () =>
    Effect.gen(function* () {
      const { service, store } = yield* endAfterStart
      const text = (yield* store.get("microgrid-1/group-1")) ?? ""
      yield* store.set("microgrid-1/group-1", text.replace(/"evaluatedAt":\d+/, `"evaluatedAt":1e300`))
      yield* service.failWith(unavailable)
      const second = yield* startProcess
      yield* moveTo(10)
      assert.deepStrictEqual(second.takeChanges(), ["Running 2 CHARGE Recovered"])
      assert.isDefined(yield* store.get("microgrid-1/group-1.damaged"))
    }).pipe(Effect.provide(layer))
  )

  it.effect("S10: a store that dies costs no stop", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const service = yield* ScriptedService.ScriptedService
      const store = yield* KeyValueStore.KeyValueStore
      let dies = false
      const dying = KeyValueStore.make({
        ...store,
        set: (key, value) => (dies ? Effect.die("the disk is gone") : store.set(key, value))
      })
      yield* service.put("Created", dispatch())
      yield* service.put("Created", dispatch({ id: 2n, startTime: at(60) }))
      const process = yield* startProcessOn(dying)
      yield* moveTo(59)
      process.takeChanges()
      dies = true
      yield* moveTo(110)
      assert.deepStrictEqual(process.takeChanges(), [
        "Stopped 1 CHARGE Scheduled",
        "Running 2 CHARGE Scheduled"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "R11: who subscribes after the actor has started is told what an earlier process left running",
    () =>
      Effect.gen(function* () {
        yield* serviceOf(dispatch())
        yield* livedUntil(1)
        yield* moveTo(100)
        yield* Effect.gen(function* () {
          const actor = yield* DispatchingActor.DispatchingActor
          yield* settle
          const heard = Effect.fnUntraced(function* (
            type: string | undefined,
            merge?: MergeStrategy.MergeStrategy
          ) {
            const changes = yield* collect(
              yield* actor.runningStateChanges({
                current: true,
                ...(type && { type }),
                ...(merge && { merge })
              })
            )
            yield* settle
            return changes.map(({ dispatch: { id }, state }) => `${state} ${id}`)
          })
          assert.deepStrictEqual(yield* heard("OTHER"), [])
          assert.deepStrictEqual(yield* heard("CHARGE", MergeStrategy.byType), ["Stopped 1"])
          assert.deepStrictEqual(yield* heard(undefined), ["Stopped 1"])
        }).pipe(Effect.scoped, Effect.provide(DispatchingActor.layer({ microgridId })))
      }).pipe(Effect.provide(layer))
  )

  for (const [what, isNoted, owed] of [
    ["has noted the start owes the start", 1, ["Running 1 OTHER Recovered"]],
    ["has noted nothing owes both", 0, ["Stopped 1 CHARGE Recovered", "Running 1 OTHER Recovered"]]
  ] as const) {
    it.effect(`S10: a process that dies between a stop and the start after it, and ${what}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        const service = yield* ScriptedService.ScriptedService
        const store = yield* KeyValueStore.KeyValueStore
        let writes = Infinity
        // Writes so often, and then it hangs.
        const breaking = KeyValueStore.make({
          ...store,
          set: (key, value) => (writes-- > 0 ? store.set(key, value) : Effect.never)
        })
        yield* service.put("Created", dispatch({ duration: Duration.hours(1) }))
        const first = yield* startProcessOn(breaking)
        yield* moveTo(1)
        first.takeChanges()
        writes = isNoted
        yield* service.put("Updated", dispatch({ duration: Duration.hours(1), type: "OTHER", version: 2 }))
        yield* settle
        assert.deepStrictEqual(first.takeChanges().slice(0, 1), ["Stopped 1 CHARGE Updated"])
        const crash = yield* Effect.forkChild(first.crash)
        yield* moveTo(10)
        yield* Fiber.join(crash)
        const second = yield* startProcess
        assert.deepStrictEqual(second.takeChanges(), [...owed])
      }).pipe(Effect.provide(layer))
    )
  }
})
