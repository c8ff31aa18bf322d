/**
 * Writes of dispatches to PostgreSQL. Each is one statement, which the database begins and ends by itself: its sender
 * may stand still or vanish, and holds up nobody. The state that it depends on is read before, and is a condition of
 * it.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { Change, NameTaken, Revision, Origin } from "../../DispatchStore.ts"
import { columnsOf } from "../dispatchColumns.ts"
import { StoredChange } from "../storedDispatch.ts"
import { currentOf } from "./sqlCurrent.ts"
import { changeNumberOf, type Writes } from "./sqlDispatches.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import * as SqlNames from "./sqlNames.ts"
import { type Database, millisOf, rowOf, toSigned } from "./sqlRows.ts"

/** Writes that are announced on a channel as `MICROGRID:NUMBER`. */
export const make = ({ format, sql }: Database, channel: string): Writes => ({
  insert: Effect.fnUntraced(function* (microgridId, origin, make) {
    const dispatch = make(yield* nextId(sql))
    const data = format.encode(dispatch)
    const row = { id: dispatch.id, ...rowOf(microgridId, columnsOf(dispatch), data) }
    const written = sql`INSERT INTO dispatches ${sql.insert(row)} RETURNING id`
    const facts = { microgridId, kind: "Created" as const }
    const committed = commit(sql, channel, { ...facts, dispatch, written, data, origin })
    const [number = 0n] = yield* withName(sql, microgridId, dispatch, committed)
    return new StoredChange(format, { ...facts, number }, data, dispatch)
  }, Effect.mapError(told)),
  modify: (microgridId, id, origin, decide) => {
    const attempt = Effect.gen(function* () {
      const found = yield* currentOf({ format, sql }, microgridId, id)
      if (Option.isNone(found)) return Option.none<Change>()
      const { data: present, dispatch: current, flaw } = found.value
      const { dispatch, kind } = yield* decide(current, flaw)
      const data = format.encode(dispatch)
      const columns = writtenColumns({ dispatch, kind }, microgridId, data, origin)
      const written = sql`
        UPDATE dispatches SET ${sql.update(columns)}
        WHERE id = ${id} AND microgrid_id = ${toSigned(microgridId)} AND deleted_time IS NULL
          AND data = ${present}
        RETURNING id`
      const facts = { microgridId, kind }
      const committed = commit(sql, channel, { ...facts, dispatch, written, data, origin })
      const [number] = yield* withName(sql, microgridId, dispatch, committed)
      return number === undefined
        ? undefined
        : Option.some<Change>(new StoredChange(format, { ...facts, number }, data, dispatch))
    })
    // Another instance was faster: look at its version of the dispatch.
    return Effect.repeat(attempt, { while: (outcome) => outcome === undefined }).pipe(
      Effect.map((outcome) => outcome ?? Option.none()),
      Effect.mapError(told)
    )
  }
})

const told = <E>(error: E | SqlError) => (isSqlError(error) ? failure(error) : error)

/** Asks who has a name that was refused, and tries again if nobody has it any more. */
const withName = <A>(
  sql: SqlClient,
  microgridId: MicrogridId,
  dispatch: Dispatch,
  committed: Effect.Effect<A, SqlError>
): Effect.Effect<A, SqlError | NameTaken> =>
  Effect.catchIf(committed, SqlNames.isTaken, () =>
    Effect.andThen(
      SqlNames.check(sql, toSigned(microgridId), dispatch),
      Effect.suspend(() => withName(sql, microgridId, dispatch, committed))
    )
  )

/** Ids come from a sequence, so that nobody waits for them. */
const nextId = (sql: SqlClient): Effect.Effect<DispatchId, SqlError> =>
  Effect.map(
    sql<{ readonly id: bigint }>`SELECT nextval('dispatch_ids') AS id`,
    ([row]) => (row?.id ?? 0n) as DispatchId
  )

const writtenColumns = (
  { dispatch, kind }: Revision,
  microgridId: MicrogridId,
  data: Uint8Array,
  { at }: Origin
) => {
  const row = rowOf(microgridId, columnsOf(dispatch), data)
  return kind === "Deleted" ? { update_time: row.update_time, data, deleted_time: millisOf(at) } : row
}

/** A change before it has a number. */
interface Unnumbered extends Omit<Change, "number" | "bytes" | "message"> {
  /** Writes the dispatch and returns its id, or does nothing. */
  readonly written: Fragment
  readonly data: Uint8Array
  readonly origin: Origin
}

/**
 * Writes a dispatch and all that goes with it; gives the number of the change, or nothing if the dispatch was not
 * written. The row of the number is held until the commit, so the order of numbers is the order of commits.
 */
const commit = (sql: SqlClient, channel: string, change: Unnumbered) => {
  const { data, dispatch, kind, microgridId, origin, written } = change
  const signed = sql`CAST(${toSigned(microgridId)} AS BIGINT)`
  const parts = kind === "Deleted" ? [] : columnsOf(dispatch).parts
  const common = sql`${signed}, number, ${kind}, CAST(${millisOf(origin.at)} AS BIGINT)`
  return Effect.map(
    sql<{ readonly number: bigint }>`
      WITH written AS (${written}),
      parts AS (SELECT jsonb_array_elements_text(CAST(${JSON.stringify(parts)} AS JSONB)) AS part),
      numbered AS (
        INSERT INTO counters (name, value) SELECT ${changeNumberOf(microgridId)}, 1 FROM written
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value AS number
      ),
      missed AS (
        DELETE FROM targets USING written
        WHERE dispatch_id = id AND part NOT IN (SELECT part FROM parts)
      ),
      met AS (
        INSERT INTO targets (dispatch_id, part, microgrid_id) SELECT id, part, ${signed} FROM written, parts
        ON CONFLICT DO NOTHING
      ),
      changed AS (
        INSERT INTO changes (microgrid_id, number, kind, time, data)
        SELECT ${common}, CAST(${data} AS BYTEA) FROM numbered
      ),
      audited AS (
        INSERT INTO audit (microgrid_id, number, kind, time, dispatch_id, name)
        SELECT ${common}, id, ${origin.by} FROM numbered, written
      )
      SELECT number, pg_notify(${channel}, ${`${microgridId}:`} || number) FROM numbered`,
    (rows) => rows.map(({ number }) => number)
  )
}
