/** Removes reports and counts of days that were kept for long enough, or are too many, a little at a time. */
import * as RunTally from "@effect-dispatch/core/RunTally"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { StoreError } from "../../DispatchStore.ts"
import type { ReportStore, RetainedReports, RunningIn } from "../../ReportStore.ts"
import { reportsRemovedAtOnce } from "../../ServiceLimits.ts"
import { clockEarliest } from "../retentionTime.ts"
import { type ReportDatabase, tallyOf, textOf } from "./reportDatabase.ts"
import { failure } from "./sqlFailure.ts"
import { millisOf } from "./sqlRows.ts"

type Retention = Pick<ReportStore["Service"], "pruneReports" | "trimReports">
type Keeper = Pick<ReportDatabase, "sql" | "tidy" | "turns">

/** The removals of a store. */
export const make = (keeper: Keeper): Retention => ({
  pruneReports: (what, { before, now }, limit, runningIn) =>
    Effect.gen(function* () {
      // Under a clock of before 2026 they would be dated as badly as before.
      if (now.epochMilliseconds >= clockEarliest) yield* dateAnew(keeper, what, millisOf(now))
      let removed = 0
      for (const microgrid of yield* microgridsWith(keeper, what, millisOf(before))) {
        if (removed >= limit) break
        const oldest = { what, microgrid, before: millisOf(before), runningIn }
        removed += yield* removeOldest(keeper, oldest, limit - removed)
      }
      if (what === "days") yield* forget(keeper, millisOf(before))
      return removed
    }),
  trimReports: (what, most, limit, runningIn) =>
    Effect.gen(function* () {
      let removed = 0
      for (const { count, microgrid } of yield* crowded(keeper, what, most)) {
        const excess = Math.min(limit, Number(count) - most)
        removed += yield* removeOldest(keeper, { what, microgrid, runningIn }, excess)
      }
      return removed
    })
})

const looked = <A>({ turns }: Keeper, look: Effect.Effect<A, SqlError>): Effect.Effect<A, StoreError> =>
  turns.take(Effect.mapError(look, failure))

const written = <A>({ tidy }: Keeper, write: Effect.Effect<A, SqlError>): Effect.Effect<A, StoreError> =>
  Effect.mapError(tidy(write), failure)

const tables = { reports: "reports", days: "report_days" } as const

/** The microgrids whose oldest record came before an instant: one look into the index for each microgrid. */
const microgridsWith = (keeper: Keeper, what: RetainedReports, before: bigint) => {
  const { sql } = keeper
  const look = sql<{ readonly microgrid: bigint }>`
    SELECT microgrid_id AS microgrid FROM (SELECT DISTINCT microgrid_id FROM reporters) AS known
    WHERE (
      SELECT min(time) FROM ${sql(tables[what])} AS told WHERE told.microgrid_id = known.microgrid_id
    ) < ${before}`
  return Effect.map(looked(keeper, look), (rows) => rows.map(({ microgrid }) => microgrid))
}

const crowded = (keeper: Keeper, what: RetainedReports, most: number) => {
  const { sql } = keeper
  return looked(
    keeper,
    sql<{ readonly microgrid: bigint; readonly count: bigint }>`
      SELECT microgrid_id AS microgrid, CAST(sum(${sql(what)}) AS BIGINT) AS count FROM reporters
      GROUP BY microgrid_id HAVING sum(${sql(what)}) > ${BigInt(most)}`
  )
}

/** The oldest records of a microgrid, before an instant if one is given. */
interface Oldest {
  readonly what: RetainedReports
  readonly microgrid: bigint
  readonly before?: bigint
}

/** Works on them in transactions of so many; gives the number of records. */
const eachPortion = Effect.fnUntraced(function* (
  keeper: Keeper,
  work: (count: number) => Effect.Effect<number, SqlError>,
  limit: number
) {
  let done = 0
  while (done < limit) {
    const portion = Math.min(reportsRemovedAtOnce, limit - done)
    const count = yield* written(keeper, work(portion))
    done += count
    if (count < portion) break
    yield* Effect.yieldNow
  }
  return done
})

/** The same, to be removed. */
interface Leaving extends Oldest {
  readonly runningIn: RunningIn
}

const removeOldest = (keeper: Keeper, oldest: Leaving, limit: number) =>
  eachPortion(keeper, (count) => remove(keeper.sql, oldest, count), limit)

/** The condition that a record is one of so many. */
const areOldest = (sql: SqlClient, { before, microgrid, what }: Oldest, count: number): Fragment => {
  const isOld = before === undefined ? sql.literal("1 = 1") : sql`time < ${before}`
  const keys = sql.literal(keysOf[what])
  return sql`(${keys}) IN (
    SELECT ${keys} FROM ${sql(tables[what])} WHERE microgrid_id = ${microgrid} AND ${isOld}
    ORDER BY time LIMIT ${BigInt(count)})`
}

