/** Lengths of time by the clock that nobody sets. */
import { Clock, Duration, Effect } from "effect"
import { DispatchError } from "../../DispatchError.ts"

/** The monotonic clock in milliseconds. */
export const elapsedMillis: Effect.Effect<number> = Effect.map(
  Clock.monotonicTimeNanos,
  (nanos) => Number(nanos) / 1e6
)

/** Waits until the monotonic clock has reached an instant, which may move on meanwhile. */
export const reached = (instant: () => number): Effect.Effect<void> =>
  Effect.flatMap(elapsedMillis, (now) => {
    const left = instant() - now
    return left <= 0 ? Effect.void : Effect.andThen(Effect.sleep(left), reached(instant))
  })

/** Fails once a call has gone without an answer, or another part of it, for so long. */
export const silence = (
  patience: Duration.Duration,
  heardAt: () => number
): Effect.Effect<never, DispatchError> => {
  const millis = Duration.toMillis(patience)
  const message = `no answer came within ${Duration.format(patience)}`
  const failure = DispatchError.deadlineExceeded(message)
  return millis === Infinity
    ? Effect.never
    : Effect.andThen(
        reached(() => heardAt() + millis),
        Effect.fail(failure)
      )
}
