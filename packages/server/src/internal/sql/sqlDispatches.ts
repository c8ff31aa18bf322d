/** `DispatchStore` in SQL, in the subset that SQLite and PostgreSQL share. */
import { idMax } from "@effect-dispatch/api/WireLimits"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Option, Stream } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type AuditRecord, type Change, DispatchStore, StoreError } from "../../DispatchStore.ts"
import { inTurns } from "../turns.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import * as SqlListing from "./sqlListing.ts"
import * as SqlRetention from "./sqlRetention.ts"
import { Stored, StoredChange } from "../storedDispatch.ts"
import { type Database, toSigned } from "./sqlRows.ts"

/**
 * Runs a transaction. A connection that is lost in the midst of one cannot be rolled back either. The client of the
 * database takes that for a defect; here it is one more way to fail.
 */
export const transaction =
  (sql: SqlClient): Transact =>
  (write) =>
    Effect.catchDefect(sql.withTransaction(write), (defect) =>
      isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect)
    )

/** The writes of a store, each nothing or all; the database decides how they are done. */
export type Writes = Pick<DispatchStore["Service"], "insert" | "modify">

/** A store on a database whose tables are up to date. */
export const make = (
  database: Database,
  writes: Writes,
  turns: SqlListing.Turns,
  /** Runs the tidying of the store. Nobody waits for that, so it delays nobody's commit. */
  alone: Transact
): DispatchStore["Service"] => {
  const { format, sql } = database
  const keeper = { sql, alone, turns }
  return DispatchStore.of({
    ...writes,
    get: (microgridId, id) =>
      dataOf(sql, microgridId, id).pipe(
        Effect.map(Option.map((data) => new Stored(format, data))),
        Effect.mapError(failure)
      ),
    begin: (query) => SqlListing.list(database, turns, { ...query, after: undefined, isCounted: true }),
    page: (query) =>
      Effect.map(
        SqlListing.list(database, turns, { ...query, isCounted: false }),
        ({ dispatches }) => dispatches
      ),
    changesAfter: (microgridId, number, limit) =>
      sql<{ readonly number: bigint; readonly kind: Change["kind"]; readonly data: Uint8Array }>`
        SELECT number, kind, data FROM changes
        WHERE microgrid_id = ${toSigned(microgridId)} AND number > ${number}
        ORDER BY number LIMIT ${BigInt(limit)}
      `.pipe(
        Effect.mapError(failure),
        Effect.flatMap((rows) =>
          inTurns(
            rows,
            ({ data, kind, number }) =>
              new StoredChange(format, { microgridId, number, kind }, data, format.decode(data))
          )
        )
      ),
    lastChange: (microgridId) =>
      sql<{ readonly value: bigint }>`
        SELECT value FROM counters WHERE name = ${changeNumberOf(microgridId)}
      `.pipe(
        Effect.map(([row]) => row?.value ?? 0n),
        Effect.mapError(failure)
      ),
    hints: Stream.never,
    audit: (microgridId, limit) => Effect.mapError(audit(sql, microgridId, limit), failure),
    moveRetentionTime: (decide) => Effect.mapError(alone(SqlRetention.moveTime(sql, decide)), failure),
    trimNonces: (most, limit, last) => SqlRetention.trimNonces(keeper, most, limit, last),
    prune: (what, times, limit) => SqlRetention.prune(keeper, what, times, limit),
    check: Effect.asVoid(Effect.mapError(sql`SELECT 1`, failure)),
    secret: sql<{ readonly value: Uint8Array }>`SELECT value FROM secrets WHERE name = 'page-tokens'`.pipe(
      Effect.mapError(failure),
      Effect.flatMap(([row]) => {
        const secret = new Uint8Array(row?.value ?? [])
        // Anybody could forge a token that is authenticated with an empty key.
        return secret.length < secretBytesMin
          ? Effect.fail(new StoreError({ message: secretMissing }))
          : Effect.succeed(secret)
      })
    )
  })
}

/** Shortest secret that page tokens are authenticated with, in bytes; 32 are made. */
const secretBytesMin = 16

const secretMissing =
  "the secret of page tokens (the row page-tokens of the table secrets) is missing or too short: remove the row, and the next start makes another"

/** The counter of the changes of a microgrid. */
export const changeNumberOf = (microgridId: MicrogridId): string => `change-number-${microgridId}`

/** The kept data of a dispatch that is not deleted. */
export const dataOf = (
  sql: SqlClient,
  microgridId: MicrogridId,
  id: DispatchId
): Effect.Effect<Option.Option<Uint8Array>, SqlError> =>
  id > idMax
    ? Effect.succeedNone
    : Effect.map(
        sql<{ readonly data: Uint8Array }>`
          SELECT data FROM dispatches
          WHERE id = ${id} AND microgrid_id = ${toSigned(microgridId)} AND deleted_time IS NULL`,
        ([row]) => Option.fromUndefinedOr(row?.data)
      )

const audit = (sql: SqlClient, microgridId: MicrogridId, limit: number) =>
  sql<{
    readonly number: bigint
    readonly kind: Change["kind"]
    readonly dispatch_id: bigint
    readonly time: bigint
    readonly name: string
  }>`
    SELECT number, kind, dispatch_id, time, name FROM audit
    WHERE microgrid_id = ${toSigned(microgridId)} ORDER BY number DESC LIMIT ${BigInt(limit)}
  `.pipe(
    Effect.map((rows) =>
      rows.map(({ dispatch_id, kind, name, number, time }): AuditRecord => ({
        number,
        kind,
        id: dispatch_id as DispatchId,
        at: DateTime.makeUnsafe(Number(time)),
        by: name
      }))
    )
  )
