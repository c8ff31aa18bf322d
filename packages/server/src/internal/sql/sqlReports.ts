/** `ReportStore` in SQL, in the subset that SQLite and PostgreSQL share. */
import * as RunTally from "@effect-dispatch/core/RunTally"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import {
  type ReportAnswer,
  type ReportPlace,
  type Reports,
  type ReportsTaken,
  ReportStore,
  type RunCount,
  type StoredReport,
  type ToldBefore,
  TooManyReporters
} from "../../ReportStore.ts"
import { reportersMax } from "../../ServiceLimits.ts"
import { DayChanges } from "../reports/dayChanges.ts"
import { decide, type EpochKnowledge, isBehind, lastOf, nothingKnown } from "../reports/decision.ts"
import { type ReportDatabase, tallyOf, textOf } from "./reportDatabase.ts"
import { failure, isSqlError } from "./sqlFailure.ts"
import * as SqlGoneRuns from "./sqlGoneRuns.ts"
import * as SqlReportReads from "./sqlReportReads.ts"
import * as SqlReportRetention from "./sqlReportRetention.ts"
import { millisOf, toSigned } from "./sqlRows.ts"

/** Reports in a database whose tables are up to date. */
export const make = (database: ReportDatabase): ReportStore["Service"] =>
  ReportStore.of({
    report: (batch) =>
      Effect.mapError(database.transact(taken(database.sql, batch)), (error) =>
        isSqlError(error) ? failure(error) : error
      ),
    ...SqlReportReads.make(database),
    ...SqlReportRetention.make(database)
  })

/** Takes reports in a transaction that holds the row of the reporter, so that its batches wait for each other. */
const taken = Effect.fnUntraced(function* (
  sql: SqlClient,
  batch: Reports
): Effect.fn.Return<ReportsTaken, SqlError | TooManyReporters> {
  const teller = yield* tellerOf(sql, batch)
  const epochs = yield* Epochs.read(sql, teller.id)
  if (isBehind(epochs.last, batch.after))
    return { answers: [], before: [], last: epochs.last, isBehind: true }
  const changes = new DayChanges()
  const answers: Array<ReportAnswer> = []
  const before: Array<ToldBefore> = []
  let added = 0
  let returned = 0
  for (const report of batch.reports) {
    const present = yield* presentOf(sql, teller.id, report)
    const gone = present === undefined ? yield* SqlGoneRuns.find(sql, teller.id, report) : undefined
    const answer = decide(report, present ?? (gone && { ...gone, bytes: undefined }), epochs.of(report.epoch))
    answers.push(answer)
    before.push(answer === "New" ? { bytes: present?.bytes, gone: gone?.count } : {})
    if (answer !== "New") continue
    epochs.take(report)
    yield* put(sql, teller.id, batch, report)
    changes.replace(batch.countIn(report.bytes), present ? batch.countIn(present.bytes) : gone?.count)
    if (present === undefined) added += 1
    if (gone === undefined) continue
    yield* SqlGoneRuns.forget(sql, teller.id, report)
    returned += 1
  }
  yield* epochs.write(sql, millisOf(batch.arrivedAt))
  const fresh = yield* Effect.forEach(changes.all, (change) => count(sql, teller.id, batch, change))
  const days = fresh.filter(Boolean).length
  if (added > 0 || days > 0) {
    yield* sql`
      UPDATE reporters SET reports = reports + ${BigInt(added)}, gone = gone - ${BigInt(returned)},
        days = days + ${BigInt(days)}
      WHERE id = ${teller.id}`
  }
  return { answers, before, last: epochs.last, isBehind: false }
})

interface Row {
  readonly id: bigint
}

/** The row of the reporter, held until the commit. */
const tellerOf = Effect.fnUntraced(function* (
  sql: SqlClient,
  { microgridId, reporter: { id, name } }: Reports
): Effect.fn.Return<Row, SqlError | TooManyReporters> {
  const microgrid = toSigned(microgridId)
  const [known] = yield* sql<Row>`
    UPDATE reporters SET name = ${name} WHERE microgrid_id = ${microgrid} AND reporter = ${id} RETURNING id`
  if (known !== undefined) return known
  const [found] = yield* sql<{ readonly count: bigint }>`
    SELECT count(*) AS count FROM reporters WHERE microgrid_id = ${microgrid}`
  if (Number(found?.count ?? 0) >= reportersMax) return yield* new TooManyReporters()
  const [made] = yield* sql<Row>`
    INSERT INTO reporters (microgrid_id, reporter, name, reports, days)
    VALUES (${microgrid}, ${id}, ${name}, 0, 0)
    ON CONFLICT (microgrid_id, reporter) DO UPDATE SET name = excluded.name RETURNING id`
  return made ?? { id: 0n }
})

