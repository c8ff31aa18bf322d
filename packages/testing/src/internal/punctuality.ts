/** Judges the times of publications. Instants are epoch milliseconds of the site's wall clock. */
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { type ClockView, slowestRate, tolerance } from "./clockView.ts"
import { isWithin, type Period } from "./period.ts"
import { recordTimeout } from "./siteNotes.ts"

/** A time in which nobody looked, from when the clock was last right. */
interface Unwatched extends Period {
  /** The wall clock when it began. */
  readonly stoppedAt: number
  /** No start waited for the store when it began. */
  readonly wasPrompt: boolean
}

/** A change is published when it is decided, whatever the clock; and decided when it is due, if timers are exact. */
export class Punctuality {
  readonly #clock: ClockView
  /** The last of these times: edges that were due in it are told late. */
  #unwatched: Unwatched | undefined

  constructor(clock: ClockView) {
    this.#clock = clock
  }

  /** Nobody looks until `watchAgain`. The clock was last right at `rightUntil`. */
  stopWatching(rightUntil: number, now: number): void {
    this.#unwatched = { from: rightUntil, to: Infinity, stoppedAt: now, wasPrompt: this.#clock.isPrompt() }
  }

  watchAgain(now: number): void {
    if (this.#unwatched !== undefined) this.#unwatched = { ...this.#unwatched, to: now }
  }

  /** `isTold` says that the process has announced the run itself. */
  isInTime(change: RunningStateChange, now: number, { isTold }: { readonly isTold: boolean }): boolean {
    const edge = change.at.epochMilliseconds
    const decidedAt = change.decidedAt.epochMilliseconds
    const isRight = this.#clock.isRight()
    const hasWaited = this.#mayHaveWaited(change, now)
    if (decidedAt < now && !hasWaited) return false
    // A clock that was set back a little is waited out.
    if (decidedAt > now && (isRight || decidedAt > now + tolerance)) return false
    if (change.cause !== "Scheduled" || !isRight || edge === now || (decidedAt < now && hasWaited))
      return true
    const wasDue = this.#isUnwatchedAt(edge) && this.#isUnwatchedAt(decidedAt)
    // A run of an earlier process ended as announced, if nothing could be told since for want of a store.
    const isOld = change.state === "Stopped" && !isTold && !this.#clock.isPrompt() && edge < now
    return wasDue || isOld
  }

  /** True if a command may have been due for some time: nobody looked, or it waited for its note. */
  mayBeOverdue({ decidedAt, occurrence }: RunningStateChange, now: number): boolean {
    const since = this.#clock.timers() - (now - occurrence.epochMilliseconds)
    return (
      !this.#clock.isRight() ||
      !this.#clock.isPromptSince(since) ||
      this.#isUnwatchedAt(decidedAt.epochMilliseconds)
    )
  }

  /** True if it is told after it was decided, and may be. */
  #mayHaveWaited(change: RunningStateChange, now: number): boolean {
    const decidedAt = change.decidedAt.epochMilliseconds
    if (change.state !== "Running" && !isCommand(change)) return false
    const isRight = this.#clock.isRight()
    // One that waits when the actor is stopped is told once it runs again.
    const stopped = this.#unwatched?.to === Infinity ? this.#unwatched : undefined
    const watchedUntil = stopped?.from ?? Infinity
    const wasStopped = stopped?.wasPrompt === false && decidedAt <= stopped.stoppedAt
    // A start waits for a store that hangs until it is given up, and not longer (S10).
    const elapsed = Math.max(now - decidedAt, 0) / (isRight ? 1 : slowestRate)
    const isPrompt = this.#clock.isPromptSince(this.#clock.timers() - elapsed) && !wasStopped
    return !isPrompt && (!isRight || Math.min(now, watchedUntil) - decidedAt <= recordTimeout)
  }

  #isUnwatchedAt(instant: number): boolean {
    return this.#unwatched !== undefined && isWithin(instant, this.#unwatched)
  }
}
