/**
 * Keeps the mirror fed: subscribes, lists, reconnects. It decides nothing about dispatches; what it learns it hands to
 * its owner as messages, in order. Rules S1 to S4.
 */
import { DateTime, Effect, Exit, Latch, Metric, Random, Stream } from "effect"
import type { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import { endedWithin, spread } from "../../SyncSettings.ts"
import * as Doubts from "./doubts.ts"
import * as EventStreams from "./eventStreams.ts"
import type { ListingReason } from "../metricLabels.ts"
import { describe, pause } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

/** Asks for work while the synchroniser runs. */
export interface Synchroniser {
  /** Asks for a listing, soon; several requests before it begins are one. */
  readonly requestListing: (reason: ListingReason) => void
  /** Asks for a listing in a while; several requests before it begins are one. */
  readonly requestListingLater: () => void
  /** Asks for one dispatch, soon, until there is an answer. */
  readonly ask: (id: DispatchId) => void
  /** When the oldest of the streams that are open was opened, by the monotonic clock in nanoseconds. */
  readonly streamSince: () => bigint | undefined
  /** Synchronises, for ever. */
  readonly run: Effect.Effect<never>
}

export const make = (owner: SyncOwner): Synchroniser => {
  const { beginListing, client, microgridId, settings, tell } = owner
  const wanted = Latch.makeUnsafe(false)
  const wantedLater = Latch.makeUnsafe(false)
  let because: ListingReason | undefined
  const requestListing = (reason: ListingReason) => {
    because ??= reason
    wanted.openUnsafe()
  }
  const streams = EventStreams.make(owner, requestListing)
  const doubts = Doubts.make(owner)

  const list = Effect.gen(function* () {
    const now = yield* DateTime.now
    const endedSince = DateTime.subtractDuration(now, endedWithin(settings))
    const listing = beginListing(endedSince.epochMilliseconds)
    const hasStreamed = streams.watch()
    const records = yield* Stream.runCollect(
      client.list(microgridId, {
        filter: { endTime: { from: endedSince } },
        sort: { field: "createTime", order: "ascending" },
        pageSize: settings.pageSize
      })
    )
    const openStreamsSince = streams.openSince()
    const streamed = hasStreamed()
    yield* Effect.annotateCurrentSpan({ "sync.records": records.length, "sync.streamed": streamed })
    const origin = yield* currentSpan
    yield* tell({ _tag: "Listed", listing, records, streamed, openStreamsSince, origin })
  })

  // The first listing is asked for by the first stream.
  const listForEver = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      yield* Effect.timeoutOption(wanted.await, spread(settings.resyncInterval, yield* Random.next))
      wanted.closeUnsafe()
      const reason = because ?? "Periodic"
      because = undefined
      yield* Metric.update(Metrics.listings.at(reason), 1)
      const exit = yield* Effect.exit(traced(microgridId, "list", { "sync.reason": reason })(list))
      if (Exit.isSuccess(exit)) {
        failures = 0
        continue
      }
      const failure = describe(exit.cause)
      yield* tell({ _tag: "Broken", cause: failure.cause })
      yield* Metric.update(Metrics.listingsFailed.at(failure.reason), 1)
      yield* pause(settings, failure, ++failures)
      requestListing("Retry")
    }
  })

  const listLater = Effect.gen(function* () {
    for (;;) {
      yield* wantedLater.await
      yield* Effect.sleep(settings.hopelessDelay)
      wantedLater.closeUnsafe()
      requestListing("Doubt")
    }
  })

  return {
    requestListing,
    requestListingLater: () => void wantedLater.openUnsafe(),
    ask: doubts.add,
    streamSince: streams.since,
    run: Effect.andThen(
      Effect.all([streams.run, listForEver, listLater, doubts.run], { concurrency: "unbounded" }),
      Effect.never
    )
  }
}
