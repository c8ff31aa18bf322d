/** Names of dispatches, each once among those of a microgrid that are not deleted. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { NameTaken } from "../../DispatchStore.ts"

/** The index that keeps names apart. */
export const nameIndex = "dispatches_by_name"

/** Fails with the id of another dispatch that has the name of this one. */
export const check = (
  sql: SqlClient,
  microgridId: bigint,
  { id, name }: Dispatch
): Effect.Effect<void, SqlError | NameTaken> =>
  name === undefined
    ? Effect.void
    : Effect.flatMap(idsOf(sql, microgridId, [name]), ([holder]) =>
        holder === undefined || holder === id
          ? Effect.void
          : Effect.fail(new NameTaken({ id: holder as DispatchId, name }))
      )

/** True for the failure of a statement that would have given a name twice. */
export const isTaken = ({ reason }: SqlError): boolean =>
  reason._tag === "UniqueViolation" && reason.constraint === nameIndex

/** The ids of the dispatches that have one of these names. */
export const idsOf = (
  sql: SqlClient,
  microgridId: bigint,
  names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<bigint>, SqlError> =>
  Effect.map(
    sql<{ readonly id: bigint }>`
      SELECT id FROM dispatches
      WHERE microgrid_id = ${microgridId} AND deleted_time IS NULL AND ${condition(sql, names)}`,
    (rows) => rows.map(({ id }) => id)
  )

/** The condition that a dispatch has one of these names. */
export const condition = (sql: SqlClient, names: ReadonlyArray<string>): Fragment => {
  // No name holds it, and not every database takes it for text.
  const json = JSON.stringify(names.filter((name) => !name.includes("\0")))
  return sql.onDialectOrElse({
    pg: () => sql`name = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(${json} AS JSONB))))`,
    orElse: () => sql`name IN (SELECT value FROM json_each(${json}))`
  })
}
