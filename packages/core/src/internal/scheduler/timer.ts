/** One timer for many deadlines: alarms that are due ring, and no sleep is longer than agreed. */
import { type Clock, type Context, Effect, Latch } from "effect"
import * as Metrics from "../../Metrics.ts"
import { clockStepToleranceMillis } from "../clockStep.ts"
import { DeadlineHeap, type HeapItem } from "../deadlineHeap.ts"
import { Multiset } from "./multiset.ts"

/**
 * The reason why an alarm rings: its deadline has come, or the wall clock was set back since the last look at it,
 * including the look when an alarm is set.
 *
 * @category models
 * @since 0.1.0
 */
export type Ring = "Due" | "ClockSetBack"

export interface Item extends HeapItem {
  readonly ring: (ring: Ring) => void
  readonly number: number
  /** The longest sleep it allows the scheduler, in milliseconds. */
  readonly maxSleep: number
  /** Its deadline has come, and it has not rung yet. */
  isDue: boolean
}

/**
 * The longest sleep, in milliseconds, before a deadline that is near on a wall clock that stands still: a deadline is
 * late by no more when the clock goes on. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const standstillSleepMaxMillis = 100

export class Timer {
  readonly #clock: Clock.Clock
  /** The longest sleep while there is no alarm, in milliseconds. */
  readonly #maxSleep: number
  readonly #wakeUps: ReturnType<typeof Metrics.wakeUps.tallies>
  readonly #clockSteps: ReturnType<typeof Metrics.clockSteps.tallies>
  readonly #all = new Set<Item>()
  readonly #held = new DeadlineHeap<Item>((left, right) => left.number - right.number)
  readonly #maxSleeps = new Multiset()
  readonly #moved = Latch.makeUnsafe(false)
  #number = 0
  /** The latest instant of the wall clock that was seen. */
  #seenAt = -Infinity
  #lookedAt = { wall: Number.NaN, timers: 0n }
  /** The wall clock, and the clock of the timers when it was first seen there. */
  #moment = { wall: Number.NaN, timers: 0 }
  /** The instant at which it wakes up, by the clock of the timers, in milliseconds. */
  #wakesAt = Infinity

  constructor(clock: Clock.Clock, maxSleep: number, context: Context.Context<never>) {
    this.#clock = clock
    this.#maxSleep = maxSleep
    this.#wakeUps = Metrics.wakeUps.tallies(context)
    this.#clockSteps = Metrics.clockSteps.tallies(context)
  }

  add(ring: Item["ring"], maxSleep: number): Item {
    const item: Item = { ring, number: this.#number++, maxSleep, isDue: false, place: -1 }
    this.#all.add(item)
    this.#maxSleeps.add(maxSleep)
    if (maxSleep < this.#wakesAt - this.#timersMillis) this.#moved.openUnsafe()
    return item
  }

  remove(item: Item): void {
    this.#all.delete(item)
    this.#maxSleeps.remove(item.maxSleep)
    this.#held.remove(item)
  }

  /** Moves the deadline of an item to an instant of the wall clock (epoch milliseconds). */
  set(item: Item, at: number): void {
    if (!this.#all.has(item)) return
    // A caller that sets an alarm has looked at the clock, and may have acted upon it.
    const now = this.#clock.currentTimeMillisUnsafe()
    this.#seenAt = Math.max(this.#seenAt, now)
    item.isDue = false
    this.#held.schedule(item, at)
    const sleep = this.#wakesAt - this.#timersMillis
    // A step forward, which the sleep does not notice, brings all deadlines nearer.
    const hasStepped = this.#held.earliest - now < sleep - clockStepToleranceMillis
    if (at - now < sleep || hasStepped) this.#moved.openUnsafe()
  }

  /** Rings and sleeps, for ever. */
  get run(): Effect.Effect<never> {
    const turn = Effect.suspend(() => {
      this.#moved.closeUnsafe()
      const rings = this.#ringDue()
      return rings.length === 0
        ? this.#sleep
        : Effect.andThen(Effect.all(rings, { discard: true }), this.#sleep)
    })
    return Effect.forever(turn)
  }

  get #timersMillis(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  get #sleep(): Effect.Effect<unknown> {
    return Effect.suspend(() => {
      const now = this.#clock.currentTimeMillisUnsafe()
      const timers = this.#timersMillis
      if (now !== this.#moment.wall) this.#moment = { wall: now, timers }
      const wanted = Math.min(this.#held.earliest - now, this.#maxSleeps.least ?? this.#maxSleep)
      // A deadline does not come nearer while the clock stands still: it is looked for ever more rarely.
      const stillFor = Math.min(timers - this.#moment.timers, standstillSleepMaxMillis)
      const sleep = wanted <= 0 ? 0 : Math.max(wanted, stillFor)
      this.#wakesAt = timers + sleep
      if (sleep === 0) return Effect.yieldNow
      return sleep === Infinity ? this.#moved.await : Effect.timeoutOption(this.#moved.await, sleep)
    })
  }

  #ringDue(): ReadonlyArray<Effect.Effect<void>> {
    const now = this.#clock.currentTimeMillisUnsafe()
    const setBack = now < this.#seenAt - clockStepToleranceMillis
    this.#seenAt = setBack ? now : Math.max(this.#seenAt, now)
    // Take all due alarms first: an alarm that is set within a ring is for the next turn.
    const due = this.#held.takeDue(now)
    for (const item of due) item.isDue = true
    this.#count(now, due.length > 0 ? "Due" : "Look")
    const rings = due.map((item) => this.#ring(item, "Due"))
    return setBack ? [...Array.from(this.#all, (item) => this.#ring(item, "ClockSetBack")), ...rings] : rings
  }

  /** One alarm that throws leaves the others alone. */
  #ring(item: Item, why: Ring): Effect.Effect<void> {
    return Effect.catchCause(
      Effect.sync(() => {
        // An alarm that was made before may have moved or closed this one.
        if (!this.#all.has(item) || (why === "Due" && !item.isDue)) return
        // A step is told besides: an alarm that is not set anew by then rings as well.
        if (why === "Due") item.isDue = false
        item.ring(why)
      }),
      (cause) => Effect.logError("An alarm of the scheduler failed", cause)
    )
  }

  /** Counts turns, and steps of the wall clock: only the timers show those forward. */
  #count(wall: number, why: "Due" | "Look"): void {
    const timers = this.#clock.monotonicTimeNanosUnsafe()
    const step = wall - this.#lookedAt.wall - Number(timers - this.#lookedAt.timers) / 1e6
    this.#lookedAt = { wall, timers }
    this.#wakeUps(why).count += 1
    if (Math.abs(step) > clockStepToleranceMillis) this.#clockSteps(step > 0 ? "Forward" : "Back").count += 1
  }
}
