/**
 * Stops of runs that only an earlier process had announced: kept for a while for later subscribers, and in the records
 * until a subscriber that could see them was told (section 4, "A stop is never dropped").
 */
import { Duration } from "effect"
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import { IdMap } from "../idMap.ts"

/**
 * The time for which a stop that an earlier process left is told to new subscribers. After it a stop that nobody
 * took is logged and counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recoveredStopsKeptFor: Duration.Duration = Duration.minutes(10)

/** A stop that an earlier process left to do. */
export interface RecoveredStop {
  readonly stop: RunningStateChange
  /** The dispatch runs on as another version (`next`): the stop is for identities that it has left, and for nobody else. */
  readonly isMoved: boolean
}

/** The stops of one dispatch that nobody was told of yet. */
export interface WaitingStops {
  readonly ended: ReadonlyArray<RunningStateChange>
  readonly moved: ReadonlyArray<RunningStateChange>
}

const noneWaiting: WaitingStops = { ended: [], moved: [] }

interface Kept extends RecoveredStop {
  /** The end of that time, in elapsed milliseconds. */
  readonly until: number
}

/** The stops that an earlier process left to do. */
export class RecoveredStops {
  /** In the order in which they expire. */
  #kept: ReadonlyArray<Kept> = []
  /** The stops that nobody was told of yet, by dispatch. */
  readonly #waiting = new IdMap<ReadonlyArray<RecoveredStop>>()
  readonly #onFirst: () => void

  /** `onFirst` is called when there are some, after there were none. */
  constructor(onFirst: () => void = () => {}) {
    this.#onFirst = onFirst
  }

  /** Keeps stops from an elapsed instant (milliseconds) on, and notes if a present subscriber could see them. */
  add(stops: ReadonlyArray<RecoveredStop>, elapsed: number, isSeen: (stop: RecoveredStop) => boolean): void {
    if (stops.length === 0) return
    const isFirst = this.#kept.length === 0
    const until = elapsed + Duration.toMillis(recoveredStopsKeptFor)
    this.#kept = [...this.#kept, ...stops.map((stop) => ({ ...stop, until }))]
    for (const kept of stops) {
      if (isSeen(kept)) continue
      const { id } = kept.stop.dispatch
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), kept])
    }
    if (isFirst) this.#onFirst()
  }

  /** The stops that a new subscriber is told first at an elapsed instant; they count as handed over. */
  takeFor(elapsed: number, isSeen: (stop: RecoveredStop) => boolean): ReadonlyArray<RunningStateChange> {
    const taken = this.#kept.filter((kept) => elapsed < kept.until && isSeen(kept))
    for (const { stop } of taken) this.#handOver(stop)
    return taken.map(({ stop }) => stop)
  }

  /** The stops of a dispatch that nobody was told of yet; those of runs that have moved on stand apart. */
  waitingOf(id: DispatchId): WaitingStops {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return noneWaiting
    const those = (moved: boolean) =>
      waiting.flatMap(({ isMoved, stop }) => (isMoved === moved ? [stop] : []))
    return { ended: those(false), moved: those(true) }
  }

  /** The instant at which the next one expires, in elapsed milliseconds. */
  get nextExpiry(): number {
    return this.#kept[0]?.until ?? Infinity
  }

  /** Lets go of stops that were kept for long enough; returns those that nobody took. */
  expire(elapsed: number): ReadonlyArray<RecoveredStop> {
    const first = this.#kept.findIndex(({ until }) => elapsed < until)
    const over = first === -1 ? this.#kept : this.#kept.slice(0, first)
    this.#kept = this.#kept.slice(over.length)
    return over.filter(({ stop }) => this.#handOver(stop))
  }

  /** Returns true if nobody was told of it before. */
  #handOver(stop: RunningStateChange): boolean {
    const { id } = stop.dispatch
    const before = this.#waiting.get(id) ?? []
    const left = before.filter((other) => other.stop !== stop)
    if (left.length > 0) this.#waiting.set(id, left)
    else this.#waiting.delete(id)
    return left.length < before.length
  }
}
