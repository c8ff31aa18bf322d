/** Removes records that a store in SQL has kept for long enough, a little at a time. */
import { type DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { PruneTimes, Retained, StoreError } from "../../DispatchStore.ts"
import { prunedWeightMax } from "../../ServiceLimits.ts"
import { calendarSlackMillis } from "../dispatchColumns.ts"
import { clockEarliest } from "../retentionTime.ts"
import type { Transact } from "./groupCommit.ts"
import { failure, instantOf } from "./sqlFailure.ts"
import type { Turns } from "./sqlPace.ts"
import { millisOf, nanosOf, recursInLocalTime } from "./sqlRows.ts"

/** The means of removing records: a database, and the turns of its transactions and long looks. */
export interface Keeper {
  readonly sql: SqlClient
  readonly tidy: Transact
  readonly turns: Turns
}

/** The number of rows looked at before others have their turn. */
const rowsAtOnce = 1_000

const earliest = BigInt(clockEarliest)

/** Removes the oldest, and dates anew records written by a clock without battery; gives the number removed. */
export const prune = (
  keeper: Keeper,
  what: Retained,
  { before, now }: PruneTimes,
  limit: number
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const { sql } = keeper
    const until = millisOf(before)
    // Under a clock of before 2026 they would be dated as badly as before.
    if (what !== "nonces" && millisOf(now) >= earliest)
      yield* ofOldest(keeper, dating(sql, what, millisOf(now)), limit)
    const removed = yield* ofOldest(keeper, removal(sql, what, until), limit)
    return what === "dispatches" ? removed + (yield* removeOver(keeper, until, limit - removed)) : removed
  })

/** Moves the time that retention goes by; if another instance has moved it meanwhile, from there. */
export const moveTime = (
  sql: SqlClient,
  decide: (kept: DateTime.Utc | undefined) => DateTime.Utc
): Effect.Effect<DateTime.Utc, SqlError | StoreError> =>
  Effect.gen(function* () {
    const [row] = yield* sql<{ readonly value: bigint }>`SELECT value FROM counters WHERE name = ${timeName}`
    const kept = row?.value ?? (yield* newestRecord(sql))
    const place = row === undefined ? newestOfAll : rowOfTime
    const time = decide(kept === undefined ? undefined : yield* Effect.fromResult(instantOf(place, kept)))
    const value = millisOf(time)
    if (value === row?.value) return time
    const moved =
      row === undefined
        ? yield* sql`
            INSERT INTO counters (name, value) VALUES (${timeName}, ${value})
            ON CONFLICT DO NOTHING RETURNING value`
        : yield* sql`
            UPDATE counters SET value = ${value} WHERE name = ${timeName} AND value = ${row.value}
            RETURNING value`
    return moved.length > 0 ? time : yield* moveTime(sql, decide)
  })

const timeName = "retention-time"
const rowOfTime = "the time that records are removed by (the row retention-time of the table counters)"

const newestOfAll = "the newest time of the tables audit, changes and dispatches"

/** Most of the latest dispatches that are searched for the last write; audit records know the rest. */
const latestMost = 1_000n

/** The time of the last write, in epoch milliseconds. */
const newestRecord = Effect.fnUntraced(function* (sql: SqlClient) {
  const [row] = yield* sql<{ readonly [column: string]: bigint | null }>`
    SELECT (SELECT max(time) FROM audit) AS audit, (SELECT max(time) FROM changes) AS changes,
      (SELECT max(update_time) FROM (
        SELECT update_time FROM dispatches ORDER BY id DESC LIMIT ${latestMost}
      ) AS latest) / 1000000 AS dispatches`
  const times = Object.values(row ?? {}).filter((time) => time !== null)
  return times.length === 0 ? undefined : times.reduce((left, right) => (left > right ? left : right))
})

/** The kinds of records: what tells their age, their keys, and how much work it is to write one. */
const kinds = {
  changes: { time: "time", key: "microgrid_id, number", order: "time, number", weight: "length(data) / 64" },
  audit: { time: "time", key: "microgrid_id, number", order: "time, number", weight: "0" },
  nonces: { time: "time", key: "key_id, nonce", order: "time", weight: "0" },
  dispatches: { time: "deleted_time", key: "id", order: "deleted_time", weight: "length(data) / 64" }
} as const

/** Work on the oldest records of a kind. */
interface Work {
  readonly weights: (limit: number) => Effect.Effect<ReadonlyArray<Weighed>, SqlError>
  /** Does it with so many, and gives as many rows. */
  readonly work: (count: number) => Effect.Effect<ReadonlyArray<unknown>, SqlError>
}

interface Weighed {
  readonly weight: bigint | number
}

