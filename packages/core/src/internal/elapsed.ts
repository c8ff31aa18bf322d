/** Lengths of time by the monotonic clock, which is never set. */
import { Clock, Effect, type Pull, Schedule } from "effect"

/** The monotonic clock in milliseconds; only differences have a meaning. */
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

/** The same schedule, unaware of the wall clock being set after it has begun. */
export const onTimers = <Output, Input, Error, Env>(
  schedule: Schedule.Schedule<Output, Input, Error, Env>
): Schedule.Schedule<Output, Input, Pull.ExcludeDone<Error>, Env> =>
  Schedule.fromStep(
    Effect.gen(function* () {
      const step = yield* Schedule.toStep(schedule)
      const wall = yield* Clock.currentTimeMillis
      const begun = yield* elapsedMillis
      return (_now: number, input: Input) =>
        Effect.flatMap(elapsedMillis, (now) => step(wall + (now - begun), input))
    })
  )
