/**
 * Asks the service for dispatches in doubt: those a listing should have shown and did not, and those whose newest
 * version could not be read. One call asks for many, or for one if the service does not list by ids, again and again
 * until there is an answer. Deleted ones that are shown all the same are asked for one by one.
 * Rules S6, S7.
 */
import { type Cause, Effect, Exit, Latch, Metric } from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import type { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import { askFailuresMax } from "../../SyncSettings.ts"
import type { ListingReason } from "../metricLabels.ts"
import { Questions } from "./questions.ts"
import { type Doubt, DoubtQueue } from "./doubtQueue.ts"
import { describe, pause } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"
import type { Sequence } from "../mirror/sequence.ts"

export class Doubts {
  readonly #owner: SyncOwner
  readonly #requestListing: (reason: ListingReason) => void
  readonly #questions: Questions
  readonly #queue = new DoubtQueue()
  #isAsking = false
  /** Open once all doubts of the present asking are settled. */
  #settled: Latch.Latch | undefined
  /** True if there were more doubts than may wait. */
  #isBeyond = false
  #failures = 0

  constructor(owner: SyncOwner, requestListing: (reason: ListingReason) => void) {
    this.#owner = owner
    this.#requestListing = requestListing
    this.#questions = new Questions(owner)
  }

  /** Asks for dispatches soon, each by itself if only that counts. */
  add(ids: ReadonlyArray<DispatchId>, by: Doubt["by"]): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (ids.length === 0) return Effect.void
      const beyond = this.#queue.add(ids, { by, since: this.#owner.mark() })
      if (!this.#isAsking) {
        this.#isAsking = true
        // Dispatches that come into doubt together are asked for together.
        this.#owner.errands.begin(Effect.andThen(Effect.yieldNow, this.#askForAll))
      }
      if (beyond === 0) return Effect.void
      this.#isBeyond = true
      return Metric.update(Metrics.doubtsLeft.at(), beyond)
    })
  }

  /** A whole listing that began at this position of the inputs settles all doubts from before. */
  settle(startedAt: Sequence): void {
    this.#queue.settle(startedAt)
    if (this.#queue.isEmpty) this.#settled?.openUnsafe()
  }

  get #askForAll(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      do {
        while (!this.#queue.isEmpty) yield* this.#ask
        yield* this.#answered
        if (this.#isBeyond) this.#requestListing("Doubt")
        this.#isBeyond = false
      } while (!this.#queue.isEmpty)
      this.#isAsking = false
    })
  }

  /** Asks once, for as many as one call may. */
  get #ask(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const settled = (this.#settled = Latch.makeUnsafe(false))
      const batch = this.#queue.take()
      const open = new Map(batch)
      const by = batch[0]?.[1].by ?? "ids"
      const exit = yield* Effect.exit(this.#questions.ask([...open.keys()], by, (id) => open.delete(id)))
      if (open.size < batch.length) yield* this.#answered
      if (Exit.isSuccess(exit)) return
      this.#queue.putBack(open)
      yield* this.#failed(exit.cause, settled)
    })
  }

  get #answered(): Effect.Effect<unknown> {
    return Effect.suspend(() => {
      const wasBroken = this.#failures >= askFailuresMax
      this.#failures = 0
      return wasBroken ? this.#owner.tell({ _tag: "Answered" }) : Effect.void
    })
  }

  #failed(cause: Cause.Cause<DispatchError>, settled: Latch.Latch): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { tell } = this.#owner
      const failure = describe(cause)
      yield* Metric.update(Metrics.asksFailed.at(failure.reason), 1)
      if (++this.#failures >= askFailuresMax) {
        yield* tell({ _tag: "Broken", call: "doubt", cause: failure.cause })
      }
      yield* Effect.raceFirst(pause(failure, this.#failures), settled.await)
    })
  }
}
