/** Writes stored records anew, a slice at a time, so that neither memory nor a transaction grows with the store. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { Effect, Result } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { recordsRewrittenAtOnce } from "../../ServiceLimits.ts"
import { columnsOf } from "../dispatchColumns.ts"
import type { Database } from "./sqlRows.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** The progress of the rewriting, kept in the table of counters, so that it goes on after an interruption. */
const cursors = {
  dispatch: "rewritten-dispatch",
  microgrid: "rewritten-change-microgrid",
  change: "rewritten-change-number"
} as const

type Cursors = { readonly [name in keyof typeof cursors]: bigint }

const beginning: Cursors = { dispatch: -1n, microgrid: -(2n ** 63n), change: -1n }

/** Writes the next rows, and gives true if there was one; at the end it leaves no trace of itself. */
export const rewriteSome = (database: Database): Effect.Effect<boolean, SqlError> =>
  Effect.gen(function* () {
    const { sql } = database
    const reached = yield* readCursors(sql)
    if ((yield* sliceOfDispatches(database, reached)) || (yield* sliceOfChanges(database, reached)))
      return true
    yield* sql`DELETE FROM counters WHERE ${sql.in("name", Object.values(cursors))}`
    return false
  })

const readCursors = (sql: SqlClient): Effect.Effect<Cursors, SqlError> =>
  Effect.map(
    sql<{ readonly name: string; readonly value: bigint }>`
      SELECT name, value FROM counters WHERE ${sql.in("name", Object.values(cursors))}
    `,
    (rows) => {
      const of = (key: keyof Cursors) =>
        rows.find(({ name }) => name === cursors[key])?.value ?? beginning[key]
      return { dispatch: of("dispatch"), microgrid: of("microgrid"), change: of("change") }
    }
  )

const moveCursor = (sql: SqlClient, key: keyof Cursors, value: bigint) => sql`
  INSERT INTO counters (name, value) VALUES (${cursors[key]}, ${value})
  ON CONFLICT (name) DO UPDATE SET value = excluded.value
`

const sliceOfDispatches = Effect.fnUntraced(function* ({ format, sql }: Database, reached: Cursors) {
  const rows = yield* sql<{
    readonly id: bigint
    readonly microgrid_id: bigint
    readonly deleted_time: bigint | null
    readonly data: Uint8Array
  }>`
    SELECT id, microgrid_id, deleted_time, data FROM dispatches
    WHERE id > ${reached.dispatch} ORDER BY id LIMIT ${BigInt(recordsRewrittenAtOnce)}
  `
  const last = rows.at(-1)
  if (last === undefined) return false
  if (reached.dispatch === beginning.dispatch) {
    yield* Effect.logInfo("The records of the store are brought up to date, once")
  }
  for (const { data, deleted_time, id, microgrid_id } of rows) {
    const dispatch = yield* read(format, data, `dispatch ${id}`)
    if (dispatch === undefined) continue
    const written = format.encode(dispatch)
    if (differ(written, data)) yield* sql`UPDATE dispatches SET data = ${written} WHERE id = ${id}`
    if (deleted_time === null) yield* SqlTargets.add(sql, microgrid_id, columnsOf(dispatch))
  }
  yield* moveCursor(sql, "dispatch", last.id)
  return true
})

const sliceOfChanges = Effect.fnUntraced(function* (
  { format, sql }: Database,
  { change, microgrid }: Cursors
) {
  const rows = yield* sql<{
    readonly microgrid_id: bigint
    readonly number: bigint
    readonly data: Uint8Array
  }>`
    SELECT microgrid_id, number, data FROM changes WHERE (microgrid_id, number) > (${microgrid}, ${change})
    ORDER BY microgrid_id, number LIMIT ${BigInt(recordsRewrittenAtOnce)}
  `
  const last = rows.at(-1)
  if (last === undefined) return false
  for (const { data, microgrid_id, number } of rows) {
    const dispatch = yield* read(
      format,
      data,
      `change ${number} of microgrid ${BigInt.asUintN(64, microgrid_id)}`
    )
    if (dispatch === undefined) continue
    const written = format.encode(dispatch)
    if (differ(written, data)) {
      yield* sql`UPDATE changes SET data = ${written} WHERE microgrid_id = ${microgrid_id} AND number = ${number}`
    }
  }
  yield* moveCursor(sql, "microgrid", last.microgrid_id)
  yield* moveCursor(sql, "change", last.number)
  return true
})

/** A damaged record stays as it is: it must not keep all else from being served. */
const read = (
  format: Database["format"],
  data: Uint8Array,
  name: string
): Effect.Effect<Dispatch | undefined> => {
  const result = Result.try(() => format.decode(data))
  return Result.isSuccess(result)
    ? Effect.succeed(result.success)
    : Effect.as(Effect.logWarning(`The record of ${name} is damaged; it is left as it is`), undefined)
}

const differ = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) !== 0
