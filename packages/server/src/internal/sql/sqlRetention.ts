/** Removes records that a store in SQL has kept for long enough, a little at a time. */
import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { PruneTimes, Retained, StoreError } from "../../DispatchStore.ts"
import { clockEarliest } from "../retentionTime.ts"
import type { Transact } from "./groupCommit.ts"
import { failure } from "./sqlFailure.ts"
import type { Turns } from "./sqlListing.ts"
import { millisOf, nanosOf } from "./sqlRows.ts"

/** The means of removing records: a database, and the turns of its transactions and long looks. */
export interface Keeper {
  readonly sql: SqlClient
  readonly alone: Transact
  readonly turns: Turns
}

/** The number of rows looked at before others have their turn. */
const rowsAtOnce = 1_000
const noncesAtOnce = 10_000

const earliest = BigInt(clockEarliest)

/** Removes the oldest, and dates anew records written by a clock without battery; gives the number removed. */
export const prune = (
  keeper: Keeper,
  what: Retained,
  { before, now }: PruneTimes,
  limit: number
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const { alone, sql } = keeper
    const [until, most] = [millisOf(before), BigInt(limit)]
    const isDue = yield* Effect.mapError(
      somethingBefore(sql, what, until > earliest ? until : earliest),
      failure
    )
    const over = what === "dispatches" ? yield* overIds(keeper, until, limit) : []
    const removal = Effect.gen(function* () {
      if (what !== "nonces") yield* dateAnew[what](sql, millisOf(now), most)
      const removed = (yield* removals[what](sql, until, most)).length
      return what === "dispatches"
        ? removed + (yield* removeOver(sql, over, until, limit - removed))
        : removed
    })
    return isDue || over.length > 0 ? yield* Effect.mapError(alone(removal), failure) : 0
  })

/** True if there is something to remove or to date anew: this check holds nobody up. */
const somethingBefore = (sql: SqlClient, what: Retained, time: bigint) => {
  const [table, column] = what === "dispatches" ? [what, "deleted_time"] : [what, "time"]
  return Effect.map(
    sql`SELECT 1 AS one FROM ${sql(table)} WHERE ${sql(column)} IS NOT NULL AND ${sql(column)} < ${time} LIMIT 1`,
    (rows) => rows.length > 0
  )
}

