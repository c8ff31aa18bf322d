/**
 * Stops of what an earlier process had announced and this one has not: kept for a while for subscribers still to come,
 * and in the records until one that could see them was told (section 4, "A stop is never dropped").
 */
import { Duration, Latch } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import { IdMap } from "../idMap.ts"

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
}

/** What an earlier process left to be stopped. */
export class RecoveredStops {
  /** The one to be let go of first comes first. */
  #kept: ReadonlyArray<Kept> = []
  /** Those that nobody was told of yet, by dispatch. */
  readonly #waiting = new IdMap<ReadonlyArray<RunningStateChange>>()
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
    this.#kept = [...this.#kept, ...stops.map((stop) => ({ stop, until }))]
    for (const stop of stops) {
      const { id } = stop.dispatch
      if (!isSeen(stop)) this.#waiting.set(id, [...this.waitingOf(id), stop])
    }
    this.#any.openUnsafe()
  }

  /** What a new subscriber is told first at an elapsed instant; it counts as handed over. */
  takeFor(elapsed: number, isSeen: (stop: RunningStateChange) => boolean): ReadonlyArray<RunningStateChange> {
    const taken = this.#kept.filter(({ stop, until }) => elapsed < until && isSeen(stop))
    for (const { stop } of taken) this.#handOver(stop)
    return taken.map(({ stop }) => stop)
  }

  /** Of a dispatch, what nobody was told of yet. */
  waitingOf(id: DispatchId): ReadonlyArray<RunningStateChange> {
    return this.#waiting.get(id) ?? []
  }

  /** When the next is kept no longer, in elapsed milliseconds. */
  get nextExpiry(): number {
    return this.#kept[0]?.until ?? Infinity
  }

  /** Lets go of what has been kept for long enough; gives what nobody took. */
  expire(elapsed: number): ReadonlyArray<Dispatch> {
    const first = this.#kept.findIndex(({ until }) => elapsed < until)
    const over = first === -1 ? this.#kept : this.#kept.slice(0, first)
    this.#kept = this.#kept.slice(over.length)
    if (this.#kept.length === 0) this.#any.closeUnsafe()
    const untaken = over.filter(({ stop }) => this.#handOver(stop))
    return untaken.map(({ stop }) => stop.dispatch)
  }

  /** Gives whether nobody was told of it before. */
  #handOver(stop: RunningStateChange): boolean {
    const { id } = stop.dispatch
    const before = this.waitingOf(id)
    const left = before.filter((other) => other !== stop)
    if (left.length > 0) this.#waiting.set(id, left)
    else this.#waiting.delete(id)
    return left.length < before.length
  }
}
