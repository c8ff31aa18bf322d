import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, PubSub } from "effect"
import { TestClock } from "effect/testing"

/** A fiber that gives way so often before it does something. */
const forkAfter = (turns: number, act: () => void) =>
  Effect.forkDetach(Effect.yieldNow.pipe(Effect.repeat({ times: turns }), Effect.andThen(Effect.sync(act))))

const above = Probe.layer
const below = TestClock.layer().pipe(Layer.provideMerge(Probe.layer))

describe("Probe", () => {
  for (const [where, layer] of [
    ["above a test clock", above],
    ["below a test clock", below]
  ] as const) {
    it.effect(`is settled when nothing can go on, however long that takes, ${where}`, () =>
      Effect.gen(function* () {
        const done: Array<string> = []
        yield* forkAfter(3_000, () => done.push("later"))
        const slow = yield* forkAfter(2, () => done.push("soon"))
        yield* Effect.forkChild(
          Effect.andThen(
            Fiber.await(slow),
            forkAfter(5_000, () => done.push("last"))
          )
        )
        yield* Probe.settled
        assert.deepStrictEqual(done, ["soon", "later", "last"])
      }).pipe(Effect.provide(layer))
    )

    it.effect(`does not wait for time to pass, ${where}`, () =>
      Effect.gen(function* () {
        const done: Array<string> = []
        yield* Effect.forkChild(
          Effect.sleep("1 second").pipe(
            Effect.andThen(Effect.yieldNow),
            Effect.map(() => done.push("slept"))
          )
        )
        yield* Probe.settled
        assert.deepStrictEqual(done, [])
        yield* TestClock.adjust("1 second")
        yield* Probe.settled
        assert.deepStrictEqual(done, ["slept"])
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("sees what promises and queues wake", () =>
    Effect.gen(function* () {
      const hub = yield* PubSub.unbounded<number>()
      const heard: Array<number> = []
      const subscription = yield* PubSub.subscribe(hub)
      const hear = Effect.map(PubSub.take(subscription), (value) => heard.push(value))
      yield* Effect.forkChild(Effect.forever(hear))
      const publish = Effect.promise(async () => {
        await Promise.resolve()
        await Promise.resolve()
      }).pipe(Effect.andThen(PubSub.publish(hub, 1)))
      yield* Effect.forkChild(publish)
      yield* Probe.settled
      assert.deepStrictEqual(heard, [1])
    }).pipe(Effect.scoped, Effect.provide(Probe.layer))
  )

  it.effect("several at once do not wait for each other, and one that is interrupted is gone", () =>
    Effect.gen(function* () {
      let isDone = false
      yield* forkAfter(100, () => void (isDone = true))
      const given = yield* Effect.forkChild(Probe.settled, { startImmediately: true })
      yield* Fiber.interrupt(given)
      const looks = Effect.map(Probe.settled, () => isDone)
      assert.deepStrictEqual(yield* Effect.all([looks, looks], { concurrency: 2 }), [true, true])
    }).pipe(Effect.provide(Probe.layer))
  )

  it.effect("says so where it cannot know, or where a fiber never rests", () =>
    Effect.gen(function* () {
      const why = (effect: Effect.Effect<void>) =>
        Effect.map(Effect.exit(effect), (exit) => (Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""))
      const without = yield* why(Probe.settled)
      assert.include(without, "Probe.layer")
      const restless = Effect.gen(function* () {
        yield* Effect.forkChild(Effect.forever(Effect.yieldNow))
        yield* Probe.settled
      }).pipe(Effect.provide(Probe.layer))
      assert.include(yield* why(restless), "does not rest")
    })
  )
})