const keysOf = {
  reports: "reporter_id, dispatch_id, planned_time, kind",
  days: "microgrid_id, day, type, reporter_id"
} as const

interface Removed {
  readonly reporter_id: bigint
  readonly epoch: bigint
  readonly number: bigint
  readonly data: Uint8Array
}

const remove = (sql: SqlClient, oldest: Leaving, count: number) =>
  oldest.what === "reports"
    ? Effect.flatMap(
        sql<Removed>`
          DELETE FROM reports WHERE ${areOldest(sql, oldest, count)} RETURNING reporter_id, epoch, number, data`,
        (gone) => Effect.as(Effect.andThen(noteReports(sql, gone), uncount(sql, oldest, gone)), gone.length)
      )
    : Effect.flatMap(
        sql<Pick<Removed, "reporter_id">>`
          DELETE FROM report_days WHERE ${areOldest(sql, oldest, count)} RETURNING reporter_id`,
        (gone) => Effect.as(noteCounts(sql, gone, "days"), gone.length)
      )

/** Nothing is remembered of numbers up to the highest removed one: they were taken. */
const noteReports = Effect.fnUntraced(function* (sql: SqlClient, gone: ReadonlyArray<Removed>) {
  yield* noteCounts(sql, gone, "reports")
  const highest = new Map<string, Removed>()
  for (const each of gone) {
    const place = `${each.reporter_id} ${each.epoch}`
    const known = highest.get(place)
    if (known === undefined || known.number < each.number) highest.set(place, each)
  }
  for (const { epoch, number, reporter_id } of highest.values()) {
    yield* sql`
      UPDATE report_epochs SET removed = ${number}
      WHERE reporter_id = ${reporter_id} AND epoch = ${epoch} AND removed < ${number}`
  }
})

/** Takes runs that are still on out of the counts of their days. The rows of their reporters are held by now. */
const uncount = (sql: SqlClient, { microgrid, runningIn }: Leaving, gone: ReadonlyArray<Removed>) =>
  Effect.forEach(
    gone,
    Effect.fnUntraced(function* ({ data, reporter_id }) {
      const running = runningIn(new Uint8Array(data))
      if (running === undefined) return
      const place = sql.and([
        sql`microgrid_id = ${microgrid}`,
        sql`day = ${BigInt(running.day)}`,
        sql`type = ${running.type}`,
        sql`reporter_id = ${reporter_id}`
      ])
      const [row] = yield* sql<{ readonly tally: string }>`SELECT tally FROM report_days WHERE ${place}`
      if (row === undefined) return
      const tally = textOf(RunTally.minus(tallyOf(row.tally), running.tally))
      yield* sql`UPDATE report_days SET tally = ${tally} WHERE ${place}`
    }),
    { discard: true }
  )

const noteCounts = Effect.fnUntraced(function* (
  sql: SqlClient,
  gone: ReadonlyArray<Pick<Removed, "reporter_id">>,
  what: RetainedReports
) {
  const counts = new Map<bigint, bigint>()
  for (const { reporter_id } of gone) counts.set(reporter_id, (counts.get(reporter_id) ?? 0n) + 1n)
  for (const [id, count] of counts) {
    yield* sql`UPDATE reporters SET ${sql(what)} = ${sql(what)} - ${count} WHERE id = ${id}`
  }
})

/** Records written by a clock without battery have an unknown age: they count from now on. */
const dateAnew = Effect.fnUntraced(function* (keeper: Keeper, what: RetainedReports, now: bigint) {
  const { sql } = keeper
  const earliest = BigInt(clockEarliest)
  for (const microgrid of yield* microgridsWith(keeper, what, earliest)) {
    const oldest = { what, microgrid, before: earliest }
    const work = (count: number) =>
      Effect.map(
        sql`UPDATE ${sql(tables[what])} SET time = ${now} WHERE ${areOldest(sql, oldest, count)} RETURNING 1 AS one`,
        (rows) => rows.length
      )
    yield* eachPortion(keeper, work, Infinity)
  }
})

/** Forgets reporters of which nothing is kept any more, and epochs that told nothing for as long. */
const forget = (keeper: Keeper, before: bigint) => {
  const { sql } = keeper
  return written(
    keeper,
    Effect.andThen(
      sql`DELETE FROM report_epochs WHERE time < ${before}`,
      sql`DELETE FROM reporters WHERE reports = 0 AND days = 0
        AND NOT EXISTS (SELECT 1 FROM report_epochs WHERE reporter_id = reporters.id)`
    )
  )
}
