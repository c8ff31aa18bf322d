import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { sliceMax } from "@effect-dispatch/core/SiteLimits"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "../../fixtures.ts"
import { hold, microgridId, quiet, settle } from "../../site.ts"

const layer = DispatchScheduler.layer.pipe(
  Layer.provideMerge(ScriptedService.layer),
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.seconds(10))),
  Layer.provideMerge(SkewClock.layer({ start: t0 - 10_000 })),
  Layer.provideMerge(TestClock.layer()),
  Layer.provideMerge(Probe.layer)
)

/** An actor, and what it publishes to all its subscribers, in order. */
const make = Effect.gen(function* () {
  const actor = yield* DispatchingActor.make({ microgridId, sync: quiet })
  const log: Array<string> = []
  const note = <A>(stream: Stream.Stream<A>, name: (value: A) => string) =>
    Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => log.push(name(value)))))
  yield* note(yield* actor.missedRuns(), (run) => `${run._tag} ${run.dispatch.id}`)
  yield* note(yield* actor.runningStateChanges(), ({ dispatch: { id }, state }) => `${state} ${id}`)
  yield* actor.actor.start
  yield* settle
  return { actor, log }
})

const start = Effect.map(make, ({ log }) => log)

describe("the loop of an actor, when the clock was set", () => {
  it.effect("S1: asks nothing before it may", () =>
    Effect.gen(function* () {
      const { observed } = yield* ScriptedService.ScriptedService
      const skew = yield* SkewClock.SkewClock
      const mayAsk = yield* Deferred.make<void>()
      const made = yield* DispatchingActor.make({
        microgridId,
        sync: quiet,
        askAfter: Deferred.await(mayAsk)
      })
      yield* made.actor.start
      yield* settle
      yield* skew.step(-100_000)
      yield* TestClock.adjust("20 seconds")
      yield* settle
      assert.deepStrictEqual(yield* observed, { listings: 0, openStreams: 0 })
      yield* Deferred.succeed(mayAsk, undefined)
      yield* settle
      assert.deepStrictEqual(yield* observed, { listings: 1, openStreams: 1 })
    }).pipe(Effect.provide(layer))
  )

  it.effect("forward: inputs that wait already are applied before what has come due", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const skew = yield* SkewClock.SkewClock
      yield* hold(dispatch({ id: 1n }), dispatch({ id: 2n }), dispatch({ id: 3n }))
      const log = yield* start
      yield* skew.step(15_000)
      for (const id of [1n, 2n]) yield* service.put("Updated", dispatch({ id, version: 2, active: false }))
      yield* settle
      yield* TestClock.adjust("10 seconds")
      yield* settle
      // Of the two that would have begun as well, nothing is told.
      assert.deepStrictEqual(log, ["Running 3"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("forward: what was missed is told after all that changes", () =>
    Effect.gen(function* () {
      const skew = yield* SkewClock.SkewClock
      yield* hold(dispatch({ id: 1n }), dispatch({ id: 2n, startTime: at(600), duration: Duration.hours(1) }))
      const log = yield* start
      yield* skew.step(1_000_000)
      yield* TestClock.adjust("10 seconds")
      yield* settle
      assert.deepStrictEqual(log, ["Running 2", "MissedRun 1"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("forward to an edge, unnoticed: it is settled before an input of that instant", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const skew = yield* SkewClock.SkewClock
      yield* hold(dispatch())
      const log = yield* start
      yield* skew.step(10_000)
      yield* service.put("Updated", dispatch({ version: 2, active: false }))
      yield* settle
      assert.deepStrictEqual(log, ["Running 1", "Stopped 1"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "back, while the actor is stopped: it is noticed when that starts, without a word of the service",
    () =>
      Effect.gen(function* () {
        const skew = yield* SkewClock.SkewClock
        yield* hold(dispatch())
        const real = yield* DispatchClient
        let isSilent = false
        const client = DispatchClient.of({
          ...real,
          list: (...asked) => (isSilent ? Stream.never : real.list(...asked)),
          stream: (...asked) => (isSilent ? Effect.never : real.stream(...asked))
        })
        const { actor, log } = yield* Effect.provideService(make, DispatchClient, client)
        yield* TestClock.adjust("11 seconds")
        yield* settle
        assert.deepStrictEqual(log.splice(0), ["Running 1"])
        yield* actor.actor.stop("to set the clock")
        isSilent = true
        yield* skew.step(-60_000)
        // The scheduler, which others use as well, has looked at the clock meanwhile.
        yield* TestClock.adjust("20 seconds")
        yield* settle
        yield* actor.actor.start
        yield* settle
        assert.deepStrictEqual(log, ["Stopped 1"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("back: the service is asked for a listing", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const skew = yield* SkewClock.SkewClock
      yield* hold(dispatch())
      yield* start
      const { listings } = yield* service.observed
      yield* skew.step(-60_000)
      yield* TestClock.adjust("10 seconds")
      yield* settle
      assert.strictEqual((yield* service.observed).listings, listings + 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("back: a message tells of it before the alarm does, also one that changes nothing", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const skew = yield* SkewClock.SkewClock
      yield* hold(dispatch())
      const log = yield* start
      yield* TestClock.adjust("11 seconds")
      yield* settle
      assert.deepStrictEqual(log.splice(0), ["Running 1"])
      yield* skew.step(-60_000)
      yield* service.put("Updated", dispatch())
      yield* settle
      assert.deepStrictEqual(log, ["Stopped 1"])
    }).pipe(Effect.provide(layer))
  )

  for (const [step, isAsked] of [
    [-1_000, false],
    [-1_001, true]
  ] as const) {
    it.effect(`back by ${-step} ms: ${isAsked ? "the service is" : "nothing is"} asked for`, () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const skew = yield* SkewClock.SkewClock
        yield* hold(dispatch())
        const log = yield* start
        yield* TestClock.adjust("10 seconds")
        yield* settle
        assert.deepStrictEqual(log, ["Running 1"])
        const { listings } = yield* service.observed
        yield* skew.step(step)
        yield* service.put("Updated", dispatch())
        yield* settle
        assert.strictEqual((yield* service.observed).listings > listings, isAsked)
      }).pipe(Effect.provide(layer))
    )
  }
})

describe("the loop of an actor without records, that tells very many starts", () => {
  it.effect("lets a stop through that falls due between two slices", () =>
    Effect.gen(function* () {
      const skew = yield* SkewClock.SkewClock
      const many = Array.from({ length: 8 * sliceMax }, (_, index) =>
        dispatch({ id: BigInt(1_000 + index), startTime: at(0), duration: Duration.hours(1) })
      )
      yield* hold(dispatch({ startTime: at(-5), duration: Duration.seconds(6) }), ...many)
      const actor = yield* DispatchingActor.make({
        microgridId,
        sync: quiet,
        subscriberCapacity: 10 * sliceMax
      })
      const changes = yield* actor.runningStateChanges()
      const log: Array<string> = []
      // Time goes on while slices are told: half a second for each.
      const note = ({ dispatch: { id }, state }: RunningStateChange) =>
        Effect.suspend(() => {
          log.push(`${state} ${id}`)
          return log.length % sliceMax === 10 ? skew.step(500) : Effect.void
        })
      yield* Effect.forkScoped(Stream.runForEach(changes, note))
      yield* actor.actor.start
      yield* settle
      yield* TestClock.adjust("10 seconds")
      yield* settle
      assert.lengthOf(log, 8 * sliceMax + 2)
      assert.isBelow(log.indexOf("Stopped 1"), 6 * sliceMax)
    }).pipe(Effect.provide(layer))
  )
})
