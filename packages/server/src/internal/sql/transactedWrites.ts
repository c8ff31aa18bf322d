/** Writes of dispatches in transactions, for SQLite: a writer has the database alone. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Change, Decide, Origin } from "../../DispatchStore.ts"
import { columnsOf } from "../dispatchColumns.ts"
import { StoredChange } from "../storedDispatch.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, isSqlError, isTaken } from "./sqlFailure.ts"
import { currentOf } from "./sqlCurrent.ts"
import type { Writes } from "./sqlDispatches.ts"
import type { Next, Numbers } from "./sqliteNumbers.ts"
import { type Database, millisOf, rowOf, toSigned } from "./sqlRows.ts"
import * as SqlNames from "./sqlNames.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** Writes within the transactions that `transact` runs. */
export const make = (database: Database, transact: Transact, numbers: Numbers): Writes => ({
  insert: (microgridId, origin, make) =>
    healed(
      numbers,
      microgridId,
      transact(inserted(database, numbers, { microgridId, origin, make })),
      transact
    ).pipe(
      Effect.tap(({ next }) => numbers.learn(next)),
      Effect.map(({ change }) => change),
      Effect.mapError((error) => (isSqlError(error) ? failure(error) : error))
    ),
  modify: (microgridId, id, origin, decide) =>
    healed(
      numbers,
      microgridId,
      transact(modified(database, numbers, { microgridId, id, origin, decide })),
      transact
    ).pipe(
      Effect.tap((written) => (Option.isSome(written) ? numbers.learn(written.value.next) : Effect.void)),
      Effect.map(Option.map(({ change }) => change)),
      Effect.mapError((error) => (isSqlError(error) ? failure(error) : error))
    )
})

/** A write whose numbers are taken finds counters that were set back by hand: they go on beyond, and it is done again. */
const healed = <A, E>(
  numbers: Numbers,
  microgridId: MicrogridId,
  write: Effect.Effect<A, E | SqlError>,
  transact: Transact
): Effect.Effect<A, E | SqlError> =>
  Effect.catchIf(
    write,
    (error) => isSqlError(error) && isTaken(error),
    () => Effect.andThen(numbers.pass(microgridId, transact), write)
  )

interface Insertion {
  readonly microgridId: MicrogridId
  readonly origin: Origin
  readonly make: (id: DispatchId) => Dispatch
}

const inserted = Effect.fnUntraced(function* (
  { format, sql }: Database,
  numbers: Numbers,
  { make, microgridId, origin }: Insertion
) {
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

interface Modification<E> {
  readonly microgridId: MicrogridId
  readonly id: DispatchId
  readonly origin: Origin
  readonly decide: Decide<E>
}

const modified = <E>(
  { format, sql }: Database,
  numbers: Numbers,
  { decide, id, microgridId, origin }: Modification<E>
) =>
  Effect.gen(function* () {
    const found = yield* currentOf({ format, sql }, microgridId, id)
    if (Option.isNone(found)) return Option.none<Written>()
    const { dispatch, kind } = yield* decide(found.value.dispatch, found.value.flaw)
    if (kind === "Updated") yield* SqlNames.check(sql, toSigned(microgridId), dispatch)
    const columns = columnsOf(dispatch)
    const data = format.encode(dispatch)
    const row = rowOf(microgridId, columns, data)
    const isRetargeted = !isSame(yield* SqlTargets.partsOf(sql, id), columns.parts)
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
    return Option.some<Written>({ change, next })
  })

/** Both lists are without repetitions. */
const isSame = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): boolean => {
  const all = new Set(left)
  return left.length === right.length && right.every((part) => all.has(part))
}

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
