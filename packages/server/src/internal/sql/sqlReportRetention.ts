/** Removes reports and counts of days that were kept for long enough, or are too many, a little at a time. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { StoreError } from "../../DispatchStore.ts"
import type { CountIn, ReportStore, RetainedReports } from "../../ReportStore.ts"
import { reportsRemovedAtOnce } from "../../ServiceLimits.ts"
import { clockEarliest } from "../retentionTime.ts"
import type { ReportDatabase } from "./reportDatabase.ts"
import { failure } from "./sqlFailure.ts"
import * as SqlGoneRuns from "./sqlGoneRuns.ts"
import { millisOf } from "./sqlRows.ts"

type Retention = Pick<ReportStore["Service"], "pruneReports" | "trimReports">
type Keeper = Pick<ReportDatabase, "sql" | "tidy" | "turns">

/** The removals of a store. */
export const make = (keeper: Keeper): Retention => ({
  pruneReports: (what, { before, now }, limit, countIn) =>
    Effect.gen(function* () {
      // Under a clock of before 2026 they would be dated as badly as before.
      if (now.epochMilliseconds >= clockEarliest) yield* dateAnew(keeper, millisOf(now))
      let removed = 0
      for (const microgrid of yield* microgridsWith(keeper, what, millisOf(before))) {
        if (removed >= limit) break
        const oldest = { what, microgrid, before: millisOf(before), countIn }
        removed += yield* removeOldest(keeper, oldest, limit - removed)
      }
      if (what === "days") yield* forget(keeper, millisOf(before))
      return removed
    }),
  trimReports: (what, most, limit, countIn) =>
    Effect.gen(function* () {
      let removed = 0
      for (const { excess, microgrid } of yield* crowded(keeper, what, most)) {
        removed += yield* removeOldest(keeper, { what, microgrid, most, countIn }, Math.min(limit, excess))
      }
      if (what === "days") return removed
      for (const { excess, microgrid } of yield* crowded(keeper, "gone", most)) {
        const oldest = { what: "gone", microgrid, most } as const
        yield* eachPortion(keeper, (count) => forgetOldest(keeper.sql, oldest, count), excess)
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

/** The microgrids that have more than so many, and how many more. */
const crowded = (keeper: Keeper, what: RetainedReports | "gone", most: number) => {
  const { sql } = keeper
  const look = sql<{ readonly microgrid: bigint; readonly count: bigint }>`
    SELECT microgrid_id AS microgrid, CAST(sum(${sql(what)}) AS BIGINT) AS count FROM reporters
    GROUP BY microgrid_id HAVING sum(${sql(what)}) > ${BigInt(most)}`
  return Effect.map(looked(keeper, look), (rows) =>
    rows.map(({ count, microgrid }) => ({ microgrid, excess: Number(count) - most }))
  )
}

/** The oldest records of a microgrid, before an instant if one is given. */
interface Oldest {
  readonly what: RetainedReports
  readonly microgrid: bigint
  readonly before?: bigint | undefined
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

/** The same, to be removed: only as long as there are more than `most`, if that is given. */
interface Leaving extends Oldest {
  readonly most?: number
  readonly countIn: CountIn
}

const removeOldest = (keeper: Keeper, oldest: Leaving, limit: number) =>
  eachPortion(keeper, (count) => remove(keeper.sql, oldest, count), limit)

/** The condition that a record is one of so many. */
const areOldest = (sql: SqlClient, oldest: Oldest, count: number): Fragment => {
  const { before, microgrid, what } = oldest
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

/** The rows of the reporters are held first, as they are where reports are taken. */
const remove = (sql: SqlClient, oldest: Leaving, count: number) =>
  Effect.flatMap(stillToGo(sql, oldest, count), (rest) =>
    oldest.what === "reports" ? removeReports(sql, oldest, rest) : removeDays(sql, oldest, rest)
  )

const forgetOldest = (sql: SqlClient, oldest: Crowd, count: number) =>
  Effect.flatMap(stillToGo(sql, oldest, count), (rest) =>
    SqlGoneRuns.forgetOldest(sql, oldest.microgrid, rest)
  )

/** Records of a microgrid, and how many of them may stay. */
interface Crowd {
  readonly what: RetainedReports | "gone"
  readonly microgrid: bigint
  readonly most?: number
}

/** Holds the reporters; gives the number of records that go: another instance may have removed them meanwhile. */
const stillToGo = Effect.fnUntraced(function* (
  sql: SqlClient,
  { microgrid, most, what }: Crowd,
  count: number
) {
  yield* hold(sql, microgrid)
  if (most === undefined) return count
  const [found] = yield* sql<{ readonly count: bigint | null }>`
    SELECT CAST(sum(${sql(what)}) AS BIGINT) AS count FROM reporters WHERE microgrid_id = ${microgrid}`
  return Math.max(0, Math.min(count, Number(found?.count ?? 0) - most))
})

/** Holds the rows of the reporters of a microgrid until the commit. SQLite has one writer at a time anyway. */
const hold = (sql: SqlClient, microgrid: bigint): Effect.Effect<unknown, SqlError> =>
  sql.onDialectOrElse({
    pg: () => sql`SELECT id FROM reporters WHERE microgrid_id = ${microgrid} ORDER BY id FOR UPDATE`,
    orElse: () => Effect.void
  })

const removeReports = Effect.fnUntraced(function* (sql: SqlClient, oldest: Leaving, count: number) {
  const gone = yield* sql<SqlGoneRuns.RemovedReport>`
    DELETE FROM reports WHERE ${areOldest(sql, oldest, count)}
    RETURNING reporter_id, dispatch_id, planned_time, kind, microgrid_id, epoch, number, time, data`
  yield* noteReports(sql, gone)
  yield* SqlGoneRuns.remember(sql, gone, oldest.countIn)
  return gone.length
})

/** A day is as old as its latest report, and reports go in the order of their arrival: those of the day went before. */
const removeDays = Effect.fnUntraced(function* (sql: SqlClient, oldest: Leaving, count: number) {
  const [first] = yield* sql<{ readonly time: bigint | null }>`
    SELECT min(time) AS time FROM reports WHERE microgrid_id = ${oldest.microgrid}`
  const before = earliest(oldest.before, first?.time ?? undefined)
  const gone = yield* sql<SqlGoneRuns.DayRow>`
    DELETE FROM report_days WHERE ${areOldest(sql, { ...oldest, before }, count)}
    RETURNING reporter_id, day, type`
  yield* SqlGoneRuns.noteCounts(sql, "days", gone, -1n)
  yield* SqlGoneRuns.forgetDays(sql, gone)
  return gone.length
})

const earliest = (one: bigint | undefined, other: bigint | undefined): bigint | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one

/** Nothing is remembered of numbers up to the highest removed one: they were taken. */
const noteReports = Effect.fnUntraced(function* (
  sql: SqlClient,
  gone: ReadonlyArray<SqlGoneRuns.RemovedReport>
) {
  yield* SqlGoneRuns.noteCounts(sql, "reports", gone, -1n)
  const highest = new Map<string, SqlGoneRuns.RemovedReport>()
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

/** Records written by a clock without battery have an unknown age: all of them count from now on, in their order. */
const dateAnew = Effect.fnUntraced(function* (keeper: Keeper, now: bigint) {
  const { sql } = keeper
  const earliest = BigInt(clockEarliest)
  for (const what of ["days", "reports"] as const) {
    for (const microgrid of yield* microgridsWith(keeper, what, earliest)) {
      const oldest = { what, microgrid, before: earliest }
      const work = (count: number) =>
        Effect.map(
          sql`UPDATE ${sql(tables[what])} SET time = ${now} WHERE ${areOldest(sql, oldest, count)} RETURNING 1 AS one`,
          (rows) => rows.length
        )
      yield* eachPortion(keeper, work, Infinity)
    }
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
