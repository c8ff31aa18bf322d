/** The pace of a long read: the number of rows that each of its slices looks at. */
import { targetsMax } from "@effect-dispatch/api/WireLimits"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { Clock, Duration, Effect } from "effect"
import type { StoreError } from "../../DispatchStore.ts"
import { conditionsFirst, conditionsMax, lookupCost, scanRowsMax, scanRowsMin } from "../../ListingLimits.ts"
import { partsAsked } from "./sqlRows.ts"

/** The turns that the slices of one store take with everything else. */
export interface Turns {
  /** Runs a slice when it is its turn. */
  readonly take: <A>(slice: Effect.Effect<A, StoreError>) => Effect.Effect<A, StoreError>
  /** The length to aim at for a slice: the next one looks at more rows or at fewer. */
  readonly length: Duration.Duration
}

/** The most conditions that a row may have to be compared with. */
const costOf = (filter: DispatchFilter, way: "ById" | "InOrder"): number =>
  1 +
  partsAsked(filter).length +
  ((filter.targets ?? []).length > 0 ? targetsMax : 0) +
  (way === "ById" ? lookupCost : 0)

/** Rows are few at first if there are many conditions, then as many as the time of a slice allows. */
export class Pace {
  static readonly make = (
    filter: DispatchFilter,
    turns: Turns,
    way: "ById" | "InOrder"
  ): Effect.Effect<Pace> => Effect.map(Clock.Clock, (clock) => new Pace(costOf(filter, way), turns, clock))

  readonly #nanos: number
  readonly #turns: Turns
  readonly #clock: Clock.Clock
  readonly #most: number
  #rows: number

  private constructor(cost: number, turns: Turns, clock: Clock.Clock) {
    this.#turns = turns
    this.#nanos = Duration.toMillis(turns.length) * 1e6
    this.#clock = clock
    // Rows that cost little may be followed by others that cost much.
    this.#most = Math.max(scanRowsMin, Math.min(scanRowsMax, Math.floor(conditionsMax / cost)))
    this.#rows = Math.max(scanRowsMin, Math.floor(conditionsFirst / cost))
  }

  /** Runs the next slice, of so many rows, when it is its turn. */
  take<A>(slice: (rows: number) => Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> {
    return this.#turns.take(
      Effect.suspend(() => {
        const began = this.#clock.monotonicTimeNanosUnsafe()
        return Effect.tap(slice(this.#rows), () => Effect.sync(() => this.#learn(began)))
      })
    )
  }

  #learn(began: bigint): void {
    const took = Number(this.#clock.monotonicTimeNanosUnsafe() - began)
    if (took > this.#nanos) this.#rows = Math.max(scanRowsMin, this.#rows >> 1)
    else if (took * 2 < this.#nanos) this.#rows = Math.min(this.#most, this.#rows * 2)
  }
}