/** Moves the time that retention goes by; if another instance has moved it meanwhile, from there. */
export const moveTime = (
  sql: SqlClient,
  decide: (kept: DateTime.Utc | undefined) => DateTime.Utc
): Effect.Effect<DateTime.Utc, SqlError> =>
  Effect.gen(function* () {
    const [row] = yield* sql<{ readonly value: bigint }>`SELECT value FROM counters WHERE name = ${timeName}`
    const kept = row?.value ?? (yield* newestRecord(sql))
    const time = decide(kept === undefined ? undefined : DateTime.makeUnsafe(Number(kept)))
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

/** Removes nonces beyond so many: those taken after `last`, then the oldest; gives the number removed. */
export const trimNonces = (
  keeper: Keeper,
  most: number,
  limit: number,
  last: DateTime.Utc
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const { alone, sql } = keeper
    const excess = (yield* nonceCount(keeper, most + limit)) - most
    if (excess <= 0) return 0
    const removed = (count: number, which: "late" | "oldest") => {
      const [some, order] =
        which === "late"
          ? [sql`WHERE time > ${millisOf(last)}`, sql.literal("DESC")]
          : [sql.literal(""), sql.literal("ASC")]
      return Effect.map(
        sql`
          DELETE FROM nonces WHERE (key_id, nonce) IN (
            SELECT key_id, nonce FROM nonces ${some} ORDER BY time ${order} LIMIT ${BigInt(count)}
          ) RETURNING time`,
        (rows) => rows.length
      )
    }
    const count = Math.min(excess, limit)
    const removal = Effect.gen(function* () {
      const late = yield* removed(count, "late")
      return late + (yield* removed(count - late, "oldest"))
    })
    return yield* Effect.mapError(alone(removal), failure)
  })

/** The number of nonces, if there are no more than so many. */
const nonceCount = Effect.fnUntraced(function* ({ sql, turns }: Keeper, most: number) {
  const take = <A>(slice: Effect.Effect<A, SqlError>) => turns.take(Effect.mapError(slice, failure))
  let count = 0
  let last: Nonce = { key_id: "", nonce: "" }
  while (count < most) {
    const beyond = sql`(key_id, nonce) > (${last.key_id}, ${last.nonce})`
    const [found] = yield* take(sql<Nonce>`
      SELECT key_id, nonce FROM nonces WHERE ${beyond}
      ORDER BY key_id, nonce LIMIT 1 OFFSET ${BigInt(noncesAtOnce - 1)}`)
    if (found === undefined) {
      const [rest] = yield* take(sql<Counted>`SELECT count(*) AS count FROM nonces WHERE ${beyond}`)
      return count + Number(rest?.count ?? 0n)
    }
    count += noncesAtOnce
    last = found
  }
  return count
})

interface Counted {
  readonly count: bigint
}

interface Nonce {
  readonly key_id: string
  readonly nonce: string
}

const counted = (sql: SqlClient, table: "changes" | "audit", time: bigint, limit: bigint) => sql`
  UPDATE ${sql(table)} SET time = ${time} WHERE (microgrid_id, number) IN (
    SELECT microgrid_id, number FROM ${sql(table)} WHERE time < ${earliest} ORDER BY time LIMIT ${limit}
  )`

/** Records written by a clock without battery have an unknown age: they count from now on. */
const dateAnew = {
  changes: (sql: SqlClient, now: bigint, limit: bigint) => counted(sql, "changes", now, limit),
  audit: (sql: SqlClient, now: bigint, limit: bigint) => counted(sql, "audit", now, limit),
  dispatches: (sql: SqlClient, now: bigint, limit: bigint) => sql`
    UPDATE dispatches SET deleted_time = ${now} WHERE id IN (
      SELECT id FROM dispatches WHERE deleted_time IS NOT NULL AND deleted_time < ${earliest} LIMIT ${limit}
    )`
}

const removals = {
  changes: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM changes WHERE (microgrid_id, number) IN (
      SELECT microgrid_id, number FROM changes WHERE time >= ${earliest} AND time < ${before}
      ORDER BY time, number LIMIT ${limit}
    ) RETURNING number`,
  audit: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM audit WHERE (microgrid_id, number) IN (
      SELECT microgrid_id, number FROM audit WHERE time >= ${earliest} AND time < ${before}
      ORDER BY time, number LIMIT ${limit}
    ) RETURNING number`,
  nonces: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM nonces WHERE (key_id, nonce) IN (
      SELECT key_id, nonce FROM nonces WHERE time < ${before} ORDER BY time LIMIT ${limit}
    ) RETURNING time`,
  /** The deleted ones. */
  dispatches: (sql: SqlClient, before: bigint, limit: bigint) => sql`
    DELETE FROM dispatches WHERE id IN (
      SELECT id FROM dispatches WHERE deleted_time IS NOT NULL AND deleted_time >= ${earliest}
        AND deleted_time < ${before} LIMIT ${limit}
    ) RETURNING id`
}

/** Over before an instant, and not changed since; unknown if it was changed by a clock without battery. */
const isOver = (sql: SqlClient, before: bigint) =>
  sql`deleted_time IS NULL AND end_time IS NOT NULL AND end_time < ${before}
    AND update_time >= ${earliest * nanosPerMilli} AND update_time < ${nanosOf(before)}`

const nanosPerMilli = 1_000_000n

/** The ids of dispatches that are over. Very many may have been changed since, so others have their turn meanwhile. */
const overIds = Effect.fnUntraced(function* ({ sql, turns }: Keeper, before: bigint, limit: number) {
  const ids: Array<bigint> = []
  let after: Ended | undefined = { end_time: leastTime, id: 0n }
  while (after !== undefined && ids.length < limit) {
    const { end_time, id }: Ended = after
    const slice = sql<Ended & { readonly gone: bigint }>`
      SELECT id, end_time, CASE WHEN ${isOver(sql, before)} THEN 1 ELSE 0 END AS gone FROM dispatches
      WHERE end_time IS NOT NULL AND end_time < ${before} AND (end_time, id) > (${end_time}, ${id})
      ORDER BY end_time, id LIMIT ${BigInt(rowsAtOnce)}`
    const rows: ReadonlyArray<Ended & { readonly gone: bigint | number }> = yield* turns.take(
      Effect.mapError(slice, failure)
    )
    for (const row of rows) if (Number(row.gone) === 1) ids.push(row.id)
    after = rows.length < rowsAtOnce ? undefined : rows.at(-1)
  }
  return ids.slice(0, limit)
})

interface Ended {
  readonly end_time: bigint
  readonly id: bigint
}

/** Before every instant that is stored. */
const leastTime = -(2n ** 62n)

/** Tests again if a dispatch is over, so that one changed meanwhile stays. */
const removeOver = (sql: SqlClient, ids: ReadonlyArray<bigint>, before: bigint, limit: number) => {
  const some = ids.slice(0, limit)
  if (some.length === 0) return Effect.succeed(0)
  return Effect.map(
    sql`DELETE FROM dispatches WHERE ${sql.in("id", some)} AND ${isOver(sql, before)} RETURNING id`,
    (rows) => rows.length
  )
}
