import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Token } from "../../../src/FencingToken.ts"
import { unavailable } from "../../../src/FleetError.ts"
import { Guard } from "../../../src/internal/runner/guard.ts"
import { Holdings } from "../../../src/internal/runner/holdings.ts"
import { Pulse } from "../../../src/internal/runner/pulse.ts"

const token = (id: bigint): Token => ({ microgridId: MicrogridId.make(id), epoch: 1n })

/** A clock on which a process can be paused. */
class PausedClock {
  paused = 0
  readonly clock: Clock.Clock
  constructor(inner: Clock.Clock) {
    this.clock = {
      ...inner,
      sleep: (duration) => inner.sleep(duration),
      currentTimeMillisUnsafe: () => inner.currentTimeMillisUnsafe() + this.paused,
      currentTimeMillis: Effect.map(inner.currentTimeMillis, (now) => now + this.paused),
      monotonicTimeNanosUnsafe: () => inner.monotonicTimeNanosUnsafe() + BigInt(this.paused) * 1_000_000n
    }
  }
}

const makeGuard = Effect.gen(function* () {
  const time = new PausedClock(yield* Clock.Clock)
  const holdings = new Holdings()
  const [own, replaced] = [holdings.take(token(1n), 0), holdings.take(token(2n), 0)]
  let answers = true
  const asked: Array<number> = []
  const guard = new Guard(time.clock, holdings, (tokens) =>
    Effect.suspend(() => {
      asked.push(tokens.length)
      return answers ? Effect.succeed([MicrogridId.make(2n)]) : Effect.fail(unavailable(new Error("away")))
    })
  )
  yield* Effect.forkScoped(guard.watch)
  yield* TestClock.adjust("1 second")
  return { asked, guard, own, replaced, answer: (does: boolean) => (answers = does), time }
})

describe("F3: the guard of a process", () => {
  it.effect("lets everything through while nothing was paused", () =>
    Effect.gen(function* () {
      const { asked, guard, own, replaced } = yield* makeGuard
      yield* guard.confirm(own)
      yield* guard.confirm(replaced)
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped)
  )

  it.effect(
    "F3: after a pause nothing is confirmed before the database has answered, and what was lost never is",
    () =>
      Effect.gen(function* () {
        const { answer, asked, guard, own, replaced, time } = yield* makeGuard
        answer(false)
        time.paused += 600
        // At once, before the next beat of the pulse.
        const confirmed = yield* Effect.forkChild(guard.confirm(own), { startImmediately: true })
        const never = yield* Effect.forkChild(guard.confirm(replaced), { startImmediately: true })
        yield* TestClock.adjust("1 second")
        assert.isUndefined(confirmed.pollUnsafe())
        assert.isAbove(asked.length, 1)
        answer(true)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(confirmed)
        assert.isUndefined(never.pollUnsafe())
        assert.deepStrictEqual([own.isLost, replaced.isLost], [false, true])
        yield* replaced.lost
        const before = asked.length
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(asked.length, before)
      }).pipe(Effect.scoped)
  )

  /** A guard whose questions are answered by hand. */
  const makeAsked = Effect.gen(function* () {
    const time = new PausedClock(yield* Clock.Clock)
    const holdings = new Holdings()
    const questions: Array<Deferred.Deferred<ReadonlyArray<MicrogridId>>> = []
    const guard = new Guard(time.clock, holdings, () => {
      const question = Deferred.makeUnsafe<ReadonlyArray<MicrogridId>>()
      questions.push(question)
      return Deferred.await(question)
    })
    yield* Effect.forkScoped(guard.watch)
    yield* TestClock.adjust("1 second")
    const answer = (...lost: ReadonlyArray<bigint>) =>
      Effect.suspend(() => {
        const [question] = questions.splice(0, 1)
        return question === undefined
          ? Effect.die("nothing was asked")
          : Deferred.succeed(
              question,
              lost.map((id) => MicrogridId.make(id))
            )
      })
    return { answer, guard, holdings, questions, time }
  })

  it.effect("F3: an answer from before another pause confirms nothing", () =>
    Effect.gen(function* () {
      const { answer, guard, holdings, questions, time } = yield* makeAsked
      const replaced = holdings.take(token(2n), 0)
      time.paused += 600
      const never = yield* Effect.forkChild(guard.confirm(replaced), { startImmediately: true })
      yield* TestClock.adjust("100 millis")
      // It stands still once more while the answer is under way: another process takes over meanwhile.
      time.paused += 5_000
      yield* answer()
      yield* TestClock.adjust("1 second")
      assert.isUndefined(never.pollUnsafe())
      assert.strictEqual(questions.length, 1)
      yield* answer(2n)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(never.pollUnsafe())
      assert.isTrue(replaced.isLost)
    }).pipe(Effect.scoped)
  )

  it.effect("F3: a slow answer is no pause, so it is the only one that is asked for", () =>
    Effect.gen(function* () {
      const { answer, guard, holdings, questions, time } = yield* makeAsked
      const own = holdings.take(token(1n), 0)
      time.paused += 600
      const confirmed = yield* Effect.forkChild(guard.confirm(own), { startImmediately: true })
      yield* TestClock.adjust("4 seconds")
      yield* Effect.forkChild(guard.confirm(own), { startImmediately: true })
      yield* answer()
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(confirmed)
      assert.deepStrictEqual(questions, [])
    }).pipe(Effect.scoped)
  )

  it.effect("F3: a takeover that was answered over a pause is asked for again before it confirms", () =>
    Effect.gen(function* () {
      const { answer, guard, holdings, time } = yield* makeAsked
      const askedAt = Number(time.clock.monotonicTimeNanosUnsafe()) / 1e6
      time.paused += 5_000
      yield* TestClock.adjust("100 millis")
      // Nothing is held yet when the guard asks.
      yield* answer()
      yield* TestClock.adjust("100 millis")
      const replaced = holdings.take(token(2n), askedAt)
      const never = yield* Effect.forkChild(guard.confirm(replaced), { startImmediately: true })
      yield* TestClock.adjust("100 millis")
      assert.isUndefined(never.pollUnsafe())
      yield* answer(2n)
      yield* TestClock.adjust("1 second")
      assert.isUndefined(never.pollUnsafe())
      assert.isTrue(replaced.isLost)
    }).pipe(Effect.scoped)
  )

  it("F3: a pause shows in the wall clock where the elapsed time stood still as well", () => {
    const pulse = new Pulse(500, { elapsed: 0, wall: 0 })
    assert.isFalse(pulse.wasPaused({ elapsed: 500, wall: 500 }))
    assert.isTrue(pulse.wasPaused({ elapsed: 50, wall: 60_000 }))
    assert.isTrue(pulse.wasPaused({ elapsed: 501, wall: 0 }))
    pulse.beat({ elapsed: 501, wall: 60_000 })
    assert.isFalse(pulse.wasPaused({ elapsed: 600, wall: 60_100 }))
  })
})
