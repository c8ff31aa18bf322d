/**
 * The time for which the store keeps records that it need not keep for ever.
 *
 * @since 0.1.0
 */
import { Clock, Context, DateTime, Duration, Effect, Layer, Metric, Option, Result } from "effect"
import { DispatchStore, type PruneTimes, type Retained, type StoreError } from "./DispatchStore.ts"
import * as Background from "./internal/background.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import { countIn } from "./internal/reports/reportFormat.ts"
import * as Clocks from "./internal/retentionTime.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import * as Metrics from "./Metrics.ts"
import { ReportStore, type RetainedReports } from "./ReportStore.ts"
import {
  clockDistanceMax,
  clockDistanceInterval,
  noncesMax,
  noncesTrimmedAtOnce,
  pruneAtOnce,
  pruneInterval,
  pruneLarge,
  reportDaysMax,
  reportsPerMicrogridMax,
  signatureWindow
} from "./ServiceLimits.ts"

/**
 * The time for which each kind of record is kept. A reader of older changes is ended, and lists again; nonces are kept
 * for at least as long as a signature can be replayed.
 *
 * @category models
 * @since 0.1.0
 */
export type RetentionPolicy = { readonly [what in Retained | RetainedReports]: Duration.Duration }

/**
 * Changes for 24 hours, nonces for 10 minutes, audit records for 90 days, and dispatches for 400 days after they were
 * deleted, or after their last run if nobody changed them since. Reports of runs for 400 days after they arrived, and
 * their counts of days for ten years.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultPolicy: RetentionPolicy = {
  changes: Duration.hours(24),
  nonces: Duration.minutes(10),
  audit: Duration.days(90),
  dispatches: Duration.days(400),
  reports: Duration.days(400),
  days: Duration.days(3_650)
}

/**
 * The settings of retention: the policy, and the number of reports that a microgrid may have.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetentionOptions extends Partial<RetentionPolicy> {
  /** Most reports of runs of a microgrid: `reportsPerMicrogridMax` unless given. */
  readonly reportsPerMicrogrid?: number | undefined
}

/**
 * The time that retention goes by.
 *
 * @category services
 * @since 0.1.0
 */
export class RetentionTime extends Context.Service<
  RetentionTime,
  {
    /**
     * The fault of a ready service: its clock is far from that time, its store takes no writes, or work in the
     * background fails.
     */
    readonly doubt: Effect.Effect<string | undefined>
  }
>()("@effect-dispatch/server/Retention/RetentionTime") {}

/**
 * Removes records that were kept for long enough, those of a `ReportStore` included where there is one, at the start
 * and every `pruneInterval`, in small transactions. The metric `pruned` counts them. A store that is away is tried
 * again the next time.
 *
 * It goes by a time of its own, kept in the store. That follows the wall clock: back at once, and forward by at most
 * ten days per day of uptime. So a clock that is wrong for a while removes next to nothing.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchStoreMemory, Retention } from "@effect-dispatch/server"
 * import { Duration, Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { doubt } = yield* Retention.RetentionTime
 *   assert.strictEqual(yield* doubt, undefined)
 * })
 * const layer = Retention.layer({ audit: Duration.days(365), dispatches: Duration.infinity })
 * await Effect.runPromise(Effect.provide(program, Layer.provide(layer, DispatchStoreMemory.layer)))
 * ```
 *
 * @see BEHAVIOUR J25
 * @category layers
 * @since 0.1.0
 */
