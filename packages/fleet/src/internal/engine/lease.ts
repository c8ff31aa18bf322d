/** The instant at which the locks of this process were confirmed last. */
import { Clock, Effect } from "effect"
import { RunnerStorage } from "effect/cluster"
import { elapsedOf } from "../elapsed.ts"

export class Lease {
  #confirmedAt = -Infinity

  /** In elapsed milliseconds; -Infinity before the first time. */
  get confirmedAt(): number {
    return this.#confirmedAt
  }

  /** A question that was asked at this instant has been answered: all locks are held. */
  confirm(askedAt: number): void {
    this.#confirmedAt = Math.max(this.#confirmedAt, askedAt)
  }
}

/** The storage of the engine, observed. The time of the question counts, not that of the answer. */
export const observed = (
  storage: RunnerStorage.RunnerStorage["Service"],
  lease: Lease
): Effect.Effect<RunnerStorage.RunnerStorage["Service"]> =>
  Effect.map(Clock.Clock, (clock) => {
    const confirming = <A, E>(question: Effect.Effect<A, E>, confirms: (answer: A) => boolean) =>
      Effect.suspend(() => {
        const askedAt = elapsedOf(clock)
        return Effect.tap(question, (answer) =>
          Effect.sync(() => {
            if (confirms(answer)) lease.confirm(askedAt)
          })
        )
      })
    return RunnerStorage.RunnerStorage.of({
      ...storage,
      // The locks that were there before are confirmed by `refresh` alone.
      acquire: (address, shards) =>
        confirming(
          storage.acquire(address, shards),
          ({ length }) => length > 0 && lease.confirmedAt === -Infinity
        ),
      refresh: (address, shards) => {
        const asked = [...shards]
        return confirming(
          storage.refresh(address, asked),
          ({ length }) => length > 0 && length === asked.length
        )
      }
    })
  })
