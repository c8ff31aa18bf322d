/** Removes what a store in SQL has kept for long enough, a little at a time. */
import { type DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Retained } from "../../DispatchStore.ts"
import { millisOf, nanosOf } from "./sqlRows.ts"

/** Removes the oldest; gives how many. */
export const prune = (sql: SqlClient, what: Retained, before: DateTime.Utc, limit: number) =>
  Effect.map(statements[what](sql, millisOf(before), BigInt(limit)), (rows) => rows.length)

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
