/** Dispatches in doubt that wait to be asked for. Rule S7. */
import type { DispatchId } from "../../DispatchId.ts"
import { asksAtOnceMax, doubtsMax } from "../../SyncSettings.ts"
import type { Sequence } from "../mirror/sequence.ts"

export interface Doubt {
  /** The way to ask the service: for several by their ids, or for each by itself. */
  readonly by: "get" | "ids"
  /** Position in the order of inputs. */
  readonly since: Sequence
}

/** Doubts that are asked for in one call, in one way. */
export type Batch = ReadonlyArray<readonly [id: DispatchId, doubt: Doubt]>

export class DoubtQueue {
  readonly #waiting = new Map<DispatchId, Doubt>()
  #settledUpTo = 0

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** Takes in doubts, as far as there is room; returns the number of those without room. */
  add(ids: ReadonlyArray<DispatchId>, doubt: Doubt): number {
    let beyond = 0
    for (const id of ids) {
      if (this.#waiting.size < doubtsMax || this.#waiting.has(id)) this.#waiting.set(id, doubt)
      else beyond++
    }
    return beyond
  }

  /** Takes out the doubts of one call: a dispatch that comes into doubt again meanwhile is asked for again. */
  take(): Batch {
    const [first] = this.#waiting.values()
    const batch: Array<Batch[number]> = []
    for (const entry of this.#waiting) {
      if (entry[1].by === first?.by) batch.push(entry)
      if (batch.length === asksAtOnceMax) break
    }
    for (const [id] of batch) this.#waiting.delete(id)
    return batch
  }

  /** Takes back the unanswered doubts that are not settled by now. */
  putBack(batch: Iterable<Batch[number]>): void {
    for (const [id, doubt] of batch) {
      if (doubt.since >= this.#settledUpTo && !this.#waiting.has(id)) this.#waiting.set(id, doubt)
    }
  }

  /** A whole listing that began at this position of the inputs settles all doubts from before. */
  settle(startedAt: Sequence): void {
    this.#settledUpTo = startedAt
    for (const [id, { since }] of this.#waiting) if (since < startedAt) this.#waiting.delete(id)
  }
}
