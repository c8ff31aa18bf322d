import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
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
  const [own, replaced] = [holdings.take(token(1n)), holdings.take(token(2n))]
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

  it("F3: a pause shows in the wall clock where the elapsed time stood still as well", () => {
    const pulse = new Pulse(500, { elapsed: 0, wall: 0 })
    assert.isFalse(pulse.wasPaused({ elapsed: 500, wall: 500 }))
    assert.isTrue(pulse.wasPaused({ elapsed: 50, wall: 60_000 }))
    assert.isTrue(pulse.wasPaused({ elapsed: 501, wall: 0 }))
    pulse.beat({ elapsed: 501, wall: 60_000 })
    assert.isFalse(pulse.wasPaused({ elapsed: 600, wall: 60_100 }))
  })
})