export const layer = ({
  reportsPerMicrogrid = reportsPerMicrogridMax,
  ...policy
}: RetentionOptions = {}): Layer.Layer<RetentionTime, never, DispatchStore> =>
  Layer.effect(
    RetentionTime,
    Effect.gen(function* () {
      const store = yield* DispatchStore
      const lengths = { ...defaultPolicy, ...policy }
      const time = yield* follow(store)
      const reports = yield* Effect.serviceOption(ReportStore)
      const looks = [
        ...ofDispatches(store, lengths),
        ...(Option.isSome(reports)
          ? ofReports(MeasuredStore.measureReports(reports.value), lengths, reportsPerMicrogrid)
          : [])
      ]
      const look = Effect.flatMap(time.move, (now) => eachOnItsOwn(looks, (one) => one(now)))
      let refusal: string | undefined
      yield* look.pipe(
        Effect.tap(() => Effect.sync(() => (refusal = undefined))),
        Effect.catch(({ message }) => {
          refusal = message
          return Effect.logWarning(`Old records could not be removed: ${message}`)
        }),
        UnseenSpans.unasked,
        (tidied) => Background.every("Removing old records", pruneInterval, tidied)
      )
      const doubt = Effect.map(Effect.zip(time.doubt, Background.troubles), ([ofClock, ofWork]) => {
        const ofWrites = refusal === undefined ? [] : [`Old records cannot be removed: ${refusal}`]
        const all = [...ofWrites, ...(ofClock === undefined ? [] : [ofClock]), ...ofWork]
        return all.length === 0 ? undefined : all.join("\n")
      })
      return RetentionTime.of({ doubt })
    })
  ).pipe(Layer.provide(MeasuredStore.layer))

/** Does the same with each, and then fails as the first that failed. */
const eachOnItsOwn = <A>(
  all: ReadonlyArray<A>,
  one: (each: A) => Effect.Effect<void, StoreError>
): Effect.Effect<void, StoreError> =>
  Effect.flatMap(
    Effect.forEach(all, (each) => Effect.result(one(each))),
    (results) => Effect.fromResult(results.find(Result.isFailure) ?? Result.succeed(undefined))
  )

/** The time that records are judged by. */
interface Now {
  readonly time: DateTime.Utc
  /** The wall clock, in epoch milliseconds. */
  readonly wall: number
}

/** Moves the time of the store on, and reports a wall clock that is too far from it. */
const follow = Effect.fnUntraced(function* (store: DispatchStore["Service"]) {
  const clock = yield* Clock.Clock
  const distance = new ClockDistance()
  yield* Metrics.clockAhead.observe(() => distance.ahead / 1_000)
  yield* Metrics.clockBehind.observe(() => distance.behind / 1_000)

  const move = Effect.gen(function* () {
    const clocks = { wall: clock.currentTimeMillisUnsafe(), nanos: clock.monotonicTimeNanosUnsafe() }
    let found: number | undefined
    const moved = yield* store.moveRetentionTime((kept) => {
      found = kept?.epochMilliseconds
      return DateTime.makeUnsafe(Clocks.next(found, distance.seen, clocks))
    })
    distance.learn(clocks, moved.epochMilliseconds, found)
    const doubt = distance.toTell(clocks.nanos)
    if (doubt !== undefined) yield* Effect.logError(doubt)
    return { time: moved, wall: clocks.wall }
  })
  return { move, doubt: Effect.sync(() => distance.doubt) }
})

/** The distance of the wall clock from the time that retention goes by, in milliseconds. */
class ClockDistance {
  seen: Clocks.Seen | undefined
  ahead = 0
  behind = 0
  #latest: Clocks.Seen | undefined
  #told: { readonly doubt: Doubt; readonly atNanos: bigint } | undefined

  /** Takes the time that is kept from now on, and the one that was kept before. */
  learn({ nanos, wall }: Clocks.Clocks, time: number, before = time): void {
    this.seen = { time, atNanos: nanos }
    this.#latest = Clocks.remember(this.#latest, Math.max(time, before), nanos)
    this.ahead = Math.max(0, wall - time)
    this.behind = Math.max(0, this.#latest.time - wall)
  }

  get doubt(): string | undefined {
    const doubt = this.#doubt
    return doubt === undefined ? undefined : doubts[doubt](Math.round(this[doubt] / 86_400_000))
  }

  /** The doubt, unless it was told within the last hour. */
  toTell(nanos: bigint): string | undefined {
    const doubt = this.#doubt
    const told = this.#told
    const isTold = told !== undefined && told.doubt === doubt && nanos - told.atNanos < tellInterval
    if (isTold) return undefined
    this.#told = doubt === undefined ? undefined : { doubt, atNanos: nanos }
    return this.doubt
  }

  get #doubt(): Doubt | undefined {
    const most = Duration.toMillis(clockDistanceMax)
    return this.ahead > most ? "ahead" : this.behind > most ? "behind" : undefined
  }
}

