/**
 * Holds back managed runs without an end while the mirror has been stale for too long. Elapsed time counts: neither a
 * step of the wall clock nor another failure to connect changes the end of the limit.
 */
import { Duration, Effect, Stream } from "effect"
import type { SyncStatus } from "../../SyncStatus.ts"

/** Actors that can be held back and released. */
interface Holdable {
  readonly hold: Effect.Effect<boolean>
  readonly release: Effect.Effect<void>
}

/** The actors of runs without an end, and the time for which the mirror may be stale before they stop. */
export interface Guarded {
  readonly actors: Holdable
  readonly type: string
  readonly stopAfter: Duration.Duration
  /** The time for which the mirror has been stale, in milliseconds; nothing while it is not. */
  readonly staleMillis: Effect.Effect<number | undefined>
}

/** Follows the status: waits until the mirror has been stale for too long, or lets all go on. */
export const follow = (guarded: Guarded, statusChanges: Stream.Stream<SyncStatus>): Stream.Stream<void> =>
  statusChanges.pipe(
    Stream.map(({ _tag }) => _tag),
    Stream.changes,
    Stream.switchMap((phase) => Stream.fromEffect(live(guarded, phase)))
  )

const live = Effect.fnUntraced(function* (guarded: Guarded, phase: SyncStatus["_tag"]) {
  if (phase === "Synchronised") return yield* guarded.actors.release
  const left = yield* millisLeft(guarded)
  if (left === Infinity) return
  yield* Effect.sleep(left)
  yield* hold(guarded)
})

/** Holds back at once if the mirror has been stale for too long by now. */
export const check = (guarded: Guarded): Effect.Effect<void> =>
  Effect.flatMap(millisLeft(guarded), (left) => (left === 0 ? hold(guarded) : Effect.void))

/** The time for which the mirror may still be stale, in milliseconds; without end while it is not. */
const millisLeft = ({ staleMillis, stopAfter }: Guarded): Effect.Effect<number> =>
  Effect.map(staleMillis, (stale) =>
    stale === undefined ? Infinity : Math.max(0, Duration.toMillis(stopAfter) - stale)
  )

const hold = ({ actors, stopAfter, type }: Guarded) =>
  Effect.flatMap(actors.hold, (isNew) =>
    isNew
      ? Effect.logWarning(
          `Actors of ${type} that run without an end are stopped: the service could not be reached for ${Duration.format(stopAfter)}`
        )
      : Effect.void
  )
