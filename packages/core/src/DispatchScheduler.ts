/**
 * One timer for many deadlines on the wall clock.
 *
 * Sleeping follows a clock that ignores suspends and steps of the wall clock. So no sleep is longer than `maxSleep`
 * before the wall clock is looked at again.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, Layer, type Scope } from "effect"
import { type Ring, Timer } from "./internal/scheduler/timer.ts"

export type { Ring } from "./internal/scheduler/timer.ts"

/**
 * The longest sleep before the wall clock is looked at again: 10 seconds unless set. A step of the clock is noticed
 * within this time. It may be infinite if the clock cannot step, as in tests.
 *
 * An alarm uses the value set where it is made, else the value set where the layer of the scheduler is.
 *
 * @category references
 * @since 0.1.0
 */
export const MaxSleep = Context.Reference<Duration.Duration>(
  "@effect-dispatch/core/DispatchScheduler/MaxSleep",
  {
    defaultValue: () => Duration.seconds(10)
  }
)

/**
 * A deadline that can be moved.
 *
 * @category models
 * @since 0.1.0
 */
export interface Alarm {
  /**
   * Rings once when the wall clock reaches this instant (epoch milliseconds), at once if it has; `Infinity` silences
   * it. Replaces what was set before. Takes O(log n) among n alarms.
   */
  readonly set: (at: number) => void
}

/**
 * Wakes its callers at instants of the wall clock, never early, in order of deadlines; at one instant, in the order in
 * which the alarms were made.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchScheduler } from "@effect-dispatch/core"
 * import { Effect, Layer } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const scheduler = yield* DispatchScheduler.DispatchScheduler
 *   let rings = 0
 *   const alarm = yield* scheduler.alarm(() => (rings += 1))
 *   alarm.set(60_000)
 *   yield* TestClock.adjust("59 seconds")
 *   assert.strictEqual(rings, 0)
 *   yield* TestClock.adjust("1 second")
 *   assert.strictEqual(rings, 1)
 * })
 * const layer = Layer.provideMerge(DispatchScheduler.layer, TestClock.layer())
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
 * ```
 *
 * @see BEHAVIOUR section 4
 * @category services
 * @since 0.1.0
 */
export class DispatchScheduler extends Context.Service<
  DispatchScheduler,
  {
    /** Makes an alarm for the life of the scope. `ring` must return at once; it is called from the timer itself. */
    readonly alarm: (ring: (ring: Ring) => void) => Effect.Effect<Alarm, never, Scope.Scope>
  }
>()("@effect-dispatch/core/DispatchScheduler") {}

/**
 * A scheduler on Effect's `Clock`: one fiber, which sleeps until the earliest deadline or for `MaxSleep`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchScheduler> = Layer.effect(
  DispatchScheduler,
  Effect.gen(function* () {
    const maxSleep = Duration.toMillis(yield* MaxSleep)
    const timer = new Timer(yield* Clock.Clock, maxSleep, yield* Effect.context<never>())
    yield* Effect.forkScoped(timer.run)
    return DispatchScheduler.of({
      alarm: (ring) =>
        Effect.contextWith((context: Context.Context<never>) =>
          Effect.acquireRelease(
            Effect.sync(() => timer.add(ring, maxSleepOf(context) ?? maxSleep)),
            (item) => Effect.sync(() => timer.remove(item))
          )
        ).pipe(Effect.map((item) => ({ set: (at) => timer.set(item, at) })))
    })
  })
)

/** The value set there, in milliseconds; nothing for the default. */
const maxSleepOf = (context: Context.Context<never>): number | undefined =>
  context.mapUnsafe.has(MaxSleep.key) ? Duration.toMillis(Context.get(context, MaxSleep)) : undefined
