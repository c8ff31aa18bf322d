/** Runs whose reports went, and how they count: a later report of one counts instead. Rule J24. */
import { dayOf } from "@effect-dispatch/core/ReportedRun"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { Array as Arr, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { CountIn, ReportPlace, RunCount, StoredReport } from "../../ReportStore.ts"
import { tallyOf, textOf } from "./reportDatabase.ts"
import { millisOf, toSigned } from "./sqlRows.ts"

/** The row of a report that is removed. */
export interface RemovedReport {
  readonly reporter_id: bigint
  readonly dispatch_id: bigint
  readonly planned_time: bigint
  readonly kind: string
  readonly microgrid_id: bigint
  readonly epoch: bigint
  readonly number: bigint
  readonly time: bigint
  readonly data: Uint8Array
}

/** Remembers how the runs of removed reports count. */
export const remember = Effect.fnUntraced(function* (
  sql: SqlClient,
  removed: ReadonlyArray<RemovedReport>,
  countIn: CountIn
) {
  const rows = removed.flatMap(({ data, ...row }) => {
    const count = countIn(new Uint8Array(data))
    if (count === undefined) return []
    return [{ ...row, day: BigInt(count.day), type: count.type, tally: textOf(count.tally) }]
  })
  if (!Arr.isArrayNonEmpty(rows)) return
  yield* sql`
    INSERT INTO gone_runs ${sql.insert(rows)}
    ON CONFLICT (reporter_id, day, dispatch_id, planned_time, kind) DO UPDATE SET
      epoch = excluded.epoch, number = excluded.number, tally = excluded.tally, time = excluded.time`
  yield* noteCounts(sql, "gone", rows, 1n)
})

/** A run whose report went: the place of that report, and how it counts. */
export interface GoneRun extends ReportPlace {
  readonly count: RunCount
}

const keyOf = (sql: SqlClient, reporter: bigint, { id, kind, occurrence }: StoredReport) =>
  sql.and([
    sql`reporter_id = ${reporter}`,
    sql`day = ${BigInt(dayOf(occurrence))}`,
    sql`dispatch_id = ${toSigned(id)}`,
    sql`planned_time = ${millisOf(occurrence)}`,
    sql`kind = ${kind}`
  ])

/** The run of a report, if an earlier report of it went. */
export const find = (
  sql: SqlClient,
  reporter: bigint,
  report: StoredReport
): Effect.Effect<GoneRun | undefined, SqlError> =>
  Effect.map(
    sql<Omit<Gone, "reporter_id"> & ReportPlace>`
      SELECT epoch, number, day, type, tally FROM gone_runs WHERE ${keyOf(sql, reporter, report)}`,
    ([row]) => {
      if (row === undefined) return undefined
      const { epoch, number, tally, type } = row
      return { epoch, number, count: { day: Number(row.day), type, tally: tallyOf(tally) } }
    }
  )

/** Forgets the run of a report, which is kept again. */
export const forget = (sql: SqlClient, reporter: bigint, report: StoredReport) =>
  sql`DELETE FROM gone_runs WHERE ${keyOf(sql, reporter, report)}`

/** The row of the counts of a day. */
export interface DayRow {
  readonly reporter_id: bigint
  readonly day: bigint
  readonly type: string
}

interface Gone extends DayRow {
  readonly tally: string
}

/** Forgets the runs of days whose counts are removed. */
export const forgetDays = (sql: SqlClient, days: ReadonlyArray<DayRow>): Effect.Effect<void, SqlError> =>
  Effect.forEach(
    days,
    ({ day, reporter_id, type }) =>
      Effect.flatMap(
        sql<DayRow>`
          DELETE FROM gone_runs WHERE reporter_id = ${reporter_id} AND day = ${day} AND type = ${type}
          RETURNING reporter_id`,
        (gone) => noteCounts(sql, "gone", gone, -1n)
      ),
    { discard: true }
  )

/** Forgets the oldest of a microgrid; those that are still on leave the counts, and count when they end. */
export const forgetOldest = Effect.fnUntraced(function* (sql: SqlClient, microgrid: bigint, count: number) {
  const keys = sql.literal("reporter_id, day, dispatch_id, planned_time, kind")
  const gone = yield* sql<Gone>`
    DELETE FROM gone_runs WHERE (${keys}) IN (
      SELECT ${keys} FROM gone_runs WHERE microgrid_id = ${microgrid} ORDER BY time LIMIT ${BigInt(count)})
    RETURNING reporter_id, day, type, tally`
  yield* noteCounts(sql, "gone", gone, -1n)
  for (const each of gone) {
    const tally = tallyOf(each.tally)
    if (tally.running > 0) yield* uncount(sql, microgrid, each, tally)
  }
  return gone.length
})

const uncount = Effect.fnUntraced(function* (
  sql: SqlClient,
  microgrid: bigint,
  { day, reporter_id, type }: DayRow,
  tally: RunTally.RunTally
) {
  const place = sql.and([
    sql`microgrid_id = ${microgrid}`,
    sql`day = ${day}`,
    sql`type = ${type}`,
    sql`reporter_id = ${reporter_id}`
  ])
  const [row] = yield* sql<{ readonly tally: string }>`SELECT tally FROM report_days WHERE ${place}`
  if (row === undefined) return
  yield* sql`UPDATE report_days SET tally = ${textOf(RunTally.minus(tallyOf(row.tally), tally))} WHERE ${place}`
})

/** Notes with their reporters that rows came, or went. */
export const noteCounts = Effect.fnUntraced(function* (
  sql: SqlClient,
  what: "reports" | "gone" | "days",
  rows: ReadonlyArray<Pick<DayRow, "reporter_id">>,
  each: 1n | -1n
) {
  const counts = new Map<bigint, bigint>()
  for (const { reporter_id } of rows) counts.set(reporter_id, (counts.get(reporter_id) ?? 0n) + each)
  for (const [id, change] of counts) {
    yield* sql`UPDATE reporters SET ${sql(what)} = ${sql(what)} + ${change} WHERE id = ${id}`
  }
})
