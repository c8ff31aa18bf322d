/** Lists when asked to, when the last listing has grown old, and again when one has failed. Rules S1, S2, S4, S10. */
import { DateTime, Duration, Effect, Exit, type Fiber, Metric, Random } from "effect"
import * as Metrics from "../../Metrics.ts"
import {
  endedWithin,
  reappearanceDelay,
  recoveryStreamPatience,
  spread,
  type SyncSettings
} from "../../SyncSettings.ts"
import { elapsedMillis } from "../elapsed.ts"
import { zoneSlackMillis } from "../mirror/listedEnd.ts"
import type { ListingReason } from "../metricLabels.ts"
import type { Listing } from "../mirror/dispatchMirror.ts"
import * as Answers from "./answers.ts"
import { describe, pause } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

export class Listings {
  readonly #owner: SyncOwner
  /** Waits until the last listing is old. */
  #rest: Fiber.Fiber<unknown, unknown> | undefined
  #isListing = false
  /** Asked for since the last listing began. */
  #isWanted = false
  #isWantedLater = false
  #because: ListingReason | undefined
  #hasBegun = false
  /** True if the next listing to begin repeats another. */
  #isRepetition = false
  /** The number of failures in a row. */
  #failures = 0

  constructor(owner: SyncOwner) {
    this.#owner = owner
  }

  /** Begins to list whatever grows old. The first listing is asked for by the first stream. */
  get begin(): Effect.Effect<void> {
    const { errands, recovery } = this.#owner
    // Knowledge of an earlier process does not wait for a slow stream.
    const impatient = Effect.sync(() => {
      if (recovery.isOn && !this.#hasBegun) this.request("Recovery")
    })
    return Effect.map(this.#interval, (interval) => {
      this.#restFor(interval)
      if (recovery.isOn) errands.beginAfter(recoveryStreamPatience, impatient)
    })
  }

  /** Asks for a listing, soon; several requests before it begins are one. */
  request(reason: ListingReason): void {
    this.#because ??= reason
    this.#isWanted = true
    if (this.#isListing) return
    this.#isListing = true
    this.#rest?.interruptUnsafe()
    this.#owner.errands.begin(this.#listWhileWanted)
  }

  /** The next listing repeats one in which the service told another story (S5). */
  markRepetition(): void {
    this.#isRepetition = true
  }

  /** Asks for a listing far enough from the last one to show that a deletion was undone (S6). */
  requestLater(): void {
    if (this.#isWantedLater) return
    this.#isWantedLater = true
    const later = Effect.sync(() => {
      this.#isWantedLater = false
      this.request("Doubt")
    })
    this.#owner.errands.beginAfter(reappearanceDelay, later)
  }

  get #interval(): Effect.Effect<Duration.Duration> {
    return Effect.map(Random.next, (random) => spread(this.#owner.settings.resyncInterval, random))
  }

  #restFor(interval: Duration.Duration): void {
    const grownOld = Effect.sync(() => {
      this.#rest = undefined
      this.request("Periodic")
    })
    this.#rest = this.#owner.errands.beginAfter(interval, grownOld)
  }

  get #listWhileWanted(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { microgridId } = this.#owner
      do {
        this.#isWanted = false
        const reason = this.#because ?? "Periodic"
        this.#because = undefined
        yield* Metric.update(Metrics.listings.at(reason), 1)
        const exit = yield* Effect.exit(traced(microgridId, "list", { "sync.reason": reason })(this.#list))
        this.#failures = Exit.isSuccess(exit) ? 0 : this.#failures + 1
        if (Exit.isFailure(exit)) yield* this.#failed(describe(exit.cause))
      } while (this.#isWanted)
      const interval = yield* this.#interval
      this.#isListing = false
      this.#restFor(interval)
    })
  }

  get #list() {
    return Effect.gen({ self: this }, function* () {
      const { client, mark, microgridId, recovery, settings, streams, tell } = this.#owner
      this.#hasBegun = true
      const endedSince = listedSince(settings, yield* DateTime.now)
      const listing: Listing = {
        startedAt: mark(),
        endedSince: endedSince?.epochMilliseconds ?? -Infinity,
        elapsed: yield* elapsedMillis,
        isRepetition: this.#isRepetition
      }
      this.#isRepetition = false
      const hasStreamed = streams.watch()
      const pages = client.list(microgridId, {
        filter: endedSince === undefined ? {} : { endTime: { from: withSlack(endedSince) } },
        sort: { field: "createTime", order: "ascending" },
        pageSize: settings.pageSize
      })
      const records = yield* Answers.collect(pages, (elapsed) => recovery.heard(elapsed))
      const openStreamsSince = streams.openedSince
      const streamed = hasStreamed()
      yield* Effect.annotateCurrentSpan({ "sync.records": records.length, "sync.streamed": streamed })
      const origin = yield* currentSpan
      yield* tell({ _tag: "Listed", listing, records, streamed, openStreamsSince, origin })
    })
  }

  #failed(failure: ReturnType<typeof describe>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { recovery, tell } = this.#owner
      if (recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })
      yield* tell({ _tag: "Broken", call: "listing", cause: failure.cause })
      yield* Metric.update(Metrics.listingsFailed.at(failure.reason), 1)
      yield* pause(failure, this.#failures)
      this.request("Retry")
    })
  }
}

/** The earliest instant that the service can be told: the year 1. */
const earliestInstant = -62_135_596_800_000

/** A filter says the same for all rules, so the mirror leaves out those that need no slack. */
const withSlack = (endedSince: DateTime.Utc): DateTime.Utc =>
  DateTime.makeUnsafe(Math.max(earliestInstant, endedSince.epochMilliseconds - zoneSlackMillis))

/** The instant before which ended dispatches are left out of a listing; absent if none are. */
const listedSince = (settings: SyncSettings, now: DateTime.Utc): DateTime.Utc | undefined => {
  const since = now.epochMilliseconds - Duration.toMillis(endedWithin(settings))
  return since < earliestInstant ? undefined : DateTime.makeUnsafe(since)
}
