import * as Metrics from "@effect-dispatch/core/Metrics"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Layer, Logger, Metric, Random, Scope } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"

const patient = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.provideMerge(Probe.layer)
)

/** An alarm that writes down its name, why it rang and when. */
const recorder = Effect.fnUntraced(function* (name: string, log: Array<string>) {
  const scheduler = yield* DispatchScheduler.DispatchScheduler
  const clock = yield* Clock.Clock
  return yield* scheduler.alarm(
    (ring: DispatchScheduler.Ring) => void log.push(`${name} ${ring} ${clock.currentTimeMillisUnsafe() - t0}`)
  )
})

describe("DispatchScheduler", () => {
  it.effect("rings once, at the deadline, not before", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      const alarm = yield* recorder("a", log)
      alarm.set(t0 + 1_000)
      yield* Probe.settled
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, ["a Due 1000"])
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(log, ["a Due 1000"])
    }).pipe(Effect.provide(patient))
  )

  it.effect("is moved, silenced, and rings at once for what has passed", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      const alarms: Array<DispatchScheduler.Alarm> = []
      for (const name of ["earlier", "later", "silenced", "passed"]) alarms.push(yield* recorder(name, log))
      const [earlier, later, silenced, passed] = alarms as [
        DispatchScheduler.Alarm,
        DispatchScheduler.Alarm,
        DispatchScheduler.Alarm,
        DispatchScheduler.Alarm
      ]
      earlier.set(t0 + 900)
      later.set(t0 + 100)
      silenced.set(t0 + 200)
      yield* Probe.settled
      earlier.set(t0 + 50)
      later.set(t0 + 500)
      silenced.set(Infinity)
      passed.set(t0 - 1)
      yield* Probe.settled
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(log, ["passed Due 0", "earlier Due 50", "later Due 500"])
    }).pipe(Effect.provide(patient))
  )

  it.effect("an alarm whose scope has closed is silent", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const alarm = yield* Scope.provide(recorder("gone", log), scope)
      const other = yield* recorder("there", log)
      alarm.set(t0 + 10)
      other.set(t0 + 10)
      yield* Probe.settled
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(log, ["there Due 10"])
    }).pipe(Effect.provide(patient))
  )

  it.effect(
    "rings a thousand alarms in the order of their deadlines and, at one instant, of their making",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0)
        const scheduler = yield* DispatchScheduler.DispatchScheduler
        const rung: Array<{ readonly deadline: number; readonly number: number }> = []
        const deadlines: Array<number> = []
        for (let number = 0; number < 1_000; number++) {
          const alarm = yield* scheduler.alarm(
            () => void rung.push({ deadline: deadlines[number] as number, number })
          )
          // Moved several times, to near instants and far, so that every path through the heap is taken.
          for (let move = 0; move < 3; move++) {
            const deadline = t0 + (yield* Random.nextIntBetween(1, 100))
            deadlines[number] = deadline
            alarm.set(deadline)
          }
        }
        yield* TestClock.adjust(200)
        assert.strictEqual(rung.length, 1_000)
        const sorted = rung.toSorted((a, b) => a.deadline - b.deadline || a.number - b.number)
        assert.deepStrictEqual(rung, sorted)
      }).pipe(Effect.provide(patient))
  )

  it.effect("rings years ahead, to the millisecond", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      const alarm = yield* recorder("far", log)
      const years = Duration.toMillis("3650 days")
      alarm.set(t0 + years)
      yield* Probe.settled
      yield* TestClock.adjust(years - 1)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(log, [`far Due ${years}`])
    }).pipe(Effect.provide(patient))
  )

  describe("on a wall clock that jumps", () => {
    const layer = DispatchScheduler.layer.pipe(
      Layer.provideMerge(SkewClock.layer({ start: t0 })),
      Layer.provideMerge(Probe.layer)
    )

    it.effect(
      "notices that the clock was set back to what it was when it last rang, if an alarm was set later",
      () =>
        Effect.gen(function* () {
          const clock = yield* SkewClock.SkewClock
          const log: Array<string> = []
          const alarm = yield* recorder("a", log)
          yield* TestClock.adjust("10 seconds")
          yield* clock.step(3_600_000)
          alarm.set(t0 + 7_200_000)
          yield* clock.step(-3_600_000)
          yield* TestClock.adjust("10 seconds")
          assert.deepStrictEqual(log, ["a ClockSetBack 20000"])
        }).pipe(Effect.provide(layer))
    )

    it.effect("notices within ten seconds that a deadline has been reached by a step", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const alarm = yield* recorder("a", log)
        alarm.set(t0 + 3_600_000)
        yield* Probe.settled
        yield* clock.step(3_600_000)
        yield* TestClock.adjust(9_999)
        assert.deepStrictEqual(log, [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(log, ["a Due 3610000"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("a deadline set after a step forward rings at its instant by the new clock", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const alarm = yield* recorder("new", log)
        yield* TestClock.adjust("10 seconds")
        yield* clock.step(3_600_000)
        yield* TestClock.adjust("1 second")
        alarm.set(t0 + 3_600_000 + 13_000)
        yield* TestClock.adjust(1_999)
        assert.deepStrictEqual(log, [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(log, ["new Due 3613000"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("a step forward that is seen as a deadline is set brings the others nearer as well", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const old = yield* recorder("old", log)
        const other = yield* recorder("other", log)
        yield* TestClock.adjust("10 seconds")
        old.set(t0 + 3_612_000)
        yield* Probe.settled
        yield* clock.step(3_600_000)
        other.set(t0 + 7_200_000)
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(log, ["old Due 3612000"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("a step forward of little more than a second brings them nearer, too", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const old = yield* recorder("old", log)
        const other = yield* recorder("other", log)
        yield* TestClock.adjust("10 seconds")
        old.set(t0 + 20_000)
        yield* Probe.settled
        yield* clock.step(1_500)
        other.set(t0 + 7_200_000)
        yield* TestClock.adjust(8_499)
        assert.deepStrictEqual(log, [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(log, ["old Due 20000"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("a deadline set after the clock was set back rings at its instant by the new clock", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const alarm = yield* recorder("a", log)
        alarm.set(t0 + 15_000)
        yield* TestClock.adjust("10 seconds")
        yield* clock.step(-5_000)
        alarm.set(t0 + 8_000)
        yield* TestClock.adjust(2_999)
        assert.deepStrictEqual(log.splice(0), ["a ClockSetBack 5000"])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(log, ["a Due 8000"])
      }).pipe(Effect.provide(layer))
    )

    const within = (millis: number) =>
      Effect.provideService(DispatchScheduler.MaxSleep, Duration.millis(millis))

    it.effect("notices a step as soon as the least patient alarm asks, also one that was made last", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        yield* within(1_000_000)(recorder("patient", log))
        yield* Probe.settled
        const scope = yield* Scope.make()
        yield* within(5_000)(Scope.provide(recorder("gone", log), scope))
        yield* within(5_000)(recorder("quick", log))
        yield* Probe.settled
        yield* clock.step(-60_000)
        yield* TestClock.adjust(5_000)
        assert.deepStrictEqual(
          log.splice(0),
          ["patient", "gone", "quick"].map((name) => `${name} ClockSetBack -55000`)
        )
        // One of two that ask for the same has gone.
        yield* Scope.close(scope, Exit.void)
        yield* TestClock.adjust(5_000)
        yield* clock.step(-120_000)
        yield* TestClock.adjust(5_000)
        assert.deepStrictEqual(log, ["patient ClockSetBack -165000", "quick ClockSetBack -165000"])
      }).pipe(
        Effect.provide(
          layer.pipe(Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)))
        )
      )
    )

    it.effect("tells every alarm that the clock was set back, and rings no earlier than the clock says", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const soon = yield* recorder("soon", log)
        yield* recorder("unset", log)
        soon.set(t0 + 20_000)
        yield* Probe.settled
        yield* TestClock.adjust("10 seconds")
        yield* clock.step(-60_000)
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(log.splice(0), ["soon ClockSetBack -40000", "unset ClockSetBack -40000"])
        yield* TestClock.adjust(59_999)
        assert.deepStrictEqual(log, [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(log, ["soon Due 20000"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("rings an alarm that is due when the step back is noticed, unless it is set anew by then", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const scheduler = yield* DispatchScheduler.DispatchScheduler
        const log: Array<string> = []
        const alarm = yield* recorder("a", log)
        const other: DispatchScheduler.Alarm = yield* scheduler.alarm((ring) => {
          log.push(`other ${ring}`)
          if (ring === "ClockSetBack") other.set(t0 - 40_000)
        })
        yield* TestClock.adjust("10 seconds")
        yield* clock.step(-60_000)
        alarm.set(t0 - 50_000)
        other.set(t0 - 50_000)
        yield* Probe.settled
        const noticed = ["a ClockSetBack -50000", "other ClockSetBack", "a Due -50000"]
        assert.deepStrictEqual(log.splice(0), noticed)
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(log, ["other Due"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("takes up to a second back for jitter", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        yield* recorder("a", log)
        yield* TestClock.adjust("10 seconds")
        yield* clock.step(-11_000)
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(log, [])
        yield* clock.step(-10_001)
        yield* TestClock.adjust("10 seconds")
        yield* Probe.settled
        assert.deepStrictEqual(log, ["a ClockSetBack 8999"])
      }).pipe(Effect.provide(layer))
    )

    it.effect("waits while the clock stands still", () =>
      Effect.gen(function* () {
        const clock = yield* SkewClock.SkewClock
        const log: Array<string> = []
        const alarm = yield* recorder("a", log)
        alarm.set(t0 + 5_000)
        yield* Probe.settled
        yield* clock.setRate(0)
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(log, [])
        yield* clock.setRate(1)
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(log, ["a Due 5000"])
      }).pipe(Effect.provide(layer))
    )

    it.effect(
      "Timing: a clock that stands still just before a deadline is looked at ten times a second",
      () =>
        Effect.gen(function* () {
          const clock = yield* SkewClock.SkewClock
          const log: Array<string> = []
          const alarm = yield* recorder("a", log)
          alarm.set(t0 + 5_000)
          yield* Probe.settled
          yield* TestClock.adjust(4_999)
          yield* clock.setRate(0)
          const looks = Metric.value(Metrics.wakeUps.at("Look"))
          const before = yield* looks
          yield* TestClock.adjust("1 minute")
          assert.closeTo(Number((yield* looks).count) - Number(before.count), 600, 20)
          assert.deepStrictEqual(log, [])
          yield* clock.setRate(1)
          yield* TestClock.adjust(100)
          assert.lengthOf(log, 1)
        }).pipe(Effect.provide(layer))
    )
  })

  it.effect("an alarm that throws leaves the others alone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      const scheduler = yield* DispatchScheduler.DispatchScheduler
      const broken = yield* scheduler.alarm(() => {
        throw new Error("broken")
      })
      const sound = yield* recorder("sound", log)
      broken.set(t0 + 500)
      sound.set(t0 + 1_000)
      yield* Probe.settled
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(log, ["sound Due 1000"])
    }).pipe(Effect.provide([patient, Logger.layer([])]))
  )

  it.effect("an alarm that sets itself to the past again and again lets others ring", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      let rung = 0
      const scheduler = yield* DispatchScheduler.DispatchScheduler
      const restless: DispatchScheduler.Alarm = yield* scheduler.alarm(() => {
        if (++rung < 1_000_000) restless.set(-Infinity)
      })
      const patientAlarm = yield* recorder("patient", log)
      restless.set(t0)
      patientAlarm.set(t0)
      // The restless one never comes to rest.
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => log.length > 0 || rung >= 1_000 }))
      assert.isBelow(rung, 1_000)
      assert.deepStrictEqual(log, ["patient Due 0"])
    }).pipe(Effect.provide(patient))
  )

  it.effect("an alarm that another one moves or whose scope is closed does not ring any more", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0)
      const log: Array<string> = []
      const scheduler = yield* DispatchScheduler.DispatchScheduler
      const mover = yield* scheduler.alarm(() => moved.set(t0 + 2_000))
      const moved: DispatchScheduler.Alarm = yield* recorder("moved", log)
      const scope = yield* Scope.make()
      const closed = yield* Scope.provide(recorder("closed", log), scope)
      mover.set(t0 + 1_000)
      moved.set(t0 + 1_000)
      yield* Scope.close(scope, Exit.void)
      closed.set(t0 + 1_000)
      yield* Probe.settled
      yield* TestClock.adjust(1_500)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(log, ["moved Due 2000"])
    }).pipe(Effect.provide(patient))
  )

  it.effect("notices a clock that is set back little by little", () =>
    Effect.gen(function* () {
      const skew = yield* SkewClock.SkewClock
      const log: Array<string> = []
      yield* recorder("a", log)
      yield* TestClock.adjust("10 seconds")
      yield* skew.step(-10_900)
      yield* TestClock.adjust("10 seconds")
      yield* skew.step(-10_900)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(log.length, 1)
    }).pipe(
      Effect.provide(
        DispatchScheduler.layer.pipe(
          Layer.provideMerge(SkewClock.layer({ start: t0 })),
          Layer.provideMerge(TestClock.layer())
        )
      )
    )
  )
})
