import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { SkewClock } from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { Effect, References } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"
import {
  hearsLate,
  makeLogs,
  makeRecorder,
  pass,
  run,
  skewedLayer,
  startDispatcher,
  unavailable
} from "./managing.ts"
import { hold, layer, moveTo } from "./site.ts"

/** The service is not there any more. */
const goesAway = Effect.gen(function* () {
  const service = yield* ScriptedService
  yield* service.failWith(unavailable)
  yield* service.endStreams()
})

/** The deeds, without their times. */
const deeds = (lines: ReadonlyArray<string>) => lines.map((line) => line.split(" @")[0])

/** Under the test clock; what is logged of a service that is away is not looked at. */
const quietly = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  test.pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))

/** The same with a wall clock that can be set. */
const onSkewedClock = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  test.pipe(Effect.provide(skewedLayer), Effect.provideService(References.MinimumLogLevel, "None"))

describe("Managed actors: without the service (section 7, whenStale)", () => {
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
    yield* goesAway
    return { dispatcher, infos, service, take }
  })

  /** One run without an end, that nobody manages yet, on a wall clock that can be set. */
  const endless = Effect.gen(function* () {
    const clock = yield* SkewClock
    yield* hold(run(1n, -100_000, Infinity))
    return { ...makeRecorder(), clock, dispatcher: yield* startDispatcher() }
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
        const started = deeds(take())
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
      assert.deepStrictEqual(deeds(take()), ["start 3"])
      assert.deepStrictEqual(infos.at(-1)?.payload, { power: 3 })
    }).pipe(quietly)
  )

  it.effect("what has stopped is not started again, even if that is heard of after the service is back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      const { factory, infos, take } = makeRecorder()
      const service = yield* ScriptedService
      yield* hold(run(1n, 0, Infinity), run(2n, 0, Infinity))
      const { manager } = yield* hearsLate
      yield* manager.manage("CHARGE", factory(), { whenStale: { stopAfter: "5 minutes" } })
      yield* moveTo(10)
      yield* goesAway
      yield* moveTo(400)
      assert.deepStrictEqual(take(), ["start 1 @1", "start 2 @2", "stop 1 @310", "stop 2 @310"])
      yield* service.holdSilently(run(1n, 0, 0).id, run(1n, 0, Infinity, { version: 2, active: false }))
      const other = { version: 2, payload: { power: 3 } }
      yield* service.holdSilently(run(2n, 0, 0).id, run(2n, 0, Infinity, other))
      infos.length = 0
      yield* service.failWith(undefined)
      yield* moveTo(490)
      assert.deepStrictEqual(deeds(take()), ["start 2"])
      // It begins with the payload that counts by now.
      assert.deepStrictEqual(
        infos.map(({ payload }) => payload),
        [{ power: 3 }]
      )
    }).pipe(quietly)
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
      assert.deepStrictEqual(deeds(take()), ["start 1", "start 3"])
    }).pipe(quietly)
  )

  for (const [name, step] of [
    ["forward", 3_600],
    ["back", -7_200]
  ] as const) {
    it.effect(`how long is elapsed time: a clock that is set ${name} by hours changes nothing`, () =>
      Effect.gen(function* () {
        const { clock, dispatcher, factory, take } = yield* endless
        yield* dispatcher.manage("CHARGE", factory(), { whenStale: { stopAfter: "30 minutes" } })
        yield* pass(10)
        assert.strictEqual(take().length, 1)
        yield* goesAway
        yield* pass(60)
        yield* clock.step(step * 1_000)
        // Connecting fails again and again meanwhile, and each time the status says so anew.
        for (let minute = 1; minute < 29; minute++) yield* pass(60)
        yield* pass(59)
        assert.deepStrictEqual(take(), [])
        yield* pass(1)
        assert.strictEqual(take().length, 1)
      }).pipe(onSkewedClock)
    )
  }

  it.effect(
    "what is managed only once it is stale is held by how long that has lasted, not by the clock",
    () =>
      Effect.gen(function* () {
        const { clock, dispatcher, factory, take } = yield* endless
        yield* goesAway
        yield* pass(60)
        yield* clock.step(3_600_000)
        yield* dispatcher.manage("CHARGE", factory(), { whenStale: { stopAfter: "5 minutes" } })
        yield* pass(239)
        assert.strictEqual(take().length, 1)
        yield* pass(1)
        assert.strictEqual(take().length, 1)
        yield* dispatcher.stopManaging("CHARGE")
        yield* clock.step(-7_200_000)
        yield* dispatcher.manage("CHARGE", factory(), { whenStale: { stopAfter: "5 minutes" } })
        yield* pass(600)
        assert.deepStrictEqual(take(), [])
      }).pipe(onSkewedClock)
  )

  for (const [how, end] of [
    ["returned", Effect.void],
    ["interrupted itself", Effect.interrupt]
  ] as const) {
    it.effect(`what has ${how} is not started again with the service, whatever its finalizers do`, () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService
        const { factory, take } = makeRecorder()
        yield* hold(run(1n, 0, Infinity), run(2n, 0, Infinity, { type: "OTHER" }))
        const dispatcher = yield* startDispatcher()
        const slowly: ReturnType<typeof factory> = (info, updates) =>
          Effect.andThen(
            Effect.addFinalizer(() => Effect.sleep("200 seconds")),
            factory(Effect.andThen(Effect.sleep("100 seconds"), end))(info, updates)
          )
        const whenStale = { stopAfter: "2 minutes" } as const
        yield* dispatcher.manage("CHARGE", slowly, { whenStale })
        yield* dispatcher.manage("OTHER", factory(), { whenStale })
        yield* goesAway
        yield* moveTo(400)
        const before = take()
        assert.deepStrictEqual(deeds(before), ["start 1", "start 2", "stop 1", "stop 2"])
        yield* service.failWith(undefined)
        yield* moveTo(600)
        assert.deepStrictEqual(deeds(take()), ["start 2"])
      }).pipe(quietly)
    )
  }

  it.effect("a service that is back in time changes nothing", () =>
    Effect.gen(function* () {
      const { service, take } = yield* site
      yield* moveTo(200)
      yield* service.failWith(undefined)
      yield* moveTo(290)
      yield* goesAway
      yield* moveTo(500)
      assert.deepStrictEqual(take(), ["start 3 @400"])
      yield* moveTo(700)
      assert.deepStrictEqual(take(), ["stop 1 @590", "stop 3 @590"])
    }).pipe(quietly)
  )
})
