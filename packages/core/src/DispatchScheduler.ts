/**
 * One timer for many deadlines on the wall clock.
 *
 * Sleeping goes by a clock that knows nothing of suspends and of steps of the wall clock, so nobody sleeps longer than
 * `maxSleep` before looking at the wall clock again.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, Latch, Layer, type Scope } from "effect"
import { DeadlineHeap, type Held } from "./internal/deadlineHeap.ts"

/**
 * The longest sleep before the wall clock is looked at again: 10 seconds unless set. A step of the clock is noticed
 * within this time. May be infinite where the clock cannot step, as in tests.
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

/** A wall clock that is found to be this much earlier than before has been set back; less is jitter. */
const clockStepToleranceMillis = 1_000

/**
 * Why an alarm rings: its deadline has come, or the wall clock was set back since it was last looked at.
 *
 * @category models
 * @since 0.1.0
 */
export type Ring = "Due" | "ClockSetBack"

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

interface Item extends Held {
  readonly ring: (ring: Ring) => void
  readonly number: number
}

/**
 * Wakes whoever asks, at instants of the wall clock, never early, in order of deadlines and, at one instant, of the
 * alarms' making.
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchScheduler extends Context.Service<
  DispatchScheduler,
  {
    /** Makes an alarm for the life of the scope. `ring` must return at once; it is called from the timer itself. */
    readonly alarm: (ring: (ring: Ring) => void) => Effect.Effect<Alarm, never, Scope.Scope>
  }
>()("@effect-dispatch/core/DispatchScheduler") {
  /** A scheduler on Effect's `Clock`: one fiber, which sleeps until the earliest deadline or for `MaxSleep`. */
  static readonly layer: Layer.Layer<DispatchScheduler> = Layer.effect(
    DispatchScheduler,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const maxSleep = Duration.toMillis(yield* MaxSleep)
      const items = new DeadlineHeap<Item>((left, right) => left.number - right.number)
      const all = new Set<Item>()
      const moved = Latch.makeUnsafe(false)
      let number = 0
      let seenAt = -Infinity
      let sleepsUntil = Infinity

      const ringDue = () => {
        const now = clock.currentTimeMillisUnsafe()
        const setBack = now < seenAt - clockStepToleranceMillis
        seenAt = now
        if (setBack) for (const item of all) item.ring("ClockSetBack")
        for (let item = items.takeDue(now); item !== undefined; item = items.takeDue(now)) item.ring("Due")
        return now
      }

      const turn = Effect.suspend(() => {
        moved.closeUnsafe()
        const now = ringDue()
        const sleep = Math.min(items.earliest - now, maxSleep)
        sleepsUntil = now + sleep
        if (sleep <= 0) return Effect.yieldNow
        return sleep === Infinity ? moved.await : Effect.timeoutOption(moved.await, sleep)
      })
      yield* Effect.forkScoped(Effect.forever(turn))

      const set = (item: Item, at: number) => {
        items.schedule(item, at)
        if (at < sleepsUntil) moved.openUnsafe()
      }
      return DispatchScheduler.of({
        alarm: (ring) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const item: Item = { ring, number: number++, place: -1 }
              all.add(item)
              return item
            }),
            (item) =>
              Effect.sync(() => {
                all.delete(item)
                items.remove(item)
              })
          ).pipe(Effect.map((item) => ({ set: (at) => set(item, at) })))
      })
    })
  )
}
