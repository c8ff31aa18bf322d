/** The turns of PostgreSQL: nothing is waited for without an end, and trouble in one microgrid holds up no other. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Fiber, Semaphore } from "effect"
import { StoreError } from "../../DispatchStore.ts"
import {
  postgresConnectionsToRead,
  postgresTimeout,
  postgresWritesPerMicrogrid
} from "../../ServiceLimits.ts"
import { Lanes } from "../lanes.ts"
import type * as PostgresHolders from "./postgresHolders.ts"

/**
 * Writes to one microgrid wait for each other here, where waiting takes no connection: trouble in one holds up no
 * other. All writes together leave connections to readers. An abandoned write gives its turn to the next at once, and
 * its connection once that is free or dead.
 */
export const takingTurns = (connectionsMax: number, unblocked: PostgresHolders.Unblocked) => {
  const lanes = new Lanes(postgresWritesPerMicrogrid)
  const connections = Semaphore.makeUnsafe(Math.max(1, connectionsMax - postgresConnectionsToRead))
  return <A, E>(microgridId: MicrogridId, write: Effect.Effect<A, E>) =>
    bounded(lanes.in(String(microgridId), bounded(connections.withPermits(1)(unblocked(write)))))
}

/**
 * Gives up on an operation that takes too long, whatever it is doing. An unanswered commit cannot be interrupted, so it
 * is left to itself.
 */
export const bounded = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDetach(effect, { startImmediately: true })
    const leave = Effect.forkDetach(Fiber.interrupt(fiber))
    return yield* Effect.timeoutOrElse(Fiber.join(fiber), {
      duration: postgresTimeout,
      orElse: () => Effect.fail(new StoreError({ message: "the database does not answer" }))
    }).pipe(Effect.onExit(() => (fiber.pollUnsafe() === undefined ? leave : Effect.void)))
  })
