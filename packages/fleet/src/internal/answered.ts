/** Questions to the database that nobody waits for too long for. */
import { type Duration, Effect, Fiber } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type FleetError, unavailable } from "../FleetError.ts"

/**
 * The answer to a question, or the failure to get one in time. An abandoned question is interrupted in the background,
 * because that may have to wait for the database as well.
 */
export const answered = <A>(
  question: Effect.Effect<A, SqlError>,
  atMost: Duration.Duration
): Effect.Effect<A, FleetError> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDetach(Effect.mapError(question, unavailable), { startImmediately: true })
    const leave = Effect.forkDetach(Fiber.interrupt(fiber))
    // Finalizers ask as well, and they are not interruptible.
    return yield* Effect.timeoutOrElse(Effect.interruptible(Fiber.join(fiber)), {
      duration: atMost,
      orElse: () => Effect.fail(unavailable(new Error("it does not answer")))
    }).pipe(Effect.onExit(() => (fiber.pollUnsafe() === undefined ? leave : Effect.void)))
  })
