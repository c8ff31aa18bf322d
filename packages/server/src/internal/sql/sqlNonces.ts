/** Removes nonces beyond so many, a little at a time. */
import { type DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { StoreError } from "../../DispatchStore.ts"
import { pruneAtOnce } from "../../ServiceLimits.ts"
import { sharesOf } from "../nonceShares.ts"
import { failure } from "./sqlFailure.ts"
import type { Keeper } from "./sqlRetention.ts"
import { millisOf } from "./sqlRows.ts"

/** The number of rows looked at before others have their turn. */
const rowsAtOnce = 10_000

/**
 * Removes nonces beyond so many: those taken after `last`, then the oldest of the keys that have most; gives the number
 * removed.
 */
export const trim = (
  keeper: Keeper,
  most: number,
  limit: number,
  last: DateTime.Utc
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const counts = yield* countsOf(keeper)
    const excess = [...counts.values()].reduce((sum, count) => sum + count, 0) - most
    if (excess <= 0) return 0
    const count = Math.min(excess, limit)
    const late = yield* removeLate(keeper, count, last)
    let removed = late
    for (const [key, share] of sharesOf(counts, count - late))
      removed += yield* removeEach(keeper, key, yield* oldestOf(keeper, key, share))
    return removed
  })

/** The number of nonces of each key. */
const countsOf = Effect.fnUntraced(function* ({ sql, turns }: Keeper) {
  const counts = new Map<string, number>()
  let last: Nonce | undefined = { key_id: "", nonce: "" }
  while (last !== undefined) {
    const slice: Effect.Effect<Slice, SqlError> = countSlice(sql, last)
    const { end, rows }: Slice = yield* turns.take(Effect.mapError(slice, failure))
    for (const { count, key_id } of rows) counts.set(key_id, (counts.get(key_id) ?? 0) + Number(count))
    last = end
  }
  return counts
})

interface Slice {
  readonly rows: ReadonlyArray<{ readonly key_id: string; readonly count: bigint }>
  /** The last nonce of a slice that others may follow. */
  readonly end: Nonce | undefined
}

const countSlice = (sql: SqlClient, last: Nonce): Effect.Effect<Slice, SqlError> =>
  Effect.gen(function* () {
    const beyond = sql`(key_id, nonce) > (${last.key_id}, ${last.nonce})`
    const [end] = yield* sql<Nonce>`
      SELECT key_id, nonce FROM nonces WHERE ${beyond}
      ORDER BY key_id, nonce LIMIT 1 OFFSET ${BigInt(rowsAtOnce - 1)}`
    const within =
      end === undefined ? beyond : sql.and([beyond, sql`(key_id, nonce) <= (${end.key_id}, ${end.nonce})`])
    const rows = yield* sql<Slice["rows"][number]>`
      SELECT key_id, count(*) AS count FROM nonces WHERE ${within} GROUP BY key_id`
    return { rows, end }
  })

interface Nonce {
  readonly key_id: string
  readonly nonce: string
}

interface Timed extends Nonce {
  readonly time: bigint
}

/** Those of a clock that was ahead, which would be the last to go by age. */
const removeLate = Effect.fnUntraced(function* ({ tidy, sql }: Keeper, count: number, last: DateTime.Utc) {
  let removed = 0
  while (removed < count) {
    const most = Math.min(count - removed, pruneAtOnce)
    const removing = sql`
      DELETE FROM nonces WHERE (key_id, nonce) IN (
        SELECT key_id, nonce FROM nonces WHERE time > ${millisOf(last)} ORDER BY time DESC LIMIT ${BigInt(most)}
      ) RETURNING time`
    const { length } = yield* Effect.mapError(tidy(removing), failure)
    removed += length
    if (length < most) break
    yield* Effect.yieldNow
  }
  return removed
})

/** The oldest nonces of a key. Those of others are passed over, slice by slice. */
const oldestOf = Effect.fnUntraced(function* (
  { sql, turns }: Keeper,
  key: string,
  count: number
): Effect.fn.Return<ReadonlyArray<string>, StoreError> {
  const found: Array<string> = []
  let last: Timed | undefined = { time: leastTime, key_id: "", nonce: "" }
  while (last !== undefined && found.length < count) {
    const { end, rows }: OldestSlice = yield* turns.take(
      Effect.mapError(oldestSlice(sql, key, last, count - found.length), failure)
    )
    for (const { nonce } of rows) found.push(nonce)
    last = end
  }
  return found
})

interface OldestSlice {
  readonly rows: ReadonlyArray<Nonce>
  /** The last nonce of a slice that others may follow. */
  readonly end: Timed | undefined
}

const oldestSlice = (
  sql: SqlClient,
  key: string,
  last: Timed,
  limit: number
): Effect.Effect<OldestSlice, SqlError> =>
  Effect.gen(function* () {
    const beyond = sql`(time, key_id, nonce) > (${last.time}, ${last.key_id}, ${last.nonce})`
    const [end] = yield* sql<Timed>`
      SELECT time, key_id, nonce FROM nonces WHERE ${beyond}
      ORDER BY time, key_id, nonce LIMIT 1 OFFSET ${BigInt(rowsAtOnce - 1)}`
    const within =
      end === undefined
        ? beyond
        : sql.and([beyond, sql`(time, key_id, nonce) <= (${end.time}, ${end.key_id}, ${end.nonce})`])
    const rows = yield* statementOfOldest(sql, key, within, limit)
    return { rows, end }
  })

/** The statement that reads the oldest nonces of a key within a slice. */
export const statementOfOldest = (sql: SqlClient, key: string, within: Fragment, limit: number) =>
  sql<Nonce>`
    SELECT key_id, nonce FROM ${noncesByTime(sql)} WHERE ${within} AND key_id = ${key}
    ORDER BY time, nonce LIMIT ${BigInt(limit)}`

/** SQLite would look at all nonces of the key for each slice. */
const noncesByTime = (sql: SqlClient): Fragment =>
  sql.literal(sql.onDialectOrElse({ pg: () => "nonces", orElse: () => "nonces INDEXED BY nonces_by_time" }))

/** Removes nonces of a key in transactions of bounded work. */
const removeEach = Effect.fnUntraced(function* (
  { tidy, sql }: Keeper,
  key: string,
  nonces: ReadonlyArray<string>
) {
  let removed = 0
  for (let at = 0; at < nonces.length; at += pruneAtOnce) {
    const some = nonces.slice(at, at + pruneAtOnce)
    const removing = sql`DELETE FROM nonces WHERE key_id = ${key} AND ${sql.in("nonce", some)} RETURNING time`
    removed += (yield* Effect.mapError(tidy(removing), failure)).length
    yield* Effect.yieldNow
  }
  return removed
})

/** Before every instant that is stored. */
const leastTime = -(2n ** 63n)
