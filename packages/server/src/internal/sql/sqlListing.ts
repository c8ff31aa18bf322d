/**
 * Reads listings. One read looks at a bounded number of rows. A longer listing goes on in slices of rows, and others
 * have their turn between two slices.
 */
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Clock, Duration, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { ListingBegun, PageQuery, Position, StoreError } from "../../DispatchStore.ts"
import { conditionsFirst, scanRowsMax, scanRowsMin } from "../../ListingLimits.ts"
import { Stored } from "../storedDispatch.ts"
import { inTurns } from "../turns.ts"
import { failure } from "./sqlFailure.ts"
import { conditions, type Database, idsAsked, partsAsked, present, sortColumns, within } from "./sqlRows.ts"
import * as SqlTargets from "./sqlTargets.ts"
import { TypeTest } from "./typeTest.ts"

/** The turns that the slices of one store take with everything else. */
export interface Turns {
  /** Runs a slice when it is its turn. */
  readonly take: <A>(slice: Effect.Effect<A, StoreError>) => Effect.Effect<A, StoreError>
  /** The length to aim at for a slice: the next one looks at more rows or at fewer. */
  readonly length: Duration.Duration
}

/** The rows to look at: those of known ids, those of targets, or all in the order of the listing. */
export type Way = "ById" | SqlTargets.Way

/** A page, with a count of all matches from there on if asked for. */
export interface Query extends PageQuery {
  readonly isCounted: boolean
}

type Rows = ReadonlyArray<{ readonly data: Uint8Array }>

/** Reads a part of a listing, and counts all of it if that is asked for; else the total is 0. */
export const list = (
  { format, sql }: Database,
  turns: Turns,
  query: Query
): Effect.Effect<ListingBegun, StoreError> =>
  Effect.map(
    Effect.flatMap(turns.take(Effect.mapError(wayOf(sql, query), failure)), (way) =>
      way === "InOrder" && (query.isCounted || isNarrowed(query.filter))
        ? inSlices(sql, turns, query)
        : turns.take(atOnce(sql, query, way))
    ),
    ({ rows, total }) => ({ dispatches: rows.map(({ data }) => new Stored(format, data)), total })
  )

interface Listed {
  readonly rows: Rows
  readonly total: number
}

const wayOf = (sql: SqlClient, { filter, microgridId }: PageQuery): Effect.Effect<Way, SqlError> => {
  if (idsAsked(filter) !== undefined) return Effect.succeed("ById")
  const { targets = [] } = filter
  return targets.length === 0
    ? Effect.succeed("InOrder")
    : SqlTargets.wayOf(sql, BigInt.asIntN(64, microgridId), targets)
}

/** True if a filter may leave anything out. */
const isNarrowed = (filter: DispatchFilter): boolean =>
  Object.values(filter).some((each) => each !== undefined && !(Array.isArray(each) && each.length === 0))

/** Reads a listing of bounded cost at once. */
const atOnce = (sql: SqlClient, query: Query, way: Way): Effect.Effect<Listed, StoreError> =>
  Effect.gen(function* () {
    const types = yield* typesOf(sql, query, way, [], new TypeTest(query.filter))
    const total = query.isCounted ? yield* count(sql, query, way, [], types) : 0
    const rows: Rows = query.isCounted && total === 0 ? [] : yield* pageOf(sql, query, way, [], types)
    return { rows, total }
  }).pipe(Effect.mapError(failure))

/** Reads as many slices as it takes to fill the page, and all if they are counted. */
const inSlices = Effect.fnUntraced(function* (sql: SqlClient, turns: Turns, query: Query) {
  const test = new TypeTest(query.filter)
  const pace = new Pace(query.filter, turns.length, yield* Clock.Clock)
  const found: Array<Rows[number]> = []
  let total = 0
  let after = query.after
  while (true) {
    const limit = query.limit - found.length
    const slice = yield* turns.take(
      pace.measure((rows) => Effect.mapError(look(sql, { ...query, after, limit }, rows, test), failure))
    )
    found.push(...slice.rows)
    total += slice.total
    if (slice.end === undefined || (!query.isCounted && found.length === query.limit))
      return { rows: found, total }
    after = slice.end
  }
})

/** Looks at so many rows in the order of the listing. Gives the last position, unless there are no more rows. */
const look = Effect.fnUntraced(function* (sql: SqlClient, query: Query, rows: number, test: TypeTest) {
  const end = yield* endOf(sql, query, rows)
  const range = end === undefined ? [] : [upTo(sql, query, end)]
  const types = yield* typesOf(sql, query, "InOrder", range, test)
  const found: Rows = query.limit > 0 ? yield* pageOf(sql, query, "InOrder", range, types) : []
  const isAll = query.limit > 0 && found.length < query.limit
  const total = !query.isCounted || isAll ? found.length : yield* count(sql, query, "InOrder", range, types)
  return { rows: found, total, end }
})

