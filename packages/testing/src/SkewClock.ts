/**
 * A wall clock that jumps, drifts and stands still, while timers go on as they should.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, Layer } from "effect"
import type { TestClock } from "effect/testing"

/**
 * A wall clock over the timers of a `TestClock`: moving the timers moves it too, as fast as its rate says, and it can
 * be set forward and back without any timer noticing. As on a real machine, sleeping goes by the timers.
 *
 * Under its layer, `TestClock.adjust` goes on working and moves the timers.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { SkewClock } from "@effect-dispatch/testing"
 * import { Clock, Effect, Layer } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const skewed = yield* SkewClock.SkewClock
 *   yield* skewed.step(3_600_000)
 *   yield* TestClock.adjust("1 minute")
 *   assert.strictEqual(yield* Clock.currentTimeMillis, 3_660_000)
 * })
 * const layer = Layer.provideMerge(SkewClock.layer(), TestClock.layer())
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class SkewClock extends Context.Service<
  SkewClock,
  {
    /** Sets the wall clock forward or, when negative, back by so many milliseconds. */
    readonly step: (millis: number) => Effect.Effect<void>
    /** Milliseconds that the wall clock goes forward in one millisecond of the timers: 1 is right, 0 stands still. */
    readonly setRate: (rate: number) => Effect.Effect<void>
    /** The distance of the wall clock from a clock that was never skewed, in milliseconds. */
    readonly skew: Effect.Effect<number>
  }
>()("@effect-dispatch/testing/SkewClock") {}

/**
 * Skews the `TestClock` at hand. The wall clock begins at `start` (epoch milliseconds), or where the timers are.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: { readonly start?: number | undefined } = {}): Layer.Layer<SkewClock> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const timers = (yield* Clock.Clock) as TestClock.TestClock
      const since = timers.currentTimeMillisUnsafe()
      const start = options.start ?? since
      let anchor = { timers: since, wall: start }
      let rate = 1

      const wallAt = (now: number) => anchor.wall + (now - anchor.timers) * rate
      const wall = () => Math.floor(wallAt(timers.currentTimeMillisUnsafe()))
      /** Goes on from where the wall clock is now, plus `by`. */
      const anchorAgain = (by: number) => {
        const now = timers.currentTimeMillisUnsafe()
        anchor = { timers: now, wall: Math.floor(wallAt(now)) + by }
      }

      const clock: TestClock.TestClock = {
        currentTimeMillisUnsafe: wall,
        currentTimeMillis: Effect.sync(wall),
        currentTimeNanosUnsafe: () => BigInt(wall()) * 1_000_000n,
        currentTimeNanos: Effect.sync(() => BigInt(wall()) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => timers.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: timers.monotonicTimeNanos,
        // As on a real machine, timers count whole milliseconds.
        sleep: (duration) => timers.sleep(Duration.millis(Math.ceil(Duration.toMillis(duration)))),
        adjust: (duration) => timers.adjust(duration),
        setTime: (timestamp) => Effect.suspend(() => timers.adjust(timestamp - wall())),
        withLive: (effect) => timers.withLive(effect)
      }
      const skewClock = SkewClock.of({
        step: (millis) => Effect.sync(() => anchorAgain(millis)),
        setRate: (next) =>
          Effect.sync(() => {
            anchorAgain(0)
            rate = next
          }),
        skew: Effect.sync(() => wall() - start - (timers.currentTimeMillisUnsafe() - since))
      })
      return Context.make(SkewClock, skewClock).pipe(Context.add(Clock.Clock, clock))
    })
  )