type Doubt = "ahead" | "behind"

const tellInterval = Duration.toNanosUnsafe(clockDistanceInterval)

const doubts: { readonly [doubt in Doubt]: (days: number) => string } = {
  ahead: (days) =>
    `The clock is ${days} days ahead of the time that records are removed by: is it right? Until the two agree, less is removed; after a long stop or a restore this passes by itself`,
  behind: (days) =>
    `The clock is ${days} days behind the time that records were removed by: is it right? If it was ahead before, this passes by itself`
}

/** Removes what is too old, or too many, as of now. */
type Look = (now: Now) => Effect.Effect<void, StoreError>

const ofDispatches = (store: DispatchStore["Service"], lengths: RetentionPolicy): ReadonlyArray<Look> => {
  const old =
    (what: Exclude<Retained, "nonces">): Look =>
    (now) =>
      pruneAll({ what, length: lengths[what], prune: (times, most) => store.prune(what, times, most) }, now)
  return [old("changes"), (now) => pruneNonces(store, lengths.nonces, now), old("audit"), old("dispatches")]
}

const ofReports = (
  store: ReportStore["Service"],
  lengths: RetentionPolicy,
  most: number
): ReadonlyArray<Look> =>
  (
    [
      ["reports", most],
      ["days", reportDaysMax]
    ] as const
  ).map(
    ([what, most]): Look =>
      (now) =>
        Effect.andThen(
          pruneAll(
            {
              what,
              length: lengths[what],
              prune: (times, limit) => store.pruneReports(what, times, limit, countIn)
            },
            now
          ),
          Effect.flatMap(
            untilDone(store.trimReports(what, most, pruneAtOnce, countIn), pruneAtOnce),
            (trimmed) => (trimmed > 0 ? Metric.update(Metrics.reportsTrimmed.at(what), trimmed) : Effect.void)
          )
        )
  )

/** A kind of records, the time that they are kept for, and the way to remove them. */
interface Kind {
  readonly what: Retained | RetainedReports
  readonly length: Duration.Duration
  readonly prune: (times: PruneTimes, limit: number) => Effect.Effect<number, StoreError>
}

const pruneAll = Effect.fnUntraced(function* ({ length, prune, what }: Kind, { time }: Now) {
  if (!Duration.isFinite(length)) return
  const removed = yield* untilDone(
    Effect.tap(prune({ now: time, before: DateTime.subtractDuration(time, length) }, pruneAtOnce), (count) =>
      count > 0 ? Metric.update(Metrics.pruned.at(what), count) : Effect.void
    ),
    pruneAtOnce
  )
  if (removed >= pruneLarge) {
    yield* Effect.logInfo(
      `Removed ${removed} records (${what}) kept for longer than ${Duration.format(length)}, more than usual`
    )
  }
})

/** Removes old nonces, then those beyond the bound. */
const pruneNonces = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  length: Duration.Duration,
  now: Now
) {
  // A signature made before the clock was wrong may count again once it is right.
  if (now.time.epochMilliseconds === now.wall) {
    const kept = Duration.max(length, Duration.times(signatureWindow, 2))
    yield* pruneAll(
      { what: "nonces", length: kept, prune: (times, limit) => store.prune("nonces", times, limit) },
      now
    )
  }
  const last = DateTime.addDuration(DateTime.makeUnsafe(now.wall), signatureWindow)
  const trimmed = yield* untilDone(
    store.trimNonces(noncesMax, noncesTrimmedAtOnce, last),
    noncesTrimmedAtOnce
  )
  if (trimmed > 0) yield* Metric.update(Metrics.noncesTrimmed.at(), trimmed)
})

/** Repeats until less is left than is removed at once; gives the number removed. */
const untilDone = Effect.fnUntraced(function* (removal: Effect.Effect<number, StoreError>, atOnce: number) {
  let removed = 0
  while (true) {
    const count = yield* removal
    removed += count
    if (count < atOnce) return removed
    // Others have their turn between transactions.
    yield* Effect.yieldNow
  }
})