/** The last of so many rows from where a page begins; none if there are fewer. */
const endOf = (
  sql: SqlClient,
  query: PageQuery,
  rows: number
): Effect.Effect<Position | undefined, SqlError> => {
  const column = sql(sortColumns[query.sort.field])
  const { filter, microgridId, sort } = query
  const all = [...present(sql, microgridId), beyond(sql, query), ...within(sql, sort.field, filter)]
  return Effect.map(
    sql<{ readonly key: bigint; readonly id: bigint }>`
      SELECT ${column} AS key, id FROM ${table(sql, query, "InOrder")} WHERE ${sql.and(all)}
      ${order(sql, query)} LIMIT 1 OFFSET ${BigInt(rows - 1)}
    `,
    ([row]) => (row === undefined ? undefined : { key: row.key, id: row.id as DispatchId })
  )
}

type Range = ReadonlyArray<Fragment>
type Types = ReadonlyArray<string> | undefined

/** The types in a range that hold a part asked for, if there are so many parts that each type is tested once. */
const typesOf = (
  sql: SqlClient,
  query: Query,
  way: Way,
  range: Range,
  test: TypeTest
): Effect.Effect<Types, SqlError> => {
  if (!test.isLong) return Effect.undefined
  const filter = { ...query.filter, queries: [] }
  return Effect.flatMap(
    sql<{ readonly type: string }>`
      SELECT DISTINCT type FROM ${table(sql, query, way)} WHERE ${matches(sql, { ...query, filter }, way, range)}
    `,
    (rows) =>
      Effect.map(
        inTurns(rows, ({ type }) => (test.passes(type) ? [type] : [])),
        (all) => all.flat()
      )
  )
}

const count = (sql: SqlClient, query: Query, way: Way, range: Range, types: Types) =>
  Effect.map(
    sql<{ readonly count: bigint }>`
      SELECT count(*) AS count FROM ${table(sql, query, way)} WHERE ${matches(sql, query, way, range, types)}
    `,
    ([row]) => Number(row?.count ?? 0)
  )

/** The statement that reads a page, or its part in a range. */
export const pageOf = (sql: SqlClient, query: PageQuery, way: Way, range: Range = [], types?: Types) =>
  sql<{ readonly data: Uint8Array }>`
    SELECT data FROM ${table(sql, query, way)} WHERE ${matches(sql, query, way, range, types)}
    ${order(sql, query)} LIMIT ${BigInt(query.limit)}
  `

const matches = (sql: SqlClient, query: PageQuery, way: Way, range: Range, types?: Types): Fragment =>
  sql.and([conditions(sql, query.microgridId, query.filter, way, types), beyond(sql, query), ...range])

/** SQLite is told the index, if any, so that no other misleads it; PostgreSQL knows the contents of its tables. */
const table = (sql: SqlClient, { sort }: PageQuery, way: Way): Fragment =>
  sql.onDialectOrElse({
    pg: () => sql.literal("dispatches"),
    orElse: () =>
      sql.literal(
        way === "InOrder"
          ? `dispatches INDEXED BY dispatches_in_order_of_${sortColumns[sort.field]}`
          : "dispatches NOT INDEXED"
      )
  })

const order = (sql: SqlClient, { sort }: PageQuery): Fragment => {
  const direction = sql.literal(sort.order === "ascending" ? "ASC" : "DESC")
  return sql`ORDER BY ${sql(sortColumns[sort.field])} ${direction}, id ${direction}`
}

const beyond = (sql: SqlClient, { after, sort }: PageQuery): Fragment => {
  if (after === undefined) return sql.literal("1 = 1")
  const column = sql(sortColumns[sort.field])
  return sort.order === "ascending"
    ? sql`(${column}, id) > (${after.key}, ${after.id})`
    : sql`(${column}, id) < (${after.key}, ${after.id})`
}

const upTo = (sql: SqlClient, { sort }: PageQuery, { id, key }: Position): Fragment => {
  const column = sql(sortColumns[sort.field])
  return sort.order === "ascending"
    ? sql`(${column}, id) <= (${key}, ${id})`
    : sql`(${column}, id) >= (${key}, ${id})`
}

/** The number of rows for a slice: few at first if there are many conditions, then as many as its time allows. */
class Pace {
  readonly #nanos: number
  readonly #clock: Clock.Clock
  #rows: number

  constructor(filter: DispatchFilter, length: Duration.Duration, clock: Clock.Clock) {
    this.#nanos = Duration.toMillis(length) * 1e6
    this.#clock = clock
    const tests = 1 + partsAsked(filter).length
    this.#rows = Math.max(scanRowsMin, Math.floor(conditionsFirst / tests))
  }

  measure<A, E>(slice: (rows: number) => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      const began = this.#clock.monotonicTimeNanosUnsafe()
      return Effect.tap(slice(this.#rows), () => Effect.sync(() => this.#learn(began)))
    })
  }

  #learn(began: bigint): void {
    const took = Number(this.#clock.monotonicTimeNanosUnsafe() - began)
    if (took > this.#nanos) this.#rows = Math.max(scanRowsMin, this.#rows >> 1)
    else if (took * 2 < this.#nanos) this.#rows = Math.min(scanRowsMax, this.#rows * 2)
  }
}
