/**
 * The targets of dispatches: a row for each component or category, so that a listing finds them without reading all.
 */
import * as Target from "@effect-dispatch/core/Target"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { targetsSortedMax } from "../../ServiceLimits.ts"

/** Adds the rows of a dispatch without rows, in one statement, however many there are. */
export const add = (
  sql: SqlClient,
  microgridId: bigint,
  { id, parts: all }: { readonly id: bigint; readonly parts: ReadonlyArray<string> }
): Effect.Effect<void, SqlError> => {
  const parts = JSON.stringify(all)
  return sql.onDialectOrElse({
    pg: () => sql`INSERT INTO targets (dispatch_id, part, microgrid_id)
      SELECT CAST(${id} AS BIGINT), value, CAST(${microgridId} AS BIGINT)
      FROM jsonb_array_elements_text(CAST(${parts} AS JSONB))`,
    orElse: () => sql`INSERT INTO targets (dispatch_id, part, microgrid_id)
      SELECT ${id}, value, ${microgridId} FROM json_each(${parts})`
  })
}

/** Removes the rows of a dispatch. */
export const remove = (sql: SqlClient, id: bigint): Effect.Effect<void, SqlError> =>
  Effect.asVoid(sql`DELETE FROM targets WHERE dispatch_id = ${id}`)

/** The parts that a dispatch is found by. */
export const partsOf = (sql: SqlClient, id: bigint): Effect.Effect<ReadonlyArray<string>, SqlError> =>
  Effect.map(sql<{ readonly part: string }>`SELECT part FROM targets WHERE dispatch_id = ${id}`, (rows) =>
    rows.map(({ part }) => part)
  )

/** The ids of the dispatches that overlap with one of these targets, unless there are very many. */
export const idsOf = (
  sql: SqlClient,
  microgridId: bigint,
  targets: ReadonlyArray<Target.Target>
): Effect.Effect<ReadonlyArray<bigint> | undefined, SqlError> => {
  const parts = Target.partsOverlapping(targets)
  if (parts.size === 0) return Effect.succeed([])
  return Effect.map(statement(sql, microgridId, parts), (rows) =>
    rows.length > targetsSortedMax ? undefined : [...new Set(rows.map(({ dispatch_id }) => dispatch_id))]
  )
}

/** The statement that looks up the dispatches with one of these parts in their targets. */
export const statement = (sql: SqlClient, microgridId: bigint, parts: ReadonlySet<string>) =>
  sql<{ readonly dispatch_id: bigint }>`
    SELECT dispatch_id FROM targets WHERE microgrid_id = ${microgridId} AND ${partIn(sql, [...parts], "part")}
    LIMIT ${BigInt(targetsSortedMax + 1)}`

/** The condition that a dispatch overlaps with one of these targets. */
export const condition = (sql: SqlClient, targets: ReadonlyArray<Target.Target>): Fragment => {
  const parts = [...Target.partsOverlapping(targets)]
  return parts.length === 0
    ? sql.literal("1 = 0")
    : sql`EXISTS (SELECT 1 FROM targets WHERE dispatch_id = dispatches.id AND ${partIn(sql, parts, "+part")})`
}

/** With a plus, SQLite compares the parts of a dispatch with those asked for, instead of looking each of them up. */
const partIn = (sql: SqlClient, parts: ReadonlyArray<string>, column: "part" | "+part"): Fragment => {
  const json = JSON.stringify(parts)
  return sql.onDialectOrElse({
    pg: () => sql`part = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(${json} AS JSONB))))`,
    orElse: () => sql`${sql.literal(column)} IN (SELECT value FROM json_each(${json}))`
  })
}
