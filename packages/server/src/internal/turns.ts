/** Long work on the one thread, in parts: between them everybody else has a turn. */
import { Clock, Duration, Effect } from "effect"
import { turnLength } from "../ListingLimits.ts"

const nanos = Duration.toNanosUnsafe(turnLength)

/** Does the same with each, and lets others in whenever a turn is over. */
export const inTurns = <A, B>(all: ReadonlyArray<A>, one: (each: A) => B): Effect.Effect<ReadonlyArray<B>> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const done: Array<B> = []
    let began = clock.monotonicTimeNanosUnsafe()
    for (const each of all) {
      done.push(one(each))
      if (clock.monotonicTimeNanosUnsafe() - began < nanos) continue
      yield* Effect.yieldNow
      began = clock.monotonicTimeNanosUnsafe()
    }
    return done
  })