/** The epochs of a reporter, as far as they are known, and those that a batch changes. */
class Epochs {
  readonly #reporter: bigint
  readonly #known: Map<bigint, EpochKnowledge>
  readonly #changed = new Set<bigint>()

  static readonly read = (sql: SqlClient, reporter: bigint): Effect.Effect<Epochs, SqlError> =>
    Effect.map(
      sql<EpochKnowledge & { readonly epoch: bigint }>`
        SELECT epoch, highest, removed FROM report_epochs WHERE reporter_id = ${reporter}`,
      (rows) => new Epochs(reporter, new Map(rows.map(({ epoch, ...known }) => [epoch, known])))
    )

  private constructor(reporter: bigint, known: Map<bigint, EpochKnowledge>) {
    this.#reporter = reporter
    this.#known = known
  }

  of(epoch: bigint): EpochKnowledge {
    return this.#known.get(epoch) ?? nothingKnown
  }

  get last(): ReportPlace | undefined {
    return lastOf(this.#known)
  }

  take({ epoch, number }: StoredReport): void {
    this.#known.set(epoch, { ...this.of(epoch), highest: number })
    this.#changed.add(epoch)
  }

  write(sql: SqlClient, time: bigint): Effect.Effect<void, SqlError> {
    return Effect.forEach(
      this.#changed,
      (epoch) => {
        const { highest, removed } = this.of(epoch)
        return sql`
          INSERT INTO report_epochs (reporter_id, epoch, highest, removed, time)
          VALUES (${this.#reporter}, ${epoch}, ${highest}, ${removed}, ${time})
          ON CONFLICT (reporter_id, epoch) DO UPDATE SET highest = excluded.highest, time = excluded.time`
      },
      { discard: true }
    )
  }
}

/** The key of a run among those of a reporter. */
const keyOf = (sql: SqlClient, reporter: bigint, report: StoredReport) =>
  sql.and([
    sql`reporter_id = ${reporter}`,
    sql`dispatch_id = ${toSigned(report.id)}`,
    sql`planned_time = ${millisOf(report.occurrence)}`,
    sql`kind = ${report.kind}`
  ])

const presentOf = (sql: SqlClient, reporter: bigint, report: StoredReport) =>
  Effect.map(
    sql<{ readonly epoch: bigint; readonly number: bigint; readonly data: Uint8Array }>`
      SELECT epoch, number, data FROM reports WHERE ${keyOf(sql, reporter, report)}`,
    ([row]) => row && { epoch: row.epoch, number: row.number, bytes: new Uint8Array(row.data) }
  )

const put = (sql: SqlClient, reporter: bigint, batch: Reports, report: StoredReport) => {
  const { bytes: data, epoch, number, verdict } = report
  const offset = batch.clockOffsetMillis
  const row = {
    reporter_id: reporter,
    dispatch_id: toSigned(report.id),
    planned_time: millisOf(report.occurrence),
    last_time: report.lastOccurrence === undefined ? null : millisOf(report.lastOccurrence),
    kind: report.kind,
    microgrid_id: toSigned(batch.microgridId),
    epoch,
    number,
    verdict,
    time: millisOf(batch.arrivedAt),
    clock_offset: offset === undefined ? null : BigInt(offset),
    data
  }
  return sql`
    INSERT INTO reports ${sql.insert(row)}
    ON CONFLICT (reporter_id, dispatch_id, planned_time, kind) DO UPDATE SET
      epoch = excluded.epoch, number = excluded.number, verdict = excluded.verdict,
      last_time = excluded.last_time, time = excluded.time, clock_offset = excluded.clock_offset,
      data = excluded.data`
}

/** Adds to the counts of a day, which is as old as its latest report; true if there were none. */
const count = Effect.fnUntraced(function* (
  sql: SqlClient,
  reporter: bigint,
  { arrivedAt, microgridId }: Reports,
  { day, tally: more, type }: RunCount
) {
  const [row] = yield* sql<{ readonly tally: string }>`
    SELECT tally FROM report_days
    WHERE microgrid_id = ${toSigned(microgridId)} AND day = ${BigInt(day)} AND type = ${type}
      AND reporter_id = ${reporter}`
  const tally = textOf(row === undefined ? more : RunTally.plus(tallyOf(row.tally), more))
  const time = millisOf(arrivedAt)
  yield* sql`
    INSERT INTO report_days (microgrid_id, day, type, reporter_id, tally, time)
    VALUES (${toSigned(microgridId)}, ${BigInt(day)}, ${type}, ${reporter}, ${tally}, ${time})
    ON CONFLICT (microgrid_id, day, type, reporter_id) DO UPDATE SET
      tally = excluded.tally,
      time = CASE WHEN report_days.time > excluded.time THEN report_days.time ELSE excluded.time END`
  return row === undefined
})
