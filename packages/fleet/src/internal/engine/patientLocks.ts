/**
 * Locks that another process is about to give away are waited for. The engine by itself asks again only after a second,
 * and for so long a bucket that moves would run nowhere. Locks that are free at once, such as those of a process that
 * died, wait for no others.
 */
import { Clock, Duration, Effect } from "effect"
import { RunnerStorage } from "effect/cluster"
import { lockAskInterval, lockGainWait, lockWaitMax } from "../../FleetLimits.ts"
import { elapsedOf } from "../elapsed.ts"

/** The storage of the engine, which asks for locks until it has all of them, or no more come. */
export const patient = (
  storage: RunnerStorage.RunnerStorage["Service"]
): Effect.Effect<RunnerStorage.RunnerStorage["Service"]> =>
  Effect.map(Clock.Clock, (clock) =>
    RunnerStorage.RunnerStorage.of({
      ...storage,
      acquire: Effect.fnUntraced(function* (address, shards) {
        const wanted = [...shards]
        const free = yield* storage.acquire(address, wanted)
        if (free.length > 0) return free
        const began = elapsedOf(clock)
        let gainedAt = began
        let held = free
        while (held.length < wanted.length) {
          const now = elapsedOf(clock)
          if (now - began >= Duration.toMillis(lockWaitMax)) break
          if (held.length > 0 && now - gainedAt >= Duration.toMillis(lockGainWait)) break
          yield* Effect.sleep(lockAskInterval)
          const before = held.length
          held = yield* storage.acquire(address, wanted)
          if (held.length > before) gainedAt = elapsedOf(clock)
        }
        return held
      })
    })
  )
