import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { layer, microgridId, moveTo, quiet, settle } from "./site.ts"

const unavailable = DispatchError.unavailable("gone")

/** A started actor of the scripted service, and all that it publishes. */
const start = Effect.fnUntraced(function* (options: Partial<DispatchingActor.DispatchingActorOptions> = {}) {
  const now = yield* DateTime.now
  if (now.epochMilliseconds === 0) yield* TestClock.setTime(t0 - 10_000)
  const actor = yield* DispatchingActor.make({ microgridId, ...options })
  const changes: Array<RunningStateChange> = []
  const events: Array<DispatchEvent> = []
  const changeStream = yield* actor.runningStateChanges()
  const eventStream = yield* actor.lifecycleEvents()
  yield* Effect.forkScoped(
    Stream.runForEach(changeStream, (change) => Effect.sync(() => changes.push(change)))
  )
  yield* Effect.forkScoped(Stream.runForEach(eventStream, (event) => Effect.sync(() => events.push(event))))
  yield* actor.actor.start
  yield* settle
  return {
    actor,
    changes,
    events,
    /** The changes published since last asked: state, id and seconds after `t0`. */
    takeChanges: () =>
      changes
        .splice(0)
        .map(
          ({ decidedAt, dispatch: { id }, state }) =>
            `${state} ${id} @${(decidedAt.epochMilliseconds - t0) / 1_000}`
        ),
    takeEvents: () => events.splice(0).map(({ _tag, dispatch: { id } }) => `${_tag} ${id}`)
  }
})

