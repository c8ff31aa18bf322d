/**
 * Ends connections that hold up others. A connection that was lost after its statement was done, but before its commit
 * was asked for, keeps its locks; PostgreSQL waits for the rest of the request, and no timeout of its own counts then.
 */
import { Duration, Effect, Semaphore } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { postgresSilentHolderMax } from "../../ServiceLimits.ts"

/** The name that all instances give to their connections. */
export const applicationName = "dispatch"

/** Does a write; while it goes on for long, connections of instances that silently hold up others are ended. */
export type Unblocked = <A, E, R>(write: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Has one look at a time, however many writes wait. */
export const make = (sql: SqlClient): Unblocked => {
  const looks = Semaphore.makeUnsafe(1)
  const look = looks.withPermitsIfAvailable(1)(
    // A database that is away is the trouble of the write.
    Effect.catch(endSilent(sql), () => Effect.void)
  )
  const looking = Effect.forever(Effect.andThen(Effect.sleep(postgresSilentHolderMax), look))
  return (write) => Effect.raceFirst(write, looking)
}

/** Ends connections that others wait for, and that have been waiting for their own instance for too long. */
const endSilent = (sql: SqlClient): Effect.Effect<void, SqlError> =>
  Effect.flatMap(
    sql<{ readonly pid: number; readonly ended: boolean }>`
      SELECT pid, pg_terminate_backend(pid) AS ended FROM pg_stat_activity
      WHERE pid IN (
          SELECT unnest(pg_blocking_pids(waiting.pid)) FROM pg_stat_activity AS waiting
          WHERE waiting.datname = current_database() AND waiting.application_name = ${applicationName}
            AND waiting.wait_event_type = 'Lock'
        )
        AND datname = current_database() AND usename = current_user AND application_name = ${applicationName}
        AND state = 'active' AND wait_event = 'ClientRead'
        AND query_start < clock_timestamp() - make_interval(secs => ${Duration.toSeconds(postgresSilentHolderMax)})`,
    (rows) =>
      Effect.forEach(
        rows,
        ({ ended, pid }) =>
          Effect.logWarning(
            ended
              ? `A connection of an instance that stood still amid a write held up others, and was ended (process ${pid} of PostgreSQL)`
              : `A connection of an instance that stands still amid a write holds up others, and could not be ended (process ${pid} of PostgreSQL)`
          ),
        { discard: true }
      )
  )
