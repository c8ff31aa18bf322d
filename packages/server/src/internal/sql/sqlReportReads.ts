/** Reads of reported runs, each in slices of bounded work. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { StoreError } from "../../DispatchStore.ts"
import type { DayQuery, ListedDay, ListedReport, ReportQuery, ReportStore } from "../../ReportStore.ts"
import { reportsReadMax, storiesMax } from "../../ServiceLimits.ts"
import { type ReportDatabase, tallyOf } from "./reportDatabase.ts"
import { failure } from "./sqlFailure.ts"
import { millisOf, toSigned } from "./sqlRows.ts"

type Reads = Pick<ReportStore["Service"], "days" | "last" | "lastOf" | "page">

/** The reads of a store. */
export const make = ({ sql, turns }: Pick<ReportDatabase, "sql" | "turns">): Reads => {
  const inTurn = <A>(slice: Effect.Effect<A, StoreError>) => turns.take(slice)
  return {
    page: (query) => inTurn(pageOf(sql, query)),
    last: (microgridId, after, limit) => inTurn(lastAfter(sql, microgridId, after, limit)),
    lastOf: (microgridId, ids) =>
      Effect.map(
        Effect.forEach([...ids].sort(order), (id) => inTurn(lastOfOne(sql, microgridId, id))),
        (all) => all.flat()
      ),
    days: (query) => inTurn(daysOf(sql, query))
  }
}

const order = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0)

interface Row {
  readonly id: string
  readonly name: string
  readonly reporter_id: bigint
  readonly dispatch_id: bigint
  readonly planned_time: bigint
  readonly kind: string
  readonly time: bigint
  readonly clock_offset: bigint | null
  readonly data: Uint8Array
  readonly contrary: bigint | number
}

/** The columns of a row, beside those of its reporter. */
const columns = (sql: SqlClient): Fragment =>
  sql.literal(`reporters.reporter AS id, reporters.name AS name, told.reporter_id AS reporter_id,
    told.dispatch_id AS dispatch_id, told.planned_time AS planned_time, told.kind AS kind, told.time AS time,
    told.clock_offset AS clock_offset, told.data AS data,
    CASE WHEN told.verdict <> 'Open' AND EXISTS (
      SELECT 1 FROM reports AS other
      WHERE other.microgrid_id = told.microgrid_id AND other.dispatch_id = told.dispatch_id
        AND other.planned_time = told.planned_time AND other.kind = told.kind
        AND other.verdict <> 'Open' AND other.verdict <> told.verdict
    ) THEN 1 ELSE 0 END AS contrary`)

const fromRow = (row: Row): ListedReport => ({
  reporter: { id: row.id, name: row.name },
  position: {
    occurrence: row.planned_time,
    id: BigInt.asUintN(64, row.dispatch_id) as DispatchId,
    kind: row.kind,
    reporter: row.reporter_id
  },
  bytes: new Uint8Array(row.data),
  arrivedAt: DateTime.makeUnsafe(Number(row.time)),
  clockOffsetMillis: row.clock_offset === null ? undefined : Number(row.clock_offset),
  contradicted: Number(row.contrary) === 1
})

const listed = (rows: Effect.Effect<ReadonlyArray<Row>, Parameters<typeof failure>[0]>) =>
  Effect.mapBoth(rows, { onFailure: failure, onSuccess: (all) => all.map(fromRow) })

const inOrder = "told.planned_time DESC, told.dispatch_id DESC, told.kind DESC, told.reporter_id DESC"

const pageOf = (
  sql: SqlClient,
  query: ReportQuery
): Effect.Effect<ReadonlyArray<ListedReport>, StoreError> => {
  const { from, id, limit, missed = false } = query
  const wanted = [
    ...(id === undefined ? [] : [sql`told.dispatch_id = ${toSigned(id)}`]),
    ...(missed ? [sql`told.verdict = 'Missed'`] : [])
  ]
  if (from === undefined) return rowsOf(sql, query, wanted)
  const at = millisOf(from)
  return Effect.gen(function* () {
    const within = yield* rowsOf(sql, query, [...wanted, sql`told.planned_time >= ${at}`])
    const rest = Math.min(limit, reportsReadMax) - within.length
    if (rest === 0) return within
    // Of several that are told as one the first may lie before. These are few and have an index: a sum is in no other.
    const reaching = yield* rowsOf(sql, { ...query, limit: rest }, [
      sql`told.planned_time < ${at}`,
      sql`told.last_time >= ${at}`,
      ...(id === undefined ? [] : [sql`told.dispatch_id + 0 = ${toSigned(id)}`])
    ])
    return [...within, ...reaching]
  })
}

