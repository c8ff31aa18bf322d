/** Removes what a store in SQL has kept for long enough, a little at a time. */
import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Retained } from "../../DispatchStore.ts"
import { millisOf, nanosOf } from "./sqlRows.ts"

/** Removes the oldest; gives how many. */
export const prune = (sql: SqlClient, what: Retained, before: DateTime.Utc, limit: number) =>
  Effect.map(statements[what](sql, millisOf(before), BigInt(limit)), (rows) => rows.length)

/** Moves the time that retention goes by; if another instance has moved it meanwhile, from there. */
export const moveTime = (
  sql: SqlClient,
  decide: (kept: DateTime.Utc | undefined) => DateTime.Utc
): Effect.Effect<DateTime.Utc, SqlError> =>
  Effect.gen(function* () {
    const [row] = yield* sql<{ readonly value: bigint }>`SELECT value FROM counters WHERE name = ${timeName}`
    const kept = row?.value ?? (yield* newestRecord(sql))
    const time = decide(kept === undefined ? undefined : DateTime.makeUnsafe(Number(kept)))
    const value = millisOf(time)
    if (value === row?.value) return time
    const moved =
      row === undefined
        ? yield* sql`
            INSERT INTO counters (name, value) VALUES (${timeName}, ${value})
            ON CONFLICT DO NOTHING RETURNING value`
        : yield* sql`
            UPDATE counters SET value = ${value} WHERE name = ${timeName} AND value = ${row.value}
            RETURNING value`
    return moved.length > 0 ? time : yield* moveTime(sql, decide)
  })

const timeName = "retention-time"

/** When something was written last, in epoch milliseconds. */
const newestRecord = Effect.fnUntraced(function* (sql: SqlClient) {
  const [row] = yield* sql<{ readonly [column: string]: bigint | null }>`
    SELECT (SELECT max(time) FROM audit) AS audit, (SELECT max(time) FROM changes) AS changes,
      (SELECT max(update_time) FROM dispatches) / 1000000 AS dispatches`
  const times = Object.values(row ?? {}).filter((time) => time !== null)
  return times.length === 0 ? undefined : times.reduce((left, right) => (left > right ? left : right))
})

/** Removes the oldest nonces beyond so many; gives how many. */
export const trimNonces = (sql: SqlClient, most: number, limit: number) =>
  Effect.map(
    sql`
      DELETE FROM nonces WHERE (key_id, nonce) IN (
        SELECT key_id, nonce FROM nonces ORDER BY time DESC LIMIT ${BigInt(limit)} OFFSET ${BigInt(most)}
      ) RETURNING time`,
    (rows) => rows.length
  )

const statements = {
  changes: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM changes WHERE (microgrid_id, number) IN (
      SELECT microgrid_id, number FROM changes WHERE time < ${before} ORDER BY time, number LIMIT ${limit}
    ) RETURNING number`,
  audit: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM audit WHERE (microgrid_id, number) IN (
      SELECT microgrid_id, number FROM audit WHERE time < ${before} ORDER BY time, number LIMIT ${limit}
    ) RETURNING number`,
  nonces: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM nonces WHERE (key_id, nonce) IN (
      SELECT key_id, nonce FROM nonces WHERE time < ${before} ORDER BY time LIMIT ${limit}
    ) RETURNING time`,
  dispatches: (sql: SqlClient, before: bigint, limit: bigint) => {
    const deleted = sql`deleted_time IS NOT NULL AND deleted_time < ${before}`
    const over = sql`deleted_time IS NULL AND end_time IS NOT NULL AND end_time < ${before} AND update_time < ${nanosOf(before)}`
    const gone = sql.or([deleted, over])
    // Said twice, so that what is changed between the two is looked at again.
    return sql`
      DELETE FROM dispatches WHERE id IN (SELECT id FROM dispatches WHERE ${gone} LIMIT ${limit}) AND ${gone}
      RETURNING id`
  }
}
