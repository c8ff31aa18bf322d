/**
 * Stops of what an earlier process had announced and this one has not: kept for a while for subscribers still to come,
 * and in the records until one that could see them was told (section 4, "A stop is never dropped").
 */
import { Duration, Latch } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"

/**
 * How long a stop of what an earlier process had announced is told to new subscribers.
 *
 * @category limits
 * @since 0.1.0
 */
export const recoveredStopsKeptFor: Duration.Duration = Duration.minutes(10)

interface Kept {
  readonly stop: RunningStateChange
  /** Until when, in elapsed milliseconds. */
  readonly until: number
  isHandedOver: boolean
}

/** What an earlier process left to be stopped. */
export class RecoveredStops {
  #kept: ReadonlyArray<Kept> = []
  readonly #any = Latch.makeUnsafe(false)

  /** Waits until there are some. */
  readonly some = this.#any.await

  /** Keeps stops from an elapsed instant (milliseconds) on, with who of those that listen at this moment could see them. */
  add(
    stops: ReadonlyArray<RunningStateChange>,
    elapsed: number,
    isSeen: (stop: RunningStateChange) => boolean
  ): void {
    if (stops.length === 0) return
    const until = elapsed + Duration.toMillis(recoveredStopsKeptFor)
    this.#kept = [...this.#kept, ...stops.map((stop) => ({ stop, until, isHandedOver: isSeen(stop) }))]
    this.#any.openUnsafe()
  }

  /** What a new subscriber is told first; it counts as handed over. */
  takeFor(isSeen: (stop: RunningStateChange) => boolean): ReadonlyArray<RunningStateChange> {
    const taken = this.#kept.filter(({ stop }) => isSeen(stop))
    for (const each of taken) each.isHandedOver = true
    return taken.map(({ stop }) => stop)
  }

  /** Of a dispatch, what nobody was told of yet. */
  waitingOf(id: DispatchId): ReadonlyArray<RunningStateChange> {
    if (this.#kept.length === 0) return []
    return this.#kept
      .filter(({ isHandedOver, stop }) => !isHandedOver && stop.dispatch.id === id)
      .map(({ stop }) => stop)
  }

  /** When the next is kept no longer, in elapsed milliseconds. */
  get nextExpiry(): number {
    return this.#kept[0]?.until ?? Infinity
  }

  /** Lets go of what has been kept for long enough; gives what nobody took. */
  expire(elapsed: number): ReadonlyArray<Dispatch> {
    const isOver = ({ until }: Kept) => until <= elapsed
    const over = this.#kept.filter(isOver)
    this.#kept = this.#kept.filter((each) => !isOver(each))
    if (this.#kept.length === 0) this.#any.closeUnsafe()
    return over.filter(({ isHandedOver }) => !isHandedOver).map(({ stop }) => stop.dispatch)
  }
}
