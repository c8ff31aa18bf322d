/** Writes of dispatches in transactions, for SQLite: a writer has the database alone. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Change, Origin } from "../../DispatchStore.ts"
import { columnsOf } from "../dispatchColumns.ts"
import { StoredChange } from "../storedDispatch.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import { currentOf } from "./sqlCurrent.ts"
import type { Writes } from "./sqlDispatches.ts"
import type { Next, Numbers } from "./sqliteNumbers.ts"
import { type Database, millisOf, rowOf, toSigned } from "./sqlRows.ts"
import * as SqlNames from "./sqlNames.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** Writes within the transactions that `transact` runs. */
export const make = ({ format, sql }: Database, transact: Transact, numbers: Numbers): Writes => ({
  insert: (microgridId, origin, make) =>
    transact(
      Effect.gen(function* () {
        const next = yield* numbers.nextNew(microgridId)
        const dispatch = make(next.id)
        yield* SqlNames.check(sql, toSigned(microgridId), dispatch)
        const columns = columnsOf(dispatch)
        const data = format.encode(dispatch)
        const row = { id: columns.id, ...rowOf(microgridId, columns, data) }
        yield* sql`INSERT INTO dispatches ${sql.insert(row)}`
        yield* SqlTargets.add(sql, row.microgrid_id, columns)
        const facts = { microgridId, number: next.number, kind: "Created" } as const
        const change = new StoredChange(format, facts, data, dispatch)
        yield* record(sql, change, dispatch.id, origin)
        return { change, next }
      })
    ).pipe(
      Effect.tap(({ next }) => numbers.learn(next)),
      Effect.map(({ change }) => change),
      Effect.mapError((error) => (isSqlError(error) ? failure(error) : error))
    ),
  modify: (microgridId, id, origin, decide) =>
    transact(
      Effect.gen(function* () {
        const found = yield* currentOf({ format, sql }, microgridId, id)
        if (Option.isNone(found)) return Option.none<Written>()
        const { dispatch: current, flaw } = found.value
        const { dispatch, kind } = yield* decide(current, flaw)
        if (kind === "Updated") yield* SqlNames.check(sql, toSigned(microgridId), dispatch)
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
        const next = yield* numbers.next(microgridId)
        const facts = { microgridId, number: next.number, kind }
        const change = new StoredChange(format, facts, data, dispatch)
        yield* record(sql, change, id, origin)
        return Option.some({ change, next })
      })
    ).pipe(
      Effect.tap((written) => (Option.isSome(written) ? numbers.learn(written.value.next) : Effect.void)),
      Effect.map(Option.map(({ change }) => change)),
      Effect.mapError((error) => (isSqlError(error) ? failure(error) : error))
    )
})

/** A change in the database, with its numbers. */
interface Written {
  readonly change: Change
  readonly next: Next
}

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
