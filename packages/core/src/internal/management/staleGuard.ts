/**
 * Holds back managed runs without an end while the mirror has been stale for too long. That is elapsed time: neither a
 * wall clock that is set nor another failure to connect changes when it is over.
 */
import { Duration, Effect, Stream } from "effect"
import type { SyncStatus } from "../../SyncStatus.ts"

/** What can be held back and let go on. */
interface Holdable {
  readonly hold: Effect.Effect<boolean>
  readonly release: Effect.Effect<void>
}

/** Of what runs without an end: what it is, and how long the mirror may be stale before it is stopped. */
export interface Guarded {
  readonly actors: Holdable
  readonly type: string
  readonly stopAfter: Duration.Duration
  /** For how long the mirror has been stale, in milliseconds; nothing while it is not. */
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

/** Holds back at once what has been stale for too long by now. */
export const check = (guarded: Guarded): Effect.Effect<void> =>
  Effect.flatMap(millisLeft(guarded), (left) => (left === 0 ? hold(guarded) : Effect.void))

/** How long the mirror may still be stale, in milliseconds; without end while it is not. */
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
