/**
 * The guard of a process: after a pause nothing goes on before the database was asked what is still its own (F3).
 *
 * The check cannot be complete: a process may be paused between it and what follows. Records are fenced by the
 * database, effects by the token.
 */
import { type Clock, Duration, Effect, Latch, Metric, Schedule } from "effect"
import { guardInterval, lookRetryDelay, pauseMin } from "../../FleetLimits.ts"
import type { FleetStore } from "../../FleetStore.ts"
import * as Metrics from "../../Metrics.ts"
import { elapsedOf } from "../elapsed.ts"
import type { Holding, Holdings } from "./holdings.ts"
import { type Beat, Pulse } from "./pulse.ts"

export class Guard {
  readonly #clock: Clock.Clock
  readonly #pulse: Pulse
  readonly #holdings: Holdings
  readonly #lostOf: FleetStore["Service"]["lost"]
  /** Open while nothing has to be asked. */
  readonly #isSure = Latch.makeUnsafe(true)
  #pausedAt = -Infinity

  constructor(clock: Clock.Clock, holdings: Holdings, lostOf: FleetStore["Service"]["lost"]) {
    this.#clock = clock
    this.#holdings = holdings
    this.#lostOf = lostOf
    this.#pulse = new Pulse(Duration.toMillis(pauseMin), this.#now)
  }

  /** The elapsed instant at which a pause was noticed last. */
  get pausedAt(): number {
    this.#notice()
    return this.#pausedAt
  }

  /** Completes if the token may be acted by; it never does for one that was lost. */
  confirm(holding: Holding): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#notice()
      if (holding.isLost) return Effect.never
      // An answer from before the pause proves nothing, even if it arrived after it.
      if (holding.provenAt >= this.#pausedAt) return Effect.void
      this.#isSure.closeUnsafe()
      return Effect.andThen(this.#isSure.await, this.confirm(holding))
    })
  }

  /** Feels the pulse for ever, also while it asks; asks after each pause. */
  get watch(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function* () {
      let isAsking = false
      const asked = Effect.sync(() => void (isAsking = false))
      for (let seen = this.#pausedAt; ; seen = this.#pausedAt) {
        yield* Effect.sleep(guardInterval)
        this.#notice()
        this.#pulse.beat(this.#now)
        if (this.#pausedAt !== seen) yield* Metric.update(Metrics.pauses.at(), 1)
        if (this.#isSure.isOpen() || isAsking) continue
        isAsking = true
        yield* Effect.forkChild(Effect.ensuring(this.#ask, asked))
      }
    })
  }

  get #now(): Beat {
    return { elapsed: elapsedOf(this.#clock), wall: this.#clock.currentTimeMillisUnsafe() }
  }

  #notice(): void {
    const now = this.#now
    if (!this.#pulse.wasPaused(now)) return
    this.#pulse.beat(now)
    this.#pausedAt = now.elapsed
    this.#isSure.closeUnsafe()
  }

  /** Asks which tokens were replaced, until there is an answer; a pause meanwhile makes it ask again. */
  get #ask(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const noticed = this.#pausedAt
      const { all } = this.#holdings
      const lost = yield* this.#lostOf(all.map(({ token }) => token)).pipe(
        Effect.tapError(({ message }) => Effect.logDebug(`After a pause: ${message}`)),
        Effect.retry(Schedule.spaced(lookRetryDelay)),
        Effect.orDie
      )
      const ids = new Set(lost)
      const replaced = all.filter(({ isLost, token }) => !isLost && ids.has(token.microgridId))
      for (const holding of replaced) holding.lose()
      if (noticed === this.#pausedAt) {
        for (const holding of all) holding.prove(noticed)
        this.#isSure.openUnsafe()
      }
      if (replaced.length === 0) return
      yield* Effect.logWarning(
        `This process was paused, and other processes have taken over ${replaced.length} of its microgrids: those end here`
      )
    })
  }
}
