/** How long-running commands end: gracefully on the first signal, at once on the second. */
import { Effect } from "effect"

/**
 * Runs until the effect ends or the process is asked to stop (SIGINT or SIGTERM). Being asked to stop is a success;
 * being asked twice ends the process at once with exit code 130.
 */
export const untilStopped = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, E, R> =>
  Effect.asVoid(Effect.raceFirst(effect, asked))

const asked = Effect.callback<void>((resume) => {
  let times = 0
  const onSignal = () => {
    times += 1
    if (times > 1) process.exit(130)
    resume(Effect.void)
  }
  // Stays in place while finalizers run, so that a second signal is noticed.
  process.on("SIGINT", onSignal)
  process.on("SIGTERM", onSignal)
})
