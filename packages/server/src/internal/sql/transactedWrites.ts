/** Writes of dispatches in transactions, for SQLite: a writer has the database alone. */
import * as Target from "@effect-dispatch/core/Target"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Change, Origin } from "../../DispatchStore.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import { dataOf, type Writes } from "./sqlDispatches.ts"
import type { Next, Numbers } from "./sqliteNumbers.ts"
import { fromData, millisOf, rowOf, toData, toSigned } from "./sqlRows.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** Writes within the transactions that `transact` runs. */
export const make = (sql: SqlClient, transact: Transact, numbers: Numbers): Writes => ({
  insert: (microgridId, origin, make) =>
    transact(
      Effect.gen(function* () {
        const next = yield* numbers.nextNew(microgridId)
        const dispatch = make(next.id)
        const data = toData(dispatch)
        const row = { id: dispatch.id, ...rowOf(microgridId, dispatch, data) }
        yield* sql`INSERT INTO dispatches ${sql.insert(row)}`
        yield* SqlTargets.add(sql, row.microgrid_id, dispatch.id, dispatch.target)
        const change = { microgridId, number: next.number, kind: "Created" as const, dispatch }
        yield* record(sql, change, data, origin)
        return { change, next }
      })
    ).pipe(
      Effect.tap(({ next }) => numbers.learn(next)),
      Effect.map(({ change }) => change),
      Effect.mapError(failure)
    ),
  modify: (microgridId, id, origin, decide) =>
    transact(
      Effect.gen(function* () {
        const found = yield* dataOf(sql, microgridId, id)
        if (Option.isNone(found)) return Option.none<Written>()
        const current = fromData(found.value)
        const { dispatch, kind } = yield* decide(current)
        const data = toData(dispatch)
        const row = rowOf(microgridId, dispatch, data)
        const isRetargeted = !Target.equals(current.target, dispatch.target)
        if (isRetargeted || kind === "Deleted") yield* SqlTargets.remove(sql, id)
        if (kind === "Deleted") {
          const { update_time } = row
          yield* sql`UPDATE dispatches SET ${sql.update({ update_time, data, deleted_time: millisOf(origin.at) })} WHERE id = ${id}`
        } else {
          yield* sql`UPDATE dispatches SET ${sql.update(row)} WHERE id = ${id}`
          if (isRetargeted) yield* SqlTargets.add(sql, row.microgrid_id, id, dispatch.target)
        }
        const next = yield* numbers.next(microgridId)
        const change = { microgridId, number: next.number, kind, dispatch }
        yield* record(sql, change, data, origin)
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
  change: Change,
  data: Uint8Array,
  { at, by }: Origin
) {
  const { dispatch, kind, microgridId, number } = change
  const common = { microgrid_id: toSigned(microgridId), number, kind, time: millisOf(at) }
  yield* sql`INSERT INTO changes ${sql.insert({ ...common, data })}`
  yield* sql`INSERT INTO audit ${sql.insert({ ...common, dispatch_id: dispatch.id, name: by })}`
})