describe("DispatchingActor", () => {
  it.effect("starts and stops a finite run", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch())
      const { takeChanges, takeEvents } = yield* start()
      assert.deepStrictEqual([takeEvents(), takeChanges()], [["Created 1"], []])
      yield* moveTo(59)
      assert.deepStrictEqual(takeChanges(), ["Running 1 @0"])
      yield* moveTo(600)
      assert.deepStrictEqual(takeChanges(), ["Stopped 1 @60"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("runs an infinite dispatch until it is deleted", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const { changes, takeChanges, takeEvents } = yield* start()
      yield* service.put("Created", dispatch({ duration: Duration.infinity }))
      yield* moveTo(86_400)
      assert.isUndefined(changes[0]?.until)
      assert.deepStrictEqual(takeChanges(), ["Running 1 @0"])
      yield* service.remove(DispatchId.make(1n))
      yield* settle
      assert.deepStrictEqual(takeChanges(), ["Stopped 1 @86400"])
      assert.deepStrictEqual(takeEvents(), ["Created 1", "Deleted 1"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("reconfigures and stops by updates while running", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch({ duration: Duration.hours(1) }))
      const { changes, takeChanges } = yield* start()
      yield* moveTo(10)
      yield* service.put(
        "Updated",
        dispatch({ version: 2, duration: Duration.hours(1), payload: { power: 1 } })
      )
      yield* settle
      assert.deepStrictEqual(changes[1]?.previous?.payload, {})
      yield* moveTo(20)
      yield* service.put("Updated", dispatch({ version: 3, duration: Duration.hours(1), active: false }))
      yield* settle
      assert.deepStrictEqual(takeChanges(), ["Running 1 @0", "Running 1 @10", "Stopped 1 @20"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("publishes two dispatches at one instant, stops before starts", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(
        DispatchId.make(2n),
        dispatch({ id: 2n, startTime: at(-5), duration: Duration.seconds(5) })
      )
      yield* service.holdSilently(DispatchId.make(1n), dispatch({ id: 1n }))
      yield* service.holdSilently(DispatchId.make(3n), dispatch({ id: 3n }))
      const { takeChanges } = yield* start()
      yield* moveTo(0)
      assert.deepStrictEqual(takeChanges(), ["Running 2 @-5", "Stopped 2 @0", "Running 1 @0", "Running 3 @0"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("R9: executes a command that has just passed if it is created, not if it is updated", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const { takeChanges } = yield* start()
      const command = { duration: Duration.zero }
      yield* moveTo(30)
      yield* service.put("Created", dispatch({ ...command, id: 1n }))
      yield* service.put("Created", dispatch({ ...command, id: 2n, startTime: at(3_600) }))
      yield* service.put("Updated", dispatch({ ...command, id: 2n, startTime: at(20), version: 2 }))
      yield* settle
      assert.deepStrictEqual(takeChanges(), ["Running 1 @30", "Stopped 1 @30"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("starts what lies 60 days ahead, to the millisecond", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const days = 60 * 86_400
      yield* service.holdSilently(DispatchId.make(1n), dispatch({ startTime: at(days) }))
      const { takeChanges } = yield* start({
        sync: quiet
      })
      yield* moveTo(days - 0.001)
      assert.deepStrictEqual(takeChanges(), [])
      yield* moveTo(days)
      assert.deepStrictEqual(takeChanges(), [`Running 1 @${days}`])
    }).pipe(Effect.provide(layer))
  )

  it.effect("a clock that was set back is noticed with the next message at the latest", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch())
      const { takeChanges } = yield* start()
      yield* moveTo(100)
      assert.deepStrictEqual(takeChanges(), ["Running 1 @0", "Stopped 1 @60"])
      yield* TestClock.setTime(t0 + 20_000)
      // It tells nothing new.
      yield* service.put("Updated", dispatch())
      yield* settle
      assert.deepStrictEqual(takeChanges(), ["Running 1 @20"])
      yield* moveTo(100)
      assert.deepStrictEqual(takeChanges(), ["Stopped 1 @60"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S1: an event between subscription and listing is delivered, once", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const listed = yield* Deferred.make<void>()
      const real = yield* DispatchClient
      // A listing that takes a snapshot, and then a long time to arrive.
      const slow = DispatchClient.of({
        ...real,
        list: (microgrid, options) =>
          Stream.unwrap(
            Effect.gen(function* () {
              const snapshot = yield* Stream.runCollect(real.list(microgrid, options))
              yield* Deferred.await(listed)
              return Stream.fromIterable(snapshot)
            })
          )
      })
      const { takeEvents } = yield* start().pipe(Effect.provideService(DispatchClient, slow))
      yield* service.put("Created", dispatch())
      yield* settle
      assert.deepStrictEqual(takeEvents(), ["Created 1"])
      yield* Deferred.succeed(listed, undefined)
      yield* settle
      assert.deepStrictEqual(takeEvents(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S2: a listing that breaks off changes nothing and is tried again", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch())
      const real = yield* DispatchClient
      let attempts = 0
      const flaky = DispatchClient.of({
        ...real,
        list: (microgrid, options) =>
          attempts++ === 0
            ? Stream.concat(Stream.take(real.list(microgrid, options), 1), Stream.fail(unavailable))
            : real.list(microgrid, options)
      })
      const { actor, takeEvents } = yield* start().pipe(Effect.provideService(DispatchClient, flaky))
      assert.deepStrictEqual(takeEvents(), [])
      assert.strictEqual((yield* actor.status)._tag, "Connecting")
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(takeEvents(), ["Created 1"])
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
    }).pipe(Effect.provide(layer))
  )

  for (const [name, error] of [
    ["cleanly", undefined],
    ["with an error", unavailable]
  ] as const) {
    it.effect(`S3: a stream that ends ${name} is opened again, and what happened meanwhile is found`, () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService
        yield* service.holdSilently(DispatchId.make(1n), dispatch({ duration: Duration.hours(1) }))
        yield* service.holdSilently(DispatchId.make(2n), dispatch({ id: 2n, duration: Duration.hours(1) }))
        const { actor, takeChanges, takeEvents } = yield* start()
        yield* moveTo(5)
        takeEvents()
        takeChanges()
        yield* service.failWith(unavailable)
        yield* service.endStreams(error)
        yield* settle
        assert.strictEqual((yield* actor.status)._tag, "Stale")
        yield* service.holdSilently(DispatchId.make(1n), undefined)
        yield* service.holdSilently(DispatchId.make(3n), dispatch({ id: 3n, version: 3 }))
        yield* moveTo(20)
        yield* service.failWith(undefined)
        yield* moveTo(90)
        assert.deepStrictEqual(new Set(takeEvents()), new Set(["Deleted 1", "Created 3"]))
        assert.strictEqual(takeChanges().filter((change) => change.startsWith("Stopped 1")).length, 1)
        assert.strictEqual((yield* actor.status)._tag, "Synchronised")
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("S3: the schedule goes on while the service is away", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch())
      const { takeChanges } = yield* start()
      yield* service.failWith(unavailable)
      yield* service.endStreams()
      yield* moveTo(600)
      assert.deepStrictEqual(takeChanges(), ["Running 1 @0", "Stopped 1 @60"])
    }).pipe(Effect.provide(layer))
  )

  for (const reason of [
    new DispatchError.Unauthenticated({ message: "who are you?" }),
    new DispatchError.PermissionDenied({ message: "not you" }),
    new DispatchError.Unimplemented({ message: "no such call" })
  ]) {
    it.effect(
      `S3: ${reason._tag}, which asking again cannot mend, is asked again only every five minutes`,
      () =>
        Effect.gen(function* () {
          const service = yield* ScriptedService
          const real = yield* DispatchClient
          let attempts = 0
          yield* service.failWith(new DispatchError.DispatchError({ reason }))
          const counting = DispatchClient.of({
            ...real,
            stream: (microgrid) => Effect.suspend(() => (attempts++, real.stream(microgrid)))
          })
          yield* TestClock.setTime(t0)
          yield* start().pipe(Effect.provideService(DispatchClient, counting))
          yield* moveTo(299)
          assert.strictEqual(attempts, 1)
          yield* moveTo(301)
          assert.strictEqual(attempts, 2)
        }).pipe(Effect.provide(layer))
    )
  }

  it.effect(
    "S4: finds by a periodic listing what a silently stalled stream hides, and renews the stream",
    () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService
        yield* service.holdSilently(DispatchId.make(1n), dispatch({ duration: Duration.infinity }))
        const { takeChanges } = yield* start()
        yield* moveTo(0)
        assert.deepStrictEqual(takeChanges(), ["Running 1 @0"])
        yield* service.holdSilently(DispatchId.make(1n), undefined)
        yield* moveTo(330)
        assert.strictEqual(takeChanges().length, 1)
        const { listings } = yield* service.observed
        yield* moveTo(3_600)
        const later = yield* service.observed
        assert.isAbove(later.listings, listings + 5)
        assert.strictEqual(later.openStreams, 1)
      }).pipe(Effect.provide(layer))
  )

  it.effect("S9: initialized completes with the first listing", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.failWith(unavailable)
      const { actor } = yield* start()
      assert.isUndefined((yield* Effect.forkScoped(actor.initialized)).pollUnsafe())
      const { cause } = (yield* actor.status) as { readonly cause?: string }
      assert.strictEqual(cause, "gone")
      yield* service.failWith(undefined)
      yield* TestClock.adjust("2 minutes")
      yield* actor.initialized
    }).pipe(Effect.provide(layer))
  )

  it.effect("R10: a restart of the actor publishes only differences", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch({ duration: Duration.hours(1) }))
      yield* service.holdSilently(DispatchId.make(2n), dispatch({ id: 2n, duration: Duration.seconds(30) }))
      const { actor, takeChanges, takeEvents } = yield* start()
      yield* moveTo(10)
      assert.strictEqual(takeChanges().length, 2)
      takeEvents()
      yield* actor.actor.stop("to see what happens")
      assert.isFalse(yield* actor.actor.isRunning)
      yield* moveTo(100)
      assert.deepStrictEqual(takeChanges(), [])
      yield* actor.actor.start
      yield* settle
      assert.deepStrictEqual(takeChanges(), ["Stopped 2 @100"])
      assert.deepStrictEqual(takeEvents(), [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("gives a new subscriber the current state first, and other subscribers nothing of it", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch({ duration: Duration.hours(1) }))
      yield* service.holdSilently(
        DispatchId.make(2n),
        dispatch({ id: 2n, type: "OTHER", startTime: at(9_000) })
      )
      const { actor, takeChanges, takeEvents } = yield* start()
      yield* moveTo(10)
      takeChanges()
      takeEvents()
      const changes = yield* actor.runningStateChanges({ current: true, type: "CHARGE" })
      const events = yield* actor.lifecycleEvents({ current: true })
      yield* service.remove(DispatchId.make(1n))
      yield* settle
      const states = yield* changes.pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(
        states.map(({ state }) => state),
        ["Running", "Stopped"]
      )
      const steps = yield* events.pipe(Stream.take(3), Stream.runCollect)
      assert.deepStrictEqual(
        steps.map(({ _tag, dispatch: { id } }) => `${_tag} ${id}`),
        ["Created 1", "Created 2", "Deleted 1"]
      )
      assert.deepStrictEqual([takeChanges().length, takeEvents()], [1, ["Deleted 1"]])
    }).pipe(Effect.provide(layer))
  )

  it.effect("never loses a stop to a slow subscriber, and never waits for one", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const { actor } = yield* start({ subscriberCapacity: 4 })
      const slow = yield* actor.runningStateChanges({ current: true })
      yield* moveTo(1)
      yield* service.put("Created", dispatch({ duration: Duration.infinity }))
      yield* settle
      const read: Array<string> = []
      const started = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      yield* Effect.forkScoped(
        Stream.runForEach(slow, ({ dispatch: { updateTime }, state }) =>
          Effect.gen(function* () {
            read.push(`${state} v${updateTime}`)
            yield* Deferred.succeed(started, undefined)
            yield* Deferred.await(goOn)
          })
        )
      )
      yield* Deferred.await(started)
      for (let version = 2; version <= 101; version++) {
        yield* service.put(
          "Updated",
          dispatch({ version, duration: Duration.infinity, active: version % 2 === 1 })
        )
        yield* settle
      }
      yield* Deferred.succeed(goOn, undefined)
      yield* settle
      // A start, the stop that belongs to it, and the newest start: however much came between.
      assert.strictEqual(read[0], "Running v1")
      assert.strictEqual(read[1], "Stopped v1")
      assert.strictEqual(read.at(-1), "Running v101")
      assert.isAtMost(read.length, 10)
      assert.isTrue(
        read.every((state, index) => index === 0 || state.slice(0, 7) !== read[index - 1]?.slice(0, 7))
      )
    }).pipe(Effect.provide(layer))
  )
})
