/**
 * The program of a bucket: it claims the bucket, activates its microgrids, and keeps what runs equal to what is wanted
 * (F2, F6). It never ends by itself and never fails, because its engine would not start it again.
 */
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import { type Context, Duration, Effect, type Latch, Metric, Option, Random, Semaphore } from "effect"
import type { FleetError } from "../../FleetError.ts"
import { lookInterval, lookRetryDelay, pruneInterval } from "../../FleetLimits.ts"
import type { Claim, FleetStore } from "../../FleetStore.ts"
import * as Metrics from "../../Metrics.ts"
import { elapsed } from "../elapsed.ts"
import * as Site from "./site.ts"
import { Sites } from "./sites.ts"

export interface BucketOptions extends Omit<Site.Surroundings, "enter"> {
  readonly address: string
  /** Opens when the bucket is to look again. */
  readonly changed: Latch.Latch
  /** The elapsed instant (milliseconds) at which all locks of this process were confirmed last. */
  readonly confirmedAt: () => number
  readonly services: Context.Context<DispatchClient | DispatchScheduler>
}

/** Runs for the life of the bucket in this process; when interrupted, it ends its sites. */
export const live = (bucket: number, options: BucketOptions): Effect.Effect<never> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { changed, store } = options
      const sites = yield* Effect.acquireRelease(makeSites(options), (all) => all.end(all.ids, "Moved"))
      for (;;) {
        const claim = yield* again(store.claim(bucket, options.address))
        yield* keep(claim, sites, options)
        // Another process has claimed it, so the engine is about to take it from here, unless it knows better.
        yield* Effect.logWarning(`Another process has claimed bucket ${bucket}: its microgrids end here`)
        const noticedAt = yield* elapsed
        yield* sites.end(sites.ids, "Moved")
        yield* confirmedAfter(noticedAt, options)
        changed.openUnsafe()
      }
    })
  ).pipe(Effect.annotateLogs("bucket", String(bucket)))

/**
 * Completes when the lock was confirmed after this instant, so that the claim was of a process that had lost the bucket,
 * and came late; else after the lease.
 */
const confirmedAfter = (at: number, { confirmedAt, store }: BucketOptions): Effect.Effect<unknown> =>
  Effect.timeoutOption(
    Effect.repeat(Effect.sleep(lookRetryDelay), { until: () => confirmedAt() > at }),
    store.settings.lease
  )

const makeSites = Effect.fnUntraced(function* ({ changed, holdings, restartDelay }: BucketOptions) {
  const context = yield* Effect.context<never>()
  const fork = Effect.runForkWith(context)
  const lookAgain = Effect.sync(() => changed.openUnsafe())
  return new Sites({
    ended: (end) => {
      if (end !== undefined) fork(Metric.update(Metrics.sitesEnded.at(end), 1))
      fork(end === undefined ? lookAgain : Effect.delay(lookAgain, restartDelay))
    },
    abandoned: (id) => holdings.abandon(id)
  })
})

/** Keeps what runs equal to what is wanted, until another process has claimed the bucket. */
const keep = Effect.fnUntraced(function* (claim: Claim, sites: Sites, options: BucketOptions) {
  const { changed, holdings, store } = options
  const enter = claim.isSuspect ? entering(store) : () => Effect.void
  // Not all buckets at the same time, and also those that move each hour.
  let prunedAt = (yield* elapsed) - (yield* Random.next) * Duration.toMillis(pruneInterval)
  for (;;) {
    changed.closeUnsafe()
    const running = sites.ids
    const askedAt = yield* elapsed
    const activated = yield* again(store.activate(claim, running))
    if (Option.isNone(activated)) return
    yield* Metric.update(Metrics.activations.at(), activated.value.length)
    for (const activation of activated.value) {
      const life = Effect.provideContext(
        Site.live({ ...options, enter }, activation, askedAt),
        options.services
      )
      yield* sites.start(activation.token.microgridId, life)
    }
    const tokens = holdings.tokensOf(running)
    const lost = yield* again(store.lost(tokens))
    // Their finalizers hold up nobody else.
    yield* Effect.forkDetach(sites.end(lost, "Unwanted"))
    if ((yield* elapsed) - prunedAt >= Duration.toMillis(pruneInterval)) {
      prunedAt = yield* elapsed
      yield* Effect.ignore(store.pruneEdges(claim.bucket))
    }
    yield* Effect.timeoutOption(changed.await, lookInterval)
  }
})

/**
 * Writes down which site is entered, one at a time, so that code which blocks the process is known by name afterwards.
 * The next one waits for the database, by when the code of this one has run.
 */
const entering = (store: FleetStore["Service"]): Site.Surroundings["enter"] => {
  const inTurn = Semaphore.makeUnsafe(1)
  return (token) => inTurn.withPermit(Effect.ignore(store.enter(token)))
}

/** Asks the database until it answers. */
const again = <A>(question: Effect.Effect<A, FleetError>): Effect.Effect<A> =>
  Effect.catch(question, ({ message }) =>
    Effect.andThen(
      Effect.all([
        Metric.update(Metrics.looksFailed.at(), 1),
        Effect.logDebug(`A bucket asks again: ${message}`),
        Effect.sleep(lookRetryDelay)
      ]),
      again(question)
    )
  )
