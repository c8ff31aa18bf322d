/** `DispatchStore` in SQL, in the subset that SQLite and PostgreSQL share. */
import { idMax } from "@effect-dispatch/api/WireLimits"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, Effect, Option, Result, Stream } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type AuditRecord, type Change, DispatchStore, StoreError } from "../../DispatchStore.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, failureOf, instantOf, isSqlError, unknownTime } from "./sqlFailure.ts"
import * as SqlListing from "./sqlListing.ts"
import * as SqlNonces from "./sqlNonces.ts"
import * as SqlRetention from "./sqlRetention.ts"
import { Stored, StoredChange } from "../storedDispatch.ts"
import type { Turns } from "./sqlPace.ts"
import { SqlPages } from "./sqlPages.ts"
import { type ReadDatabase, toSigned } from "./sqlRows.ts"

/**
 * Runs a transaction, or a savepoint within one. A connection that is lost in the midst of one cannot be rolled back
 * either. The client of the database takes that, and what it was rolled back for, for defects; here it is one more way
 * to fail.
 */
export const transaction =
  (sql: SqlClient): Transact =>
  (write) =>
    Effect.catchCause(sql.withTransaction(write), (cause) => {
      const defects = cause.reasons.flatMap((reason) => (Cause.isDieReason(reason) ? [reason.defect] : []))
      const failed = defects.find(isSqlError)
      return failed === undefined ? Effect.failCause(cause) : Effect.fail(failed)
    })

/** The writes of a store, each nothing or all; the database decides how they are done. */
export type Writes = Pick<DispatchStore["Service"], "insert" | "modify">

/** A store on a database whose tables are up to date. */
export const make = (
  database: ReadDatabase,
  writes: Writes,
  turns: Turns,
  /**
   * Runs a step of tidying: as a transaction where a store needs one for each write, and as it is where every statement
   * commits by itself. Nobody waits for it, so it delays nobody's commit.
   */
  tidy: Transact
): DispatchStore["Service"] => {
  const { format, read, sql } = database
  const dataOfOne = read<{ readonly data: Uint8Array }>(
    "SELECT data FROM dispatches WHERE id = ? AND microgrid_id = ? AND deleted_time IS NULL"
  )
  const counterOf = read<{ readonly value: bigint }>("SELECT value FROM counters WHERE name = ?")
  const keeper = { sql, tidy, turns }
  const listed = { format, pages: new SqlPages(database), sql }
  return DispatchStore.of({
    ...writes,
    get: (microgridId, id) =>
      id > idMax
        ? Effect.succeedNone
        : Effect.mapBoth(dataOfOne(id, toSigned(microgridId)), {
            onFailure: failure,
            onSuccess: ([row]) => Option.fromUndefinedOr(row && new Stored(format, row.data))
          }),
    begin: (query) => SqlListing.list(listed, turns, { ...query, after: undefined, isCounted: true }),
    page: (query) =>
      Effect.map(
        SqlListing.list(listed, turns, { ...query, isCounted: false }),
        ({ dispatches }) => dispatches
      ),
    changesAfter: changesAfter(database),
    lastChange: (microgridId) =>
      counterOf(changeNumberOf(microgridId)).pipe(
        Effect.map(([row]) => row?.value ?? 0n),
        Effect.mapError(failure)
      ),
    hints: Stream.never,
    audit: (...asked) => Effect.mapError(audit(sql, ...asked), failure),
    moveRetentionTime: (decide) => Effect.mapError(tidy(SqlRetention.moveTime(sql, decide)), failureOf),
    trimNonces: (most, limit, last) => SqlNonces.trim(keeper, most, limit, last),
    prune: (what, times, limit) => SqlRetention.prune(keeper, what, times, limit),
    check: Effect.asVoid(Effect.mapError(sql`SELECT 1`, failure)),
    secret: secretOf(sql)
  })
}

const changesAfter = ({ format, read }: ReadDatabase): DispatchStore["Service"]["changesAfter"] => {
  const changesOf = read<{
    readonly number: bigint
    readonly kind: Change["kind"]
    readonly data: Uint8Array
  }>("SELECT number, kind, data FROM changes WHERE microgrid_id = ? AND number > ? ORDER BY number LIMIT ?")
  return (microgridId, number, limit) =>
    changesOf(toSigned(microgridId), number, BigInt(limit)).pipe(
      Effect.map((rows) =>
        rows.map(({ data, kind, number }) => new StoredChange(format, { microgridId, number, kind }, data))
      ),
      Effect.mapError(failure)
    )
}

const secretOf = (sql: SqlClient): Effect.Effect<Uint8Array, StoreError> =>
  sql<{ readonly value: Uint8Array }>`SELECT value FROM secrets WHERE name = 'page-tokens'`.pipe(
    Effect.mapError(failure),
    Effect.flatMap(([row]) => {
      const secret = new Uint8Array(row?.value ?? [])
      // Anybody could forge a token that is authenticated with an empty key.
      return secret.length < secretBytesMin
        ? Effect.fail(new StoreError({ message: secretMissing }))
        : Effect.succeed(secret)
    })
  )

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

const audit = (sql: SqlClient, microgridId: MicrogridId, limit: number, id?: DispatchId) =>
  sql<{
    readonly number: bigint
    readonly kind: Change["kind"]
    readonly dispatch_id: bigint
    readonly time: bigint
    readonly name: string
  }>`
    SELECT number, kind, dispatch_id, time, name FROM audit
    WHERE ${sql.and([
      sql`microgrid_id = ${toSigned(microgridId)}`,
      ...(id === undefined ? [] : [sql`dispatch_id = ${toSigned(id)}`])
    ])} ORDER BY number DESC LIMIT ${BigInt(limit)}
  `.pipe(
    Effect.map((rows) =>
      rows.map(({ dispatch_id, kind, name: by, number, time }): AuditRecord => {
        const at = instantOf(`the record ${number} of microgrid ${microgridId} in the table audit`, time)
        const record = { number, kind, id: dispatch_id as DispatchId, by }
        return Result.isSuccess(at)
          ? { ...record, at: at.success }
          : { ...record, at: unknownTime, flaw: at.failure }
      })
    )
  )
