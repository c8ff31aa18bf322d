import * as Instrument from "@effect-dispatch/core/Instrument"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { SkewClock } from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Metric, References, Schedule } from "effect"
import { countOf, makeRecorder, pass, run, skewedLayer, startDispatcher } from "./managing.ts"
import { hold, layer, moveTo, put, remove } from "./site.ts"

describe("Managed actors: trying again (section 7)", () => {
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

  for (const [name, step] of [
    ["forward", 3_600],
    ["back", -3_600],
    ["nowhere", 0]
  ] as const) {
    it.effect(`is a matter of elapsed time: a clock that is set ${name} changes nothing`, () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock
        const { factory, take } = makeFailing()
        yield* hold(run(1n, 0, 0), run(2n, -100_000, Infinity, { type: "OTHER" }))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", factory, { retry: Schedule.spaced("20 seconds") })
        yield* dispatcher.manage("OTHER", factory, {
          retry: Schedule.fixed("30 seconds").pipe(Schedule.upTo({ duration: "100 seconds" }))
        })
        yield* pass(15)
        yield* clock.step(step * 1_000)
        yield* pass(600)
        const tried = take()
        const times = (id: string) => tried.filter((line) => line.startsWith(`try ${id} `)).length
        // The command at 0, 20, 40 and 60 seconds, the other at -10, 20, 50, 80 and 110.
        assert.deepStrictEqual([times("1"), times("2")], [4, 5])
      }).pipe(Effect.provide(skewedLayer), silently)
    )
  }

  it.effect("of a command that was caught up late ends with what is left of the time", () =>
    Effect.gen(function* () {
      const { factory, take } = makeFailing()
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory, { retry: Schedule.spaced("10 seconds") })
      yield* moveTo(45)
      yield* put("Created", run(1n, 0, 0))
      yield* moveTo(1_000)
      assert.deepStrictEqual(take(), ["try 1 @45", "try 1 @55"])
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
