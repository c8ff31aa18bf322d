/** Writes of dispatches in transactions, for SQLite: a writer has the database alone. */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Change, Origin } from "../../DispatchStore.ts"
import { columnsOf } from "../dispatchColumns.ts"
import { StoredChange } from "../storedDispatch.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import { changeNumberOf, dataOf, type Writes } from "./sqlDispatches.ts"
import { type Database, millisOf, rowOf, toSigned } from "./sqlRows.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** Writes within the transactions that `transact` runs. */
export const make = ({ format, sql }: Database, transact: Transact): Writes => ({
  insert: (microgridId, origin, make) =>
    transact(
      Effect.gen(function* () {
        const { id, number } = yield* numbersOfNew(sql, microgridId)
        const dispatch = make(id)
        const columns = columnsOf(dispatch)
        const data = format.encode(dispatch)
        const row = { id: columns.id, ...rowOf(microgridId, columns, data) }
        yield* sql`INSERT INTO dispatches ${sql.insert(row)}`
        yield* SqlTargets.add(sql, row.microgrid_id, columns)
        const change = new StoredChange(format, { microgridId, number, kind: "Created" }, data, dispatch)
        yield* record(sql, change, id, origin)
        return change
      })
    ).pipe(Effect.mapError(failure)),
  modify: (microgridId, id, origin, decide) =>
    transact(
      Effect.gen(function* () {
        const found = yield* dataOf(sql, microgridId, id)
        if (Option.isNone(found)) return Option.none<Change>()
        const current = format.decode(found.value)
        const { dispatch, kind } = yield* decide(current)
        const columns = columnsOf(dispatch)
        const data = format.encode(dispatch)
        const row = rowOf(microgridId, columns, data)
        const isRetargeted = !Target.equals(current.target, dispatch.target)
        if (isRetargeted || kind === "Deleted") yield* SqlTargets.remove(sql, id)
        if (kind === "Deleted") {
          const { update_time } = row
          yield* sql`UPDATE dispatches SET ${sql.update({ update_time, data, deleted_time: millisOf(origin.at) })} WHERE id = ${id}`
        } else {
          yield* sql`UPDATE dispatches SET ${sql.update(row)} WHERE id = ${id}`
          if (isRetargeted) yield* SqlTargets.add(sql, row.microgrid_id, columns)
        }
        const number = yield* increment(sql, microgridId)
        const change = new StoredChange(format, { microgridId, number, kind }, data, dispatch)
        yield* record(sql, change, id, origin)
        return Option.some<Change>(change)
      })
    ).pipe(Effect.mapError((error) => (isSqlError(error) ? failure(error) : error)))
})

const increment = (sql: SqlClient, microgridId: MicrogridId) =>
  Effect.map(
    sql<{ readonly value: bigint }>`
      INSERT INTO counters (name, value) VALUES (${changeNumberOf(microgridId)}, 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value
    `,
    ([row]) => row?.value ?? 1n
  )

/** The id of a new dispatch and the number of the change, by one statement. */
const numbersOfNew = (sql: SqlClient, microgridId: MicrogridId) => {
  const name = changeNumberOf(microgridId)
  return Effect.map(
    sql<{ readonly name: string; readonly value: bigint }>`
      INSERT INTO counters (name, value) VALUES (${idCounter}, 1), (${name}, 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING name, value`,
    (rows) => {
      const valueOf = (counter: string) => rows.find((row) => row.name === counter)?.value ?? 1n
      return { id: valueOf(idCounter) as DispatchId, number: valueOf(name) }
    }
  )
}

const idCounter = "dispatch-id"

const record = Effect.fnUntraced(function* (
  sql: SqlClient,
  { bytes: data, kind, microgridId, number }: StoredChange,
  id: DispatchId,
  { at, by }: Origin
) {
  const common = { microgrid_id: toSigned(microgridId), number, kind, time: millisOf(at) }
  yield* sql`INSERT INTO changes ${sql.insert({ ...common, data })}`
  yield* sql`INSERT INTO audit ${sql.insert({ ...common, dispatch_id: id, name: by })}`
})
