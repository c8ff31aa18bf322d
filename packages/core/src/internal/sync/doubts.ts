/**
 * Asks the service for dispatches that are in doubt: those a listing should have shown and did not, and those whose
 * newest version could not be read. Many are asked for in one call, and one by one where a service does not list by ids,
 * again and again until there is an answer. Those that are deleted and shown all the same are asked for one by one.
 * Rules S6, S7.
 */
import { type Cause, Effect, Exit, Latch, Metric } from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import type { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import { askFailuresMax, asksAtOnceMax, doubtsMax } from "../../SyncSettings.ts"
import type { ListingReason } from "../metricLabels.ts"
import * as Asking from "./asking.ts"
import { describe, pause } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"

/** Dispatches in doubt. */
export interface Doubts {
  /** Asks what has become of dispatches, soon; of each by itself where only that counts. */
  readonly add: (ids: ReadonlyArray<DispatchId>, by: "get" | "ids") => Effect.Effect<void>
  /** A whole listing that began at this position of the inputs settles what was in doubt before. */
  readonly settle: (startedAt: number) => void
  /** Asks, for ever. */
  readonly run: Effect.Effect<never>
}

interface Doubt {
  readonly by: "get" | "ids"
  /** Position in the order of inputs. */
  readonly since: number
}

type Batch = ReadonlyArray<readonly [id: DispatchId, doubt: Doubt]>

export const make = (owner: SyncOwner, requestListing: (reason: ListingReason) => void): Doubts => {
  const { settings, tell } = owner
  const ask = Asking.make(owner)
  const waiting = new Map<DispatchId, Doubt>()
  const some = Latch.makeUnsafe(false)
  const settled = Latch.makeUnsafe(false)
  let settledUpTo = 0
  /** Whether there were more doubts than may wait. */
  let isBeyond = false
  let failures = 0

  /** What is asked for in one call: what comes into doubt again meanwhile is asked for again. */
  const take = (): Batch => {
    const [first] = waiting.values()
    const batch: Array<Batch[number]> = []
    for (const entry of waiting) {
      if (entry[1].by === first?.by) batch.push(entry)
      if (batch.length === asksAtOnceMax) break
    }
    for (const [id] of batch) waiting.delete(id)
    return batch
  }

  const putBack = (batch: Iterable<Batch[number]>) => {
    for (const [id, doubt] of batch) {
      if (doubt.since >= settledUpTo && !waiting.has(id)) waiting.set(id, doubt)
    }
  }

  const answered = Effect.suspend(() => {
    const wasBroken = failures >= askFailuresMax
    failures = 0
    return wasBroken ? tell({ _tag: "Answered" }) : Effect.void
  })

  const failed = Effect.fnUntraced(function* (cause: Cause.Cause<DispatchError>) {
    const failure = describe(cause)
    yield* Metric.update(Metrics.asksFailed.at(failure.reason), 1)
    if (++failures >= askFailuresMax) {
      yield* tell({ _tag: "Broken", call: "doubt", cause: failure.cause })
    }
    yield* Effect.raceFirst(pause(settings, failure, failures), settled.await)
  })

  const run = Effect.gen(function* () {
    for (;;) {
      yield* some.await
      // What comes into doubt together is asked for together.
      yield* Effect.yieldNow
      some.closeUnsafe()
      while (waiting.size > 0) {
        settled.closeUnsafe()
        const batch = take()
        const open = new Map(batch)
        const [, { by }] = batch[0] as Batch[number]
        const exit = yield* Effect.exit(ask([...open.keys()], by, (id) => open.delete(id)))
        if (open.size < batch.length) yield* answered
        if (Exit.isSuccess(exit)) continue
        putBack(open)
        yield* failed(exit.cause)
      }
      yield* answered
      if (isBeyond) requestListing("Doubt")
      isBeyond = false
    }
  })

  return {
    add: (ids, by) =>
      Effect.suspend(() => {
        if (ids.length === 0) return Effect.void
        const since = owner.mark()
        let beyond = 0
        for (const id of ids) {
          if (waiting.size < doubtsMax || waiting.has(id)) waiting.set(id, { by, since })
          else beyond++
        }
        some.openUnsafe()
        if (beyond === 0) return Effect.void
        isBeyond = true
        return Metric.update(Metrics.doubtsLeft.at(), beyond)
      }),
    settle: (startedAt) => {
      settledUpTo = startedAt
      for (const [id, { since }] of waiting) if (since < startedAt) waiting.delete(id)
      if (waiting.size === 0) settled.openUnsafe()
    },
    run
  }
}
