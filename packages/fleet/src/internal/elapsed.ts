/** Time by a clock that nobody sets. */
import { type Clock, Effect } from "effect"

/** Elapsed milliseconds of a clock. */
export const elapsedOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** Elapsed milliseconds. */
export const elapsed: Effect.Effect<number> = Effect.clockWith((clock) => Effect.sync(() => elapsedOf(clock)))
