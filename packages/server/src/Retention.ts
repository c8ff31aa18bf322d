/**
 * For how long the store keeps what it need not keep for ever.
 *
 * @since 0.1.0
 */
import { DateTime, Duration, Effect, Layer, Metric, Schedule } from "effect"
import { DispatchStore, type Retained } from "./DispatchStore.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import * as Metrics from "./Metrics.ts"
import { pruneAtOnce, pruneInterval, signatureWindow } from "./ServiceLimits.ts"

/**
 * How long each kind of record is kept. A reader of changes older than that is ended, and lists again; nonces are kept
 * for at least as long as a signature can be replayed.
 *
 * @category models
 * @since 0.1.0
 */
export type RetentionPolicy = { readonly [what in Retained]: Duration.Duration }

/**
 * Changes for 24 hours, nonces for 10 minutes, audit records for 90 days, and dispatches for 400 days after they were
 * deleted, or after their last run if nobody changed them since.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultPolicy: RetentionPolicy = {
  changes: Duration.hours(24),
  nonces: Duration.minutes(10),
  audit: Duration.days(90),
  dispatches: Duration.days(400)
}

/**
 * Removes what was kept for long enough, from the beginning and every `pruneInterval`, in small transactions. What was
 * removed is counted by the metric `pruned`. A store that is away is tried again the next time.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (policy: Partial<RetentionPolicy> = {}): Layer.Layer<never, never, DispatchStore> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const store = yield* DispatchStore
      const lengths = Object.entries({ ...defaultPolicy, ...policy }) as ReadonlyArray<
        readonly [Retained, Duration.Duration]
      >
      const prune = Effect.forEach(lengths, ([what, length]) => pruneAll(store, what, length), {
        discard: true
      })
      yield* prune.pipe(
        Effect.catch(({ message }) => Effect.logWarning(`Old records could not be removed: ${message}`)),
        Effect.repeat(Schedule.spaced(pruneInterval)),
        UnseenSpans.unasked,
        Effect.forkScoped
      )
    })
  ).pipe(Layer.provide(MeasuredStore.layer))

const pruneAll = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  what: Retained,
  length: Duration.Duration
) {
  const kept = what === "nonces" ? Duration.max(length, Duration.times(signatureWindow, 2)) : length
  if (!Duration.isFinite(kept)) return
  const before = DateTime.subtractDuration(yield* DateTime.now, kept)
  while (true) {
    const count = yield* store.prune(what, before, pruneAtOnce)
    if (count > 0) yield* Metric.update(Metrics.pruned.at(what), count)
    if (count < pruneAtOnce) return
    // Between transactions others have their turn.
    yield* Effect.yieldNow
  }
})
