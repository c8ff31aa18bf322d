import * as Actor from "@effect-dispatch/core/Actor"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"

class Broken extends Data.TaggedError("Broken")<{ readonly what: string }> {}

describe("Actor", () => {
  it.effect("does nothing until it is started, and starts once", () =>
    Effect.gen(function* () {
      let runs = 0
      const logic = Effect.andThen(
        Effect.sync(() => runs++),
        Effect.never
      )
      const actor = yield* Actor.make({ name: "a", logic })
      assert.deepStrictEqual([yield* actor.isRunning, runs, yield* actor.fibers], [false, 0, []])
      yield* actor.wait
      yield* actor.start
      yield* actor.start
      yield* Probe.settled
      assert.deepStrictEqual([yield* actor.isRunning, runs, (yield* actor.fibers).length], [true, 1, 1])
    }).pipe(Effect.provide(Probe.layer))
  )

  for (const [name, failure] of [
    ["failure", Effect.fail(new Broken({ what: "x" }))],
    ["defect", Effect.die("x")]
  ] as const) {
    it.effect(`starts its logic again two seconds after a ${name}, without limit`, () =>
      Effect.gen(function* () {
        let runs = 0
        const logic = Effect.andThen(
          Effect.sync(() => runs++),
          failure
        )
        const actor = yield* Actor.make<Broken, never>({ name: "a", logic })
        yield* actor.start
        yield* Probe.settled
        assert.strictEqual(runs, 1)
        yield* TestClock.adjust(1_999)
        assert.strictEqual(runs, 1)
        yield* TestClock.adjust(1)
        assert.strictEqual(runs, 2)
        yield* TestClock.adjust("2000 seconds")
        assert.strictEqual(runs, 1_002)
        assert.isTrue(yield* actor.isRunning)
      }).pipe(Effect.provide(Probe.layer))
    )
  }

  it.effect("gives up after the last restart allowed, and surfaces what it failed with", () =>
    Effect.gen(function* () {
      let runs = 0
      const actor = yield* Actor.make({
        name: "a",
        logic: Effect.suspend(() => new Broken({ what: `run ${++runs}` })),
        restartDelay: "1 minute",
        restartLimit: 2
      })
      yield* actor.start
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* Effect.flip(actor.wait), new Broken({ what: "run 3" }))
      assert.deepStrictEqual([runs, yield* actor.isRunning], [3, false])
    })
  )

  it.effect("is not started again after a normal return or an interruption", () =>
    Effect.gen(function* () {
      for (const end of [Effect.void, Effect.interrupt]) {
        let runs = 0
        const actor = yield* Actor.make({
          name: "a",
          logic: Effect.andThen(
            Effect.sync(() => runs++),
            end
          )
        })
        yield* actor.start
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([runs, yield* actor.isRunning], [1, false])
        yield* actor.wait
      }
    })
  )

  it.effect("stop waits for the end of the logic, cancel does not", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const slowEnd = Effect.andThen(
        Effect.sleep("5 seconds"),
        Effect.sync(() => log.push("ended"))
      )
      const logic = Effect.onInterrupt(Effect.never, () => slowEnd)
      const actor = yield* Actor.make({ name: "a", logic })
      yield* actor.start
      yield* TestClock.adjust("1 second")
      yield* actor.cancel("no longer needed")
      yield* Probe.settled
      assert.deepStrictEqual([log, yield* actor.isRunning], [[], true])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual([log.splice(0), yield* actor.isRunning], [["ended"], false])
      yield* actor.start
      yield* Probe.settled
      const stopping = yield* Effect.forkChild(
        Effect.andThen(
          actor.stop("done"),
          Effect.sync(() => log.push("stopped"))
        )
      )
      yield* TestClock.adjust(4_999)
      assert.deepStrictEqual(log, [])
      yield* TestClock.adjust(1)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(log, ["ended", "stopped"])
    }).pipe(Effect.provide(Probe.layer))
  )

  it.effect("a failure while it is being stopped surfaces", () =>
    Effect.gen(function* () {
      const logic = Effect.onInterrupt(Effect.never, () => Effect.die("cannot let go"))
      const actor = yield* Actor.make({ name: "a", logic })
      yield* actor.start
      yield* Probe.settled
      const exit = yield* Effect.exit(actor.stop())
      assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("cannot let go"))
    }).pipe(Effect.provide(Probe.layer))
  )

  it.effect("every run has a scope of its own, and leaving the actor's scope stops it", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const scope = yield* Scope.make()
      const logic = Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => log.push("open")),
          () => Effect.sync(() => log.push("closed"))
        )
        if (log.length === 1) return yield* Effect.die("once")
        return yield* Effect.never
      })
      const actor = yield* Scope.provide(Actor.make({ name: "a", logic }), scope)
      yield* actor.start
      yield* Probe.settled
      assert.deepStrictEqual(log, ["open", "closed"])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(log, ["open", "closed", "open"])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(log, ["open", "closed", "open", "closed"])
      assert.isFalse(yield* actor.isRunning)
    }).pipe(Effect.provide(Probe.layer))
  )

  it.effect("runAll waits for all, and fails with the failures of all", () =>
    Effect.gen(function* () {
      const failing = (what: string) =>
        Actor.make({ name: what, logic: Effect.fail(new Broken({ what })), restartLimit: 0 })
      const slow = yield* Actor.make({ name: "slow", logic: Effect.sleep("1 minute") })
      const actors = [yield* failing("one"), slow, yield* failing("two")]
      const running = yield* Effect.forkChild(Effect.exit(Actor.runAll(...actors)))
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(running.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(running)
      assert.isTrue(Exit.isFailure(exit))
      if (Exit.isFailure(exit)) {
        const errors = exit.cause.reasons.filter(Cause.isFailReason).map(({ error }) => error.what)
        assert.deepStrictEqual(errors, ["one", "two"])
      }
    })
  )

  it.effect("tells its name and whether it runs", () =>
    Effect.gen(function* () {
      const actor = yield* Actor.make({ name: "charger 7", logic: Effect.never })
      assert.include(String(actor), "charger 7")
      yield* actor.start
      assert.deepStrictEqual(JSON.parse(JSON.stringify(actor)), {
        _id: "Actor",
        name: "charger 7",
        isRunning: true
      })
    })
  )

  it.effect("is started once, however the fibers that start it interleave", () =>
    Effect.gen(function* () {
      // Fibers give way to each other after some two thousand steps.
      for (let steps = 2_000; steps < 2_100; steps++) {
        let runs = 0
        const logic = Effect.andThen(
          Effect.sync(() => runs++),
          Effect.never
        )
        const actor = yield* Actor.make({ name: "a", logic })
        const start = Effect.gen(function* () {
          for (let step = 0; step < steps; step++) yield* Effect.suspend(() => Effect.void)
          yield* actor.start
        })
        yield* Effect.all([start, start], { concurrency: "unbounded" })
        yield* Probe.settled
        assert.strictEqual(runs, 1)
        yield* actor.stop()
      }
    }).pipe(Effect.provide(Probe.layer))
  )

  it.effect("stopped, it surfaces what its finalizers failed with, and not that it was interrupted", () =>
    Effect.gen(function* () {
      const logic = Effect.ensuring(Effect.never, Effect.die("finalizer"))
      const actor = yield* Actor.make({ name: "a", logic })
      yield* actor.start
      yield* Probe.settled
      const exit = yield* Effect.exit(actor.stop())
      assert.isTrue(Exit.isFailure(exit) && !Cause.hasInterrupts(exit.cause) && Cause.hasDies(exit.cause))
      yield* TestClock.adjust("1 minute")
      assert.isFalse(yield* actor.isRunning)
    }).pipe(Effect.provide(Probe.layer))
  )
})
