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

/**
 * The way in which a listing finds overlaps with targets: it looks the dispatches up by target and sorts them, or it
 * walks in its order and looks at the targets of each.
 */
export type Way = "ByTarget" | "InOrder"

/** The way that reads less: dispatches are looked up unless there are very many. */
export const wayOf = (
  sql: SqlClient,
  microgridId: bigint,
  targets: ReadonlyArray<Target.Target>
): Effect.Effect<Way, SqlError> => {
  const parts = [...Target.partsOverlapping(targets)]
  if (parts.length === 0) return Effect.succeed("ByTarget")
  const found = sql`${rowsOf(sql, microgridId, parts)} LIMIT ${BigInt(targetsSortedMax + 1)}`
  return Effect.map(
    sql<{ readonly count: bigint }>`SELECT count(*) AS count FROM (${found}) AS found`,
    ([row]) => (Number(row?.count ?? 0) > targetsSortedMax ? "InOrder" : "ByTarget")
  )
}

/** The condition that a dispatch overlaps with one of these targets. */
export const condition = (
  sql: SqlClient,
  microgridId: bigint,
  targets: ReadonlyArray<Target.Target>,
  way: Way | "ById"
): Fragment => {
  const parts = [...Target.partsOverlapping(targets)]
  if (parts.length === 0) return sql.literal("1 = 0")
  if (way !== "ByTarget") {
    return sql`EXISTS (SELECT 1 FROM targets WHERE dispatch_id = dispatches.id AND ${partIn(sql, parts, "+part")})`
  }
  const found = rowsOf(sql, microgridId, parts)
  return sql.onDialectOrElse({
    pg: () => sql`id = ANY(ARRAY(${found}))`,
    orElse: () => sql`id IN (${found})`
  })
}

const rowsOf = (sql: SqlClient, microgridId: bigint, parts: ReadonlyArray<string>): Fragment =>
  sql`SELECT dispatch_id FROM targets WHERE microgrid_id = ${microgridId} AND ${partIn(sql, parts, "part")}`

/** With a plus, SQLite compares the parts of a dispatch with those asked for, instead of looking each of them up. */
const partIn = (sql: SqlClient, parts: ReadonlyArray<string>, column: "part" | "+part"): Fragment => {
  const json = JSON.stringify(parts)
  return sql.onDialectOrElse({
    pg: () => sql`part = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(${json} AS JSONB))))`,
    orElse: () => sql`${sql.literal(column)} IN (SELECT value FROM json_each(${json}))`
  })
}
