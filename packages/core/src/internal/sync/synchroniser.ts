/**
 * Keeps the mirror fed: subscribes, lists, reconnects. It decides nothing about dispatches; what it learns it hands to
 * its owner as messages, in order. Rules S1 to S4.
 */
import { DateTime, Duration, Effect, Exit, Latch, Metric, Random } from "effect"
import type { Outcome } from "../../MirrorOutcome.ts"
import * as Metrics from "../../Metrics.ts"
import { endedWithin, recoveryStreamPatience, spread, type SyncSettings } from "../../SyncSettings.ts"
import type { ListingReason } from "../metricLabels.ts"
import { earliestInstant } from "../instants.ts"
import * as Answers from "./answers.ts"
import { Doubts } from "./doubts.ts"
import { elapsedMillis } from "../elapsed.ts"
import { EventStreams } from "./eventStreams.ts"
import { describe, pause } from "./syncFailure.ts"
import type { SyncMessage, SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

/** Asks for work while the synchroniser runs. */
export interface Synchroniser {
  /** Asks for a listing, soon; several requests before it begins are one. */
  readonly requestListing: (reason: ListingReason) => void
  /** Asks the service for what the mirror wants to know after a message was applied. */
  readonly followUp: (outcome: Outcome, message: SyncMessage) => Effect.Effect<void>
  /** When the oldest of the streams that are open was opened, by the monotonic clock in nanoseconds. */
  readonly streamSince: () => bigint | undefined
  /** Synchronises, for ever. */
  readonly run: Effect.Effect<never>
}

/** What ended before this instant is left out of a listing; absent if nothing is. */
const listedSince = (settings: SyncSettings, now: DateTime.Utc): DateTime.Utc | undefined => {
  const since = now.epochMilliseconds - Duration.toMillis(endedWithin(settings))
  return since < earliestInstant ? undefined : DateTime.makeUnsafe(since)
}

export const make = (owner: SyncOwner): Synchroniser => {
  const { beginListing, client, microgridId, recovery, settings, tell } = owner
  const wanted = Latch.makeUnsafe(false)
  const wantedLater = Latch.makeUnsafe(false)
  let because: ListingReason | undefined
  let hasListed = false
  const requestListing = (reason: ListingReason) => {
    because ??= reason
    wanted.openUnsafe()
  }
  const streams = new EventStreams(owner, requestListing)
  const doubts = new Doubts(owner, requestListing)

  const list = Effect.gen(function* () {
    hasListed = true
    const endedSince = listedSince(settings, yield* DateTime.now)
    const listing = beginListing(endedSince?.epochMilliseconds ?? -Infinity, yield* elapsedMillis)
    const hasStreamed = streams.open.watch()
    const pages = client.list(microgridId, {
      filter: endedSince === undefined ? {} : { endTime: { from: endedSince } },
      sort: { field: "createTime", order: "ascending" },
      pageSize: settings.pageSize
    })
    const records = yield* Answers.collect(pages, settings, (elapsed) => recovery.heard(elapsed))
    const openStreamsSince = streams.open.openedSince
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
      if (recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })
      yield* tell({ _tag: "Broken", call: "listing", cause: failure.cause })
      yield* Metric.update(Metrics.listingsFailed.at(failure.reason), 1)
      yield* pause(settings, failure, ++failures)
      requestListing("Retry")
    }
  })

  const listLater = Effect.gen(function* () {
    for (;;) {
      yield* wantedLater.await
      yield* Effect.sleep(settings.reappearanceDelay)
      wantedLater.closeUnsafe()
      requestListing("Doubt")
    }
  })

  /** What an earlier process knew does not wait for a stream that is slow. */
  const listForRecovery = Effect.gen(function* () {
    yield* Effect.sleep(recoveryStreamPatience)
    if (recovery.isOn && !hasListed) requestListing("Recovery")
  })

  const giveUpRecovery = Effect.forever(
    Effect.flatMap(recovery.over, (cause) => tell({ _tag: "GoOn", cause }))
  )

  const works = [streams.run, listForEver, listLater, doubts.run, listForRecovery, giveUpRecovery]

  return {
    requestListing,
    followUp: Effect.fnUntraced(function* (outcome, message) {
      if (message._tag === "Listed") doubts.settle(message.listing.startedAt)
      yield* doubts.add(outcome.ask, "ids")
      yield* doubts.add(outcome.verify, "get")
      if (outcome.renewUpTo !== undefined) streams.open.renewUpTo(outcome.renewUpTo)
      if (outcome.relist) requestListing("Doubt")
      if (outcome.relistLater) wantedLater.openUnsafe()
    }),
    streamSince: () => streams.open.since,
    run: Effect.andThen(Effect.all(works, { concurrency: "unbounded" }), Effect.never)
  }
}
