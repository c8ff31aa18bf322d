/** The wall clock of a simulated site: the changes to it, and what a site can know of them. */
import { Clock, Effect } from "effect"
import { SkewClock } from "../SkewClock.ts"
import { tolerance } from "./clockView.ts"
import type { Period } from "./period.ts"

/** All instants are epoch milliseconds, or milliseconds of the timers, which nobody sets. */
export class SiteClock {
  readonly #skew: SkewClock["Service"]
  readonly #clock: Clock.Clock
  readonly #maxSleep: number
  #rate = 1
  #latest: number
  /** The latest that a site may go by: it may have looked at any instant shown, and waits out a small step back from it. */
  #highest: number
  /** The wall clock when it was last known to be right. */
  #rightUntil: number
  /** The time (timers) until which, inclusive, a step of the clock may not have been noticed. */
  #unsettledUntil = -1
  /** The instants that a site may go by, at those of the timers at which the course of the clock changed. */
  #shown: ReadonlyArray<{ readonly timers: number; readonly walls: ReadonlyArray<number> }> = []

  static readonly make = Effect.fnUntraced(function* (maxSleep: number) {
    return new SiteClock(yield* SkewClock, yield* Clock.Clock, maxSleep)
  })

  private constructor(skew: SkewClock["Service"], clock: Clock.Clock, maxSleep: number) {
    this.#skew = skew
    this.#clock = clock
    this.#maxSleep = maxSleep
    this.#latest = this.now
    this.#highest = this.now
    this.#rightUntil = this.now
  }

  get timers(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  }

  get now(): number {
    return this.#clock.currentTimeMillisUnsafe()
  }

  /** It goes as it should, and every step was noticed. */
  get isRight(): boolean {
    return this.#rate === 1 && this.timers >= this.#unsettledUntil && this.now >= this.#latest
  }

  /** The same, also at the end of this very instant. */
  get isSettled(): boolean {
    return this.isRight && this.timers !== this.#unsettledUntil
  }

  /** It was set back so far that it is noticed, or by so little that it is waited out. */
  get isKnown(): boolean {
    const isNoticed = this.now >= this.#latest || this.now < this.#latest - tolerance
    return this.#rate === 1 && this.timers >= this.#unsettledUntil && isNoticed
  }

  /** The instant at which it was last known to be right: an unnoticed step is found out at the next look. */
  get rightUntil(): number {
    return this.isRight ? this.now : Math.min(this.now, this.#rightUntil)
  }

  /** The instants it has shown since a site must have looked at it last. */
  get seen(): Period {
    const since = this.timers - this.#maxSleep
    const last = this.#shown.findLastIndex(({ timers }) => timers <= since)
    this.#shown = this.#shown.slice(Math.max(0, last))
    const { now } = this
    const walls = [...this.#shown.flatMap((shown) => shown.walls), ...this.#goneBy]
    return this.isSettled ? { from: now, to: now } : { from: Math.min(...walls), to: Math.max(...walls) }
  }

  step(millis: number): Effect.Effect<void> {
    this.#disturb()
    return Effect.tap(this.#skew.step(millis), () => Effect.sync(() => this.#noteShown()))
  }

  /** Milliseconds of the wall clock for each of the timers. */
  setRate(rate: number): Effect.Effect<void> {
    this.#disturb()
    this.#rate = rate
    return this.#skew.setRate(rate)
  }

  /** Time has passed. */
  moved(): void {
    if (this.#rate !== 1) this.#latest = Math.max(this.#latest, this.now)
  }

  /** The waits for a clock set back by seconds have passed by now, or never will. */
  forgiveSteps(): void {
    this.#latest = this.now
  }

  #disturb(): void {
    if (this.isRight) this.#rightUntil = this.now
    this.#noteShown()
    this.#unsettledUntil = this.timers + this.#maxSleep
    this.#latest = Math.max(this.#latest, this.now)
  }

  #noteShown(): void {
    const { now } = this
    this.#highest = Math.min(Math.max(this.#highest, now), now + tolerance)
    this.#shown = [...this.#shown, { timers: this.timers, walls: this.#goneBy }]
  }

  /** The instants that a site which has just looked goes by: one that was set back by little is waited out. */
  get #goneBy(): ReadonlyArray<number> {
    const { now } = this
    const isWaitedOut = now < this.#highest && now >= this.#highest - tolerance
    return isWaitedOut ? [now, this.#highest] : [now]
  }
}