/** The rows within bounds. */
const rowsOf = (
  sql: SqlClient,
  { after, limit, microgridId, to }: ReportQuery,
  bounds: ReadonlyArray<Fragment>
): Effect.Effect<ReadonlyArray<ListedReport>, StoreError> => {
  const all: Array<Fragment> = [sql`told.microgrid_id = ${toSigned(microgridId)}`, ...bounds]
  if (to !== undefined) all.push(sql`told.planned_time < ${millisOf(to)}`)
  if (after !== undefined) {
    // The bound on the first column alone lets the index be used from there on.
    all.push(
      sql`told.planned_time <= ${after.occurrence}`,
      sql`(told.planned_time, told.dispatch_id, told.kind, told.reporter_id)
        < (${after.occurrence}, ${toSigned(after.id)}, ${after.kind}, ${after.reporter})`
    )
  }
  return listed(sql<Row>`
    SELECT ${columns(sql)} FROM reports AS told JOIN reporters ON reporters.id = told.reporter_id
    WHERE ${sql.and(all)} ORDER BY ${sql.literal(inOrder)}
    LIMIT ${BigInt(Math.min(limit, reportsReadMax))}`)
}

/** The reports of the last run of one dispatch. */
const lastOfOne = (sql: SqlClient, microgridId: MicrogridId, id: DispatchId) => {
  const microgrid = toSigned(microgridId)
  const dispatch = toSigned(id)
  return listed(sql<Row>`
    SELECT ${columns(sql)} FROM reports AS told JOIN reporters ON reporters.id = told.reporter_id
    WHERE told.microgrid_id = ${microgrid} AND told.dispatch_id = ${dispatch} AND told.planned_time = (
      SELECT max(planned_time) FROM reports WHERE microgrid_id = ${microgrid} AND dispatch_id = ${dispatch}
    ) ORDER BY ${sql.literal(inOrder)} LIMIT ${BigInt(storiesMax)}`)
}

/** The same for the next dispatches by id: one look into the index finds each of them, in this order of tables. */
const lastAfter = (sql: SqlClient, microgridId: MicrogridId, after: bigint, limit: number) => {
  const microgrid = sql`CAST(${toSigned(microgridId)} AS BIGINT)`
  const next = (place: Fragment) => sql`(
    SELECT dispatch_id FROM reports WHERE microgrid_id = ${microgrid} AND dispatch_id > ${place}
    ORDER BY microgrid_id, dispatch_id LIMIT 1)`
  return listed(sql<Row>`
    WITH RECURSIVE ids (id, place) AS (
      SELECT ${next(sql`CAST(${toSigned(after)} AS BIGINT)`)}, 1
      UNION ALL
      SELECT ${next(sql`ids.id`)}, place + 1 FROM ids WHERE id IS NOT NULL AND place < ${BigInt(limit)}
    )
    SELECT ${columns(sql)} FROM ids
    CROSS JOIN reports AS told JOIN reporters ON reporters.id = told.reporter_id
    WHERE ids.id IS NOT NULL AND told.microgrid_id = ${microgrid} AND told.dispatch_id = ids.id
      AND told.planned_time = (
        SELECT max(planned_time) FROM reports WHERE microgrid_id = ${microgrid} AND dispatch_id = ids.id
      )
    ORDER BY told.dispatch_id, told.kind DESC, told.reporter_id DESC LIMIT ${BigInt(storiesMax)}`)
}

const daysOf = (sql: SqlClient, query: DayQuery): Effect.Effect<ReadonlyArray<ListedDay>, StoreError> => {
  const { after, from, limit, microgridId, to } = query
  const all: Array<Fragment> = [
    sql`told.microgrid_id = ${toSigned(microgridId)}`,
    sql`told.day >= ${BigInt(from)}`,
    sql`told.day < ${BigInt(to)}`
  ]
  if (after !== undefined) {
    all.push(
      sql`told.day >= ${BigInt(after.day)}`,
      sql`(told.day, told.type, told.reporter_id) > (${BigInt(after.day)}, ${after.type}, ${after.reporter})`
    )
  }
  return sql<{
    readonly day: bigint
    readonly type: string
    readonly reporter_id: bigint
    readonly tally: string
    readonly id: string
    readonly name: string
  }>`
    SELECT told.day AS day, told.type AS type, told.reporter_id AS reporter_id, told.tally AS tally,
      reporters.reporter AS id, reporters.name AS name
    FROM report_days AS told JOIN reporters ON reporters.id = told.reporter_id
    WHERE ${sql.and(all)} ORDER BY told.day, told.type, told.reporter_id
    LIMIT ${BigInt(Math.min(limit, reportsReadMax))}`.pipe(
    Effect.mapBoth({
      onFailure: failure,
      onSuccess: (rows) =>
        rows.map(({ day, id, name, reporter_id, tally, type }) => ({
          day: Number(day),
          type,
          reporter: { id, name },
          tally: tallyOf(tally),
          position: { day: Number(day), type, reporter: reporter_id }
        }))
    })
  )
}
