import * as Actor from "@effect-dispatch/core/Actor"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"

class Broken extends Data.TaggedError("Broken")<{ readonly what: string }> {}

const settle = Probe.settled

/** After a test, finalizers that take their time get it. */
const timePassesAfter = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.ensuring(
    test,
    Effect.forkDetach(Effect.repeat(Effect.andThen(TestClock.adjust("1 minute"), settle), { times: 20 }))
  ).pipe(Effect.provide(Probe.layer))

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

  describe("section 8: started while it stops, it waits for the end and then starts", () => {
    /** An actor whose end takes five seconds, up and with a second behind it. */
    const makeSlow = Effect.fnUntraced(function* (end: Effect.Effect<unknown, never, never> = Effect.void) {
      const log: Array<string> = []
      const note = (what: string) => Effect.sync(() => void log.push(what))
      const actor = yield* Actor.make({
        name: "slow",
        logic: Effect.gen(function* () {
          yield* note("up")
          yield* Effect.addFinalizer(() =>
            Effect.andThen(Effect.sleep("5 seconds"), Effect.andThen(note("down"), end))
          )
          return yield* Effect.never
        })
      })
      yield* actor.start
      yield* TestClock.adjust("1 second")
      return { actor, note, take: () => log.splice(0) }
    })

    for (const how of ["stop", "cancel"] as const) {
      it.effect(`during a ${how}`, () =>
        Effect.gen(function* () {
          const { actor, note, take } = yield* makeSlow()
          yield* Effect.forkChild(actor[how]())
          yield* settle
          yield* Effect.forkChild(Effect.andThen(actor.start, note("started")))
          yield* TestClock.adjust(4_999)
          assert.deepStrictEqual(take(), ["up"])
          yield* TestClock.adjust(1)
          yield* settle
          assert.deepStrictEqual(take().sort(), ["down", "started", "up"])
          assert.isTrue(yield* actor.isRunning)
        }).pipe(timePassesAfter)
      )
    }

    it.effect("also when its logic has returned, or failed for good, and finalizers still run", () =>
      Effect.gen(function* () {
        for (const end of [Effect.void, new Broken({ what: "end" })]) {
          const log: Array<string> = []
          const actor = yield* Actor.make({
            name: "a",
            logic: Effect.gen(function* () {
              log.push("up")
              yield* Effect.addFinalizer(() => Effect.sleep("5 seconds"))
              yield* Effect.sleep("1 second")
              yield* end
            }),
            restartLimit: 0
          })
          yield* actor.start
          yield* TestClock.adjust("2 seconds")
          const starting = yield* Effect.forkChild(actor.start)
          yield* TestClock.adjust("4 seconds")
          yield* Fiber.join(starting)
          assert.deepStrictEqual([log, yield* actor.isRunning], [["up", "up"], true])
        }
      }).pipe(timePassesAfter)
    )

    it.effect("also while the logic itself still winds up", () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const windsUp = Effect.onInterrupt(Effect.never, () => Effect.sleep("5 seconds"))
        const up = Effect.sync(() => void log.push("up"))
        const actor = yield* Actor.make({ name: "a", logic: Effect.andThen(up, windsUp) })
        yield* actor.start
        yield* TestClock.adjust("1 second")
        yield* actor.cancel()
        const starting = yield* Effect.forkChild(actor.start)
        yield* TestClock.adjust(4_999)
        assert.deepStrictEqual(log, ["up"])
        yield* TestClock.adjust(1)
        yield* Fiber.join(starting)
        yield* settle
        assert.deepStrictEqual([log, yield* actor.isRunning], [["up", "up"], true])
      }).pipe(timePassesAfter)
    )

    it.effect("once, however many start it", () =>
      Effect.gen(function* () {
        const { actor, take } = yield* makeSlow()
        yield* actor.cancel()
        const starting = yield* Effect.forkChild(
          Effect.all([actor.start, actor.start, actor.start], { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(starting)
        yield* settle
        assert.deepStrictEqual(take(), ["up", "down", "up"])
      }).pipe(timePassesAfter)
    )

    it.effect("unless it is stopped once more: the last word counts", () =>
      Effect.gen(function* () {
        const { actor, take } = yield* makeSlow()
        yield* actor.cancel()
        const starting = yield* Effect.forkChild(actor.start)
        yield* settle
        const stopping = yield* Effect.forkChild(actor.stop())
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(starting)
        yield* Fiber.join(stopping)
        assert.deepStrictEqual([take(), yield* actor.isRunning], [["up", "down"], false])
        yield* actor.start
        yield* settle
        assert.deepStrictEqual(take(), ["up"])
      }).pipe(timePassesAfter)
    )

    it.effect("also from within its own end, which does not wait for itself", () =>
      Effect.gen(function* () {
        let restarts = 0
        const own: { actor?: Actor.Actor } = {}
        const { actor, take } = yield* makeSlow(
          Effect.suspend(() => (restarts++ === 0 ? (own.actor?.start ?? Effect.void) : Effect.void))
        )
        own.actor = actor
        const stopping = yield* Effect.forkChild(actor.stop())
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(stopping)
        yield* settle
        assert.deepStrictEqual([take(), yield* actor.isRunning], [["up", "down", "up"], true])
      }).pipe(timePassesAfter)
    )

    it.effect("and a stop from within its own end does not wait for itself either", () =>
      Effect.gen(function* () {
        const own: { actor?: Actor.Actor } = {}
        const { actor, take } = yield* makeSlow(Effect.suspend(() => own.actor?.stop() ?? Effect.void))
        own.actor = actor
        const stopping = yield* Effect.forkChild(actor.stop())
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(stopping)
        assert.deepStrictEqual([take(), yield* actor.isRunning], [["up", "down"], false])
      }).pipe(timePassesAfter)
    )
  })

  describe("section 8: wait fails with all that failed", () => {
    const reasonsOf = <E>(exit: Exit.Exit<void, E>) =>
      Exit.isFailure(exit)
        ? exit.cause.reasons.map((reason) =>
            Cause.isFailReason(reason)
              ? reason.error
              : Cause.isDieReason(reason)
                ? reason.defect
                : reason._tag
          )
        : []

    it.effect("the logic and its finalizers, each as what it is", () =>
      Effect.gen(function* () {
        const actor = yield* Actor.make({
          name: "a",
          logic: Effect.gen(function* () {
            yield* Effect.addFinalizer(() => Effect.die("first"))
            yield* Effect.addFinalizer(() => Effect.die("second"))
            return yield* new Broken({ what: "logic" })
          }),
          restartLimit: 0
        })
        yield* actor.start
        const exit = yield* Effect.exit(actor.wait)
        assert.deepStrictEqual(reasonsOf(exit), [new Broken({ what: "logic" }), "second", "first"])
        assert.isTrue(Exit.isFailure(exit) && Cause.hasFails(exit.cause))
      })
    )

    it.effect("a finalizer of a logic that returned, which is not started again for that", () =>
      Effect.gen(function* () {
        let runs = 0
        const actor = yield* Actor.make({
          name: "a",
          logic: Effect.andThen(
            Effect.sync(() => runs++),
            Effect.addFinalizer(() => Effect.die("finalizer"))
          )
        })
        yield* actor.start
        assert.deepStrictEqual(reasonsOf(yield* Effect.exit(actor.wait)), ["finalizer"])
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(runs, 1)
      })
    )

    it.effect("a failure whose restart it was stopped in", () =>
      Effect.gen(function* () {
        const actor = yield* Actor.make({ name: "a", logic: Effect.fail(new Broken({ what: "x" })) })
        yield* actor.start
        yield* TestClock.adjust("1 second")
        assert.isTrue(yield* actor.isRunning)
        const exit = yield* Effect.exit(actor.stop())
        assert.deepStrictEqual(reasonsOf(exit), [new Broken({ what: "x" })])
      })
    )

    it.effect("and not a failure that a restart has mended", () =>
      Effect.gen(function* () {
        let runs = 0
        const actor = yield* Actor.make({
          name: "a",
          logic: Effect.suspend(() => (runs++ === 0 ? new Broken({ what: "x" }) : Effect.never))
        })
        yield* actor.start
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual([runs, yield* Effect.exit(actor.stop())], [2, Exit.void])
      })
    )

    it.effect("at once with a failure that is final", () =>
      Effect.gen(function* () {
        let runs = 0
        const actor = yield* Actor.make({
          name: "a",
          logic: Effect.suspend(() => new Broken({ what: String(++runs) })),
          isFinal: (cause) =>
            cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error.what === "2")
        })
        yield* actor.start
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(reasonsOf(yield* Effect.exit(actor.wait)), [new Broken({ what: "2" })])
        assert.isFalse(yield* actor.isRunning)
      })
    )
  })

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
