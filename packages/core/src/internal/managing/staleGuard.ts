/** Holds back managed runs without an end while the mirror has been stale for too long. */
import { Clock, Duration, Effect } from "effect"
import type { SyncStatus } from "../../SyncStatus.ts"
import type { ManagedType } from "./managedType.ts"

/** Lives with a status until the next: waits until the mirror has been stale for too long, or lets all go on. */
export const follow = Effect.fnUntraced(function* (
  actors: ManagedType,
  type: string,
  stopAfter: Duration.Duration,
  status: SyncStatus
) {
  if (status._tag === "Synchronised") return yield* actors.release
  const left = yield* timeLeft(status, stopAfter)
  if (left === Infinity) return
  yield* Effect.sleep(left)
  yield* hold(actors, type, stopAfter)
})

/** Holds back at once what the status says is to be held back by now. */
export const check = Effect.fnUntraced(function* (
  actors: ManagedType,
  type: string,
  stopAfter: Duration.Duration,
  status: SyncStatus
) {
  if ((yield* timeLeft(status, stopAfter)) === 0) yield* hold(actors, type, stopAfter)
})

/** How long the mirror may still be stale, in milliseconds; without end while it is not. */
const timeLeft = (status: SyncStatus, stopAfter: Duration.Duration): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (status._tag !== "Stale") return Infinity
    const passed = Math.max(0, now - status.since.epochMilliseconds)
    return Math.max(0, Duration.toMillis(stopAfter) - passed)
  })

const hold = (actors: ManagedType, type: string, stopAfter: Duration.Duration) =>
  Effect.flatMap(actors.hold, (isNew) =>
    isNew
      ? Effect.logWarning(
          `Actors of ${type} that run without an end are stopped: the service could not be reached for ${Duration.format(stopAfter)}`
        )
      : Effect.void
  )
