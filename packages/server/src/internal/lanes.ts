/** Lanes: work for one key waits for other work of that key, and for nothing else. */
import { Effect, Semaphore } from "effect"

interface Lane {
  readonly places: Semaphore.Semaphore
  users: number
}

/** Lanes with so many places each; an unused lane takes no memory. */
export class Lanes {
  readonly #places: number
  readonly #lanes = new Map<string, Lane>()

  constructor(places: number) {
    this.#places = places
  }

  /** Runs an effect when there is a place in the lane. */
  in<A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.#join(name)),
      ({ places }) => places.withPermits(1)(effect),
      (lane) => Effect.sync(() => this.#leave(name, lane))
    )
  }

  #join(name: string): Lane {
    const lane = this.#lanes.get(name) ?? { places: Semaphore.makeUnsafe(this.#places), users: 0 }
    this.#lanes.set(name, lane)
    lane.users++
    return lane
  }

  #leave(name: string, lane: Lane): void {
    lane.users--
    if (lane.users === 0) this.#lanes.delete(name)
  }
}
