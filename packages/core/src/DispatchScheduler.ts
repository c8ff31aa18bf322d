/**
 * One timer for many deadlines on the wall clock.
 *
 * Sleeping goes by a clock that knows nothing of suspends and of steps of the wall clock, so nobody sleeps longer than
 * `maxSleep` before looking at the wall clock again.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, Latch, Layer, type Scope } from "effect"
import { clockStepToleranceMillis } from "./internal/clockStep.ts"
import { DeadlineHeap, type Held } from "./internal/deadlineHeap.ts"
import * as Metrics from "./Metrics.ts"

/**
 * The longest sleep before the wall clock is looked at again: 10 seconds unless set. A step of the clock is noticed
 * within this time. May be infinite where the clock cannot step, as in tests.
 *
 * Each alarm goes by what is set where it is made, or else by what is set where the layer of the scheduler is.
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
 * Why an alarm rings: its deadline has come, or the wall clock was set back since it was last looked at, be it to set
 * an alarm.
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
  /** How long it lets the scheduler sleep, in milliseconds. */
  readonly maxSleep: number
  /** Its deadline has come, and it has not rung yet. */
  isDue: boolean
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
      const maxSleeps = new Tally()
      const items = new DeadlineHeap<Item>((left, right) => left.number - right.number)
      const all = new Set<Item>()
      const moved = Latch.makeUnsafe(false)
      let number = 0
      const context = yield* Effect.context<never>()
      let seenAt = -Infinity
      let lookedAt = { wall: Number.NaN, timers: 0n }
      /** When it wakes up, by the clock that timers go by, in milliseconds. */
      let wakesAt = Infinity
      const timersMillis = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

      const ringDue = () => {
        const now = clock.currentTimeMillisUnsafe()
        const setBack = now < seenAt - clockStepToleranceMillis
        seenAt = setBack ? now : Math.max(seenAt, now)
        // All that is due is taken first: what an alarm sets from within its ring is for the next turn.
        const due: Array<Item> = []
        for (let item = items.takeDue(now); item !== undefined; item = items.takeDue(now)) {
          item.isDue = true
          due.push(item)
        }
        count(now, due.length > 0)
        const rings = due.map((item) => ring(item, "Due"))
        return setBack ? [...Array.from(all, (item) => ring(item, "ClockSetBack")), ...rings] : rings
      }

      /** Counts turns, and steps of the wall clock: of those forward only the timers tell. */
      const count = (wall: number, isDue: boolean) => {
        const timers = clock.monotonicTimeNanosUnsafe()
        const step = wall - lookedAt.wall - Number(timers - lookedAt.timers) / 1e6
        lookedAt = { wall, timers }
        Metrics.wakeUps.at(isDue ? "Due" : "Look").updateUnsafe(1, context)
        if (Math.abs(step) > clockStepToleranceMillis)
          Metrics.clockSteps.at(step > 0 ? "Forward" : "Back").updateUnsafe(1, context)
      }

      /** One alarm that throws leaves the others alone. */
      const ring = (item: Item, why: Ring) =>
        Effect.catchCause(
          Effect.sync(() => {
            // An alarm that was made before may have moved or closed this one.
            if (!all.has(item) || (why === "Due" && !item.isDue)) return
            item.isDue = false
            item.ring(why)
          }),
          (cause) => Effect.logError("An alarm of the scheduler failed", cause)
        )

      const turn = Effect.suspend(() => {
        moved.closeUnsafe()
        const rings = ringDue()
        return rings.length === 0 ? sleep : Effect.andThen(Effect.all(rings, { discard: true }), sleep)
      })
      const sleep = Effect.suspend(() => {
        const now = clock.currentTimeMillisUnsafe()
        const sleep = Math.min(items.earliest - now, maxSleeps.least ?? maxSleep)
        wakesAt = timersMillis() + sleep
        if (sleep <= 0) return Effect.yieldNow
        return sleep === Infinity ? moved.await : Effect.timeoutOption(moved.await, sleep)
      })
      yield* Effect.forkScoped(Effect.forever(turn))

      const set = (item: Item, at: number) => {
        if (!all.has(item)) return
        // Whoever sets an alarm has looked at the clock, and may have acted upon it.
        const now = clock.currentTimeMillisUnsafe()
        seenAt = Math.max(seenAt, now)
        item.isDue = false
        items.schedule(item, at)
        const sleep = wakesAt - timersMillis()
        // A step forward, which the sleep knows nothing of, brings all deadlines nearer.
        const hasStepped = items.earliest - now < sleep - clockStepToleranceMillis
        if (at - now < sleep || hasStepped) moved.openUnsafe()
      }
      const add = (ring: Item["ring"], maxSleep: number) => {
        const item: Item = { ring, number: number++, maxSleep, isDue: false, place: -1 }
        all.add(item)
        maxSleeps.add(maxSleep)
        if (maxSleep < wakesAt - timersMillis()) moved.openUnsafe()
        return item
      }
      const remove = (item: Item) => {
        all.delete(item)
        maxSleeps.remove(item.maxSleep)
        items.remove(item)
      }
      return DispatchScheduler.of({
        alarm: (ring) =>
          Effect.contextWith((context: Context.Context<never>) =>
            Effect.acquireRelease(
              Effect.sync(() => add(ring, maxSleepOf(context) ?? maxSleep)),
              (item) => Effect.sync(() => remove(item))
            )
          ).pipe(Effect.map((item) => ({ set: (at) => set(item, at) })))
      })
    })
  )
}

/** What is set there, in milliseconds; nothing for the default. */
const maxSleepOf = (context: Context.Context<never>): number | undefined =>
  context.mapUnsafe.has(MaxSleep.key) ? Duration.toMillis(Context.get(context, MaxSleep)) : undefined

/** The least of numbers, few of which are different. */
class Tally {
  readonly #counts = new Map<number, number>()

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  remove(value: number): void {
    const left = (this.#counts.get(value) ?? 1) - 1
    if (left === 0) this.#counts.delete(value)
    else this.#counts.set(value, left)
  }

  get least(): number | undefined {
    return this.#counts.size === 0 ? undefined : Math.min(...this.#counts.keys())
  }
}
