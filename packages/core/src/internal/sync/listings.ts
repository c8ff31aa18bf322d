/** Lists when asked to, when the last listing has grown old, and again when one has failed. Rules S1, S2, S4, S10. */
import { DateTime, Duration, Effect, Exit, Latch, Metric, Random } from "effect"
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
  readonly #wanted = Latch.makeUnsafe(false)
  readonly #wantedLater = Latch.makeUnsafe(false)
  #because: ListingReason | undefined
  #hasBegun = false
  /** True if the next listing to begin repeats another. */
  #isRepetition = false

  constructor(owner: SyncOwner) {
    this.#owner = owner
  }

  /** Asks for a listing, soon; several requests before it begins are one. */
  request(reason: ListingReason): void {
    this.#because ??= reason
    this.#wanted.openUnsafe()
  }

  /** The next listing repeats one in which the service told another story (S5). */
  markRepetition(): void {
    this.#isRepetition = true
  }

  /** Asks for a listing far enough from the last one to show that a deletion was undone (S6). */
  requestLater(): void {
    this.#wantedLater.openUnsafe()
  }

  /** Lists, for ever. The first listing is asked for by the first stream. */
  get run(): Effect.Effect<unknown> {
    return Effect.all([this.#listForEver, this.#listLater, this.#listForRecovery], {
      concurrency: "unbounded"
    })
  }

  get #listForEver(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function* () {
      const { microgridId, settings } = this.#owner
      for (let failures = 0; ;) {
        yield* Effect.timeoutOption(this.#wanted.await, spread(settings.resyncInterval, yield* Random.next))
        this.#wanted.closeUnsafe()
        const reason = this.#because ?? "Periodic"
        this.#because = undefined
        yield* Metric.update(Metrics.listings.at(reason), 1)
        const exit = yield* Effect.exit(traced(microgridId, "list", { "sync.reason": reason })(this.#list))
        failures = Exit.isSuccess(exit) ? 0 : failures + 1
        if (Exit.isFailure(exit)) yield* this.#failed(describe(exit.cause), failures)
      }
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

  #failed(failure: ReturnType<typeof describe>, failures: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { recovery, tell } = this.#owner
      if (recovery.isOn) yield* tell({ _tag: "GoOn", cause: failure.cause })
      yield* tell({ _tag: "Broken", call: "listing", cause: failure.cause })
      yield* Metric.update(Metrics.listingsFailed.at(failure.reason), 1)
      yield* pause(failure, failures)
      this.request("Retry")
    })
  }

  get #listLater(): Effect.Effect<never> {
    return Effect.forever(
      Effect.gen({ self: this }, function* () {
        yield* this.#wantedLater.await
        yield* Effect.sleep(reappearanceDelay)
        this.#wantedLater.closeUnsafe()
        this.request("Doubt")
      })
    )
  }

  /** Knowledge of an earlier process does not wait for a slow stream. */
  get #listForRecovery(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { recovery } = this.#owner
      if (!recovery.isOn) return
      yield* Effect.sleep(recoveryStreamPatience)
      if (recovery.isOn && !this.#hasBegun) this.request("Recovery")
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