const workOn = (sql: SqlClient, what: Retained, which: Fragment, act: Fragment): Work => {
  const { key, order, time, weight } = kinds[what]
  const [keys, table] = [sql.literal(key), sql(what)]
  const oldest = <Row extends object>(columns: string, count: number) => sql<Row>`
    SELECT ${sql.literal(columns)} FROM ${table} WHERE ${sql(time)} IS NOT NULL AND ${which}
    ORDER BY ${sql.literal(order)} LIMIT ${BigInt(count)}`
  return {
    weights: (limit) => oldest<Weighed>(`${weight} AS weight`, limit),
    work: (count) => sql`${act} WHERE (${keys}) IN (${oldest(key, count)}) RETURNING 1 AS one`
  }
}

/** Records written by a clock without battery have an unknown age: they count from now on. */
const dating = (sql: SqlClient, what: Exclude<Retained, "nonces">, now: bigint): Work => {
  const time = sql(kinds[what].time)
  return workOn(sql, what, sql`${time} < ${earliest}`, sql`UPDATE ${sql(what)} SET ${time} = ${now}`)
}

const removal = (sql: SqlClient, what: Retained, before: bigint): Work => {
  const time = sql(kinds[what].time)
  const isKnown = what === "nonces" ? sql.literal("1 = 1") : sql`${time} >= ${earliest}`
  return workOn(sql, what, sql`${isKnown} AND ${time} < ${before}`, sql`DELETE FROM ${sql(what)}`)
}

/** Works on the oldest records in transactions of bounded work; gives their number. */
const ofOldest = Effect.fnUntraced(function* ({ tidy, turns }: Keeper, work: Work, limit: number) {
  const weights = yield* turns.take(Effect.mapError(work.weights(limit), failure))
  let done = 0
  for (const portion of portions(weights)) {
    done += (yield* Effect.mapError(tidy(work.work(portion.length)), failure)).length
    yield* Effect.yieldNow
  }
  return done
})

/** Splits records into parts that hold up nobody for long: of one record, or of bounded weight. */
const portions = <A extends Weighed>(records: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const parts: Array<Array<A>> = []
  let weight = Infinity
  for (const record of records) {
    weight += Number(record.weight)
    if (weight > prunedWeightMax) {
      parts.push([])
      weight = Number(record.weight)
    }
    parts.at(-1)?.push(record)
  }
  return parts
}

/** Over before an instant, and not changed since; unknown if it was changed by a clock without battery. */
const isOver = (sql: SqlClient, before: bigint) =>
  sql`deleted_time IS NULL AND end_time IS NOT NULL
    AND end_time < ${before} - CASE WHEN recurs = ${recursInLocalTime} THEN ${BigInt(calendarSlackMillis)} ELSE 0 END
    AND update_time >= ${earliest * nanosPerMilli} AND update_time < ${nanosOf(before)}`

const nanosPerMilli = 1_000_000n

/** Removes dispatches that are over. One that was changed meanwhile is tested again, and stays. */
const removeOver = Effect.fnUntraced(function* (keeper: Keeper, before: bigint, limit: number) {
  const { tidy, sql } = keeper
  let removed = 0
  for (const portion of portions(yield* overOnes(keeper, before, limit))) {
    const ids = portion.map(({ id }) => id)
    const removing = sql`DELETE FROM dispatches WHERE ${sql.in("id", ids)} AND ${isOver(sql, before)} RETURNING id`
    removed += (yield* Effect.mapError(tidy(removing), failure)).length
    yield* Effect.yieldNow
  }
  return removed
})

/** The dispatches that are over. Very many may have been changed since, so others have their turn meanwhile. */
const overOnes = Effect.fnUntraced(function* ({ sql, turns }: Keeper, before: bigint, limit: number) {
  const over: Array<Ended> = []
  let after: Pick<Ended, "end_time" | "id"> | undefined = { end_time: leastTime, id: 0n }
  while (after !== undefined && over.length < limit) {
    const { end_time, id }: Pick<Ended, "end_time" | "id"> = after
    const slice = sql<Ended>`
      SELECT id, end_time, length(data) AS weight, CASE WHEN ${isOver(sql, before)} THEN 1 ELSE 0 END AS gone
      FROM dispatches
      WHERE end_time IS NOT NULL AND end_time < ${before} AND (end_time, id) > (${end_time}, ${id})
      ORDER BY end_time, id LIMIT ${BigInt(rowsAtOnce)}`
    const rows: ReadonlyArray<Ended> = yield* turns.take(Effect.mapError(slice, failure))
    for (const row of rows) if (Number(row.gone) === 1) over.push(row)
    after = rows.length < rowsAtOnce ? undefined : rows.at(-1)
  }
  return over.slice(0, limit)
})

interface Ended {
  readonly end_time: bigint
  readonly id: bigint
  /** The length on the wire, at which each byte may be a row of a target. */
  readonly weight: bigint | number
  readonly gone: bigint | number
}

/** Before every instant that is stored. */
const leastTime = -(2n ** 62n)
