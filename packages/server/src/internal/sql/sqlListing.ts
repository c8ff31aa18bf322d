/**
 * Reads listings. One read looks at a bounded number of rows. A longer listing goes on in slices of rows, and others
 * have their turn between two slices.
 */
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { ListingBegun, PageQuery, Position, StoreError } from "../../DispatchStore.ts"
import { Listed } from "../storedDispatch.ts"
import { inTurns } from "../turns.ts"
import { failure } from "./sqlFailure.ts"
import { Pace, type Turns } from "./sqlPace.ts"
import { type Row, type SqlPages, tableInOrder } from "./sqlPages.ts"
import {
  conditions,
  type Database,
  idIn,
  idsAsked,
  present,
  sortColumns,
  toSigned,
  within
} from "./sqlRows.ts"
import * as SqlNames from "./sqlNames.ts"
import * as SqlTargets from "./sqlTargets.ts"
import { TypeTest } from "./typeTest.ts"

/** A database, and the prepared reads of listings in it. */
export interface ListedDatabase extends Database {
  readonly pages: SqlPages
}

/** A page, with a count of all matches from there on if asked for. */
export interface Query extends PageQuery {
  readonly isCounted: boolean
}

/** A listing that is being read. */
interface Reading<Q extends PageQuery = Query> {
  readonly sql: SqlClient
  readonly query: Q
  readonly test: TypeTest
}

interface Found {
  readonly rows: ReadonlyArray<Row>
  readonly total: number
}

/** Reads a part of a listing, and counts all of it if that is asked for; else the total is 0. */
export const list = (
  { format, pages, sql }: ListedDatabase,
  turns: Turns,
  query: Query
): Effect.Effect<ListingBegun, StoreError> =>
  Effect.map(
    Effect.flatMap(idsKnown(sql, turns, query), (ids): Effect.Effect<Found, StoreError> =>
      ids !== undefined
        ? ofIds({ sql, query, test: new TypeTest(query.filter) }, turns, ids)
        : isNarrowed(query.filter)
          ? inSlices(turns, query, lookThrough(sql, query))
          : query.isCounted
            ? inSlices(turns, query, lookAtAll(sql, pages))
            : turns.take(atOnce(pages, query))
    ),
    ({ rows, total }) => ({
      dispatches: rows.map(({ data, id, key }) => new Listed(format, data, { id, key })),
      total
    })
  )

/** The ids of all possible matches if they are few; else rows are read in the order of the listing. */
const idsKnown = (
  sql: SqlClient,
  turns: Turns,
  { filter, microgridId }: PageQuery
): Effect.Effect<ReadonlyArray<bigint> | undefined, StoreError> => {
  const asked = idsAsked(filter)
  if (asked !== undefined) return Effect.succeed(asked)
  const { names = [], targets = [] } = filter
  if (names.length === 0 && targets.length === 0) return Effect.undefined
  const ids: Effect.Effect<ReadonlyArray<bigint> | undefined, SqlError> =
    names.length > 0
      ? SqlNames.idsOf(sql, toSigned(microgridId), names)
      : SqlTargets.idsOf(sql, toSigned(microgridId), targets)
  return turns.take(Effect.mapError(ids, failure))
}

/** True if a filter may leave anything out. */
const isNarrowed = (filter: DispatchFilter): boolean =>
  Object.values(filter).some((each) => each !== undefined && !(Array.isArray(each) && each.length === 0))

/** Reads a page of all that there is, whose cost is its length. */
const atOnce = (pages: SqlPages, query: Query): Effect.Effect<Found, StoreError> =>
  Effect.mapBoth(pages.page(query), { onSuccess: (rows) => ({ rows, total: 0 }), onFailure: failure })

/** Sorts the positions of matches among known ids, then reads the page: SQLite would drag all data through its sorter. */
const ofIds = Effect.fnUntraced(function* (reading: Reading, turns: Turns, ids: ReadonlyArray<bigint>) {
  const { query } = reading
  const order = orderOf(query)
  let left = (yield* positionsOf(reading, turns, ids)).toSorted(order)
  const total = query.isCounted ? left.length : 0
  const found: Array<Row> = []
  while (found.length < query.limit && left.length > 0) {
    const next = left.slice(0, query.limit - found.length)
    const rows = yield* turns.take(Effect.mapError(rowsAt(reading, next), failure))
    left = left.slice(next.length)
    const end = next.at(-1)
    // A dispatch that was changed meanwhile may now stand behind others.
    const isHere = (row: Position) => left.length === 0 || end === undefined || order(row, end) <= 0
    found.push(...rows.filter(isHere).toSorted(order))
    left = [...left, ...rows.filter((row) => !isHere(row))].toSorted(order)
  }
  return { rows: found, total }
})

/** The positions of the matches among ids that the page or a later one shows. */
const positionsOf = Effect.fnUntraced(function* (reading: Reading, turns: Turns, ids: ReadonlyArray<bigint>) {
  const pace = yield* Pace.make(reading.query.filter, turns, "ById")
  const found: Array<Position> = []
  let at = 0
  while (at < ids.length) {
    const slice = yield* pace.take((rows) => {
      const some = ids.slice(at, at + rows)
      at += rows
      return Effect.mapError(matchesAt(reading, some), failure)
    })
    found.push(...slice)
  }
  return found
})

/** The positions of the matches among ids. */
const matchesAt = Effect.fnUntraced(function* (reading: Reading, ids: ReadonlyArray<bigint>) {
  const { query, sql } = reading
  const types = yield* typesOf(reading, "ById", [idIn(sql, ids)])
  return yield* amongIds<Position>(sql, query, { ids, types, columns: [] })
})

/** The rows at positions, as far as they still match, with the positions that they have now. */
const rowsAt = Effect.fnUntraced(function* (reading: Reading, positions: ReadonlyArray<Position>) {
  const { sql } = reading
  const ids = positions.map(({ id }) => id)
  const query = { ...reading.query, after: undefined }
  const types = yield* typesOf({ ...reading, query }, "ById", [idIn(sql, ids)])
  return yield* amongIds<Row>(sql, query, { ids, types, columns: ["data"] })
})

/** The rows and columns to read by id. */
interface Among {
  readonly ids: ReadonlyArray<bigint>
  /** The columns beside the position. */
  readonly columns: ReadonlyArray<string>
  readonly types?: Types
}

/** The statement that reads the matches among ids, in any order. */
export const amongIds = <A extends object>(
  sql: SqlClient,
  query: PageQuery,
  { columns, ids, types }: Among
) =>
  sql<A>`
    SELECT ${sql.literal([`${sortColumns[query.sort.field]} AS key`, "id", ...columns].join(", "))}
    FROM ${table(sql, query, "ById")} WHERE ${matches(sql, query, [idIn(sql, ids)], types)}`

/** Compares positions in the order of a listing. */
const orderOf = ({ sort }: PageQuery) => {
  const sign = sort.order === "ascending" ? 1 : -1
  return (one: Position, other: Position): number =>
    sign * (one.key === other.key ? compare(one.id, other.id) : compare(one.key, other.key))
}

const compare = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0)

/** The matches among some rows, and the last position unless there are no more rows. */
interface Slice extends Found {
  readonly end: Position | undefined
}

/** Looks at so many rows in the order of the listing. */
type Look = (query: Query, rows: number) => Effect.Effect<Slice, SqlError>

/** Reads as many slices as it takes to fill the page, and all if they are counted. */
const inSlices = Effect.fnUntraced(function* (turns: Turns, query: Query, look: Look) {
  const pace = yield* Pace.make(query.filter, turns, "InOrder")
  const found: Array<Row> = []
  let total = 0
  let after = query.after
  while (true) {
    const limit = query.limit - found.length
    const slice = yield* pace.take((rows) => Effect.mapError(look({ ...query, after, limit }, rows), failure))
    found.push(...slice.rows)
    total += slice.total
    if (slice.end === undefined || (!query.isCounted && found.length === query.limit))
      return { rows: found, total }
    after = slice.end
  }
})

/** Looks at all that there is; where that is no more than a slice, by statements that are prepared. */
const lookAtAll =
  (sql: SqlClient, pages: SqlPages): Look =>
  (query, rows) =>
    Effect.flatMap(pages.endOf(query, rows), (end) =>
      end === undefined
        ? Effect.map(
            counted(query, query.limit > 0 ? pages.page(query) : Effect.succeed([]), pages.count(query)),
            (found): Slice => ({ ...found, end })
          )
        : lookThrough(sql, query)(query, rows)
    )

/** The rows and the number of all; these are not counted if they are seen to be all. */
const counted = (
  { limit }: Query,
  rows: Effect.Effect<ReadonlyArray<Row>, SqlError>,
  count: Effect.Effect<number, SqlError>
): Effect.Effect<Found, SqlError> =>
  Effect.flatMap(rows, (found) =>
    Effect.map(limit > found.length ? Effect.succeed(found.length) : count, (total) => ({
      rows: found,
      total
    }))
  )

/** Looks for the matches of a filter. */
const lookThrough = (sql: SqlClient, { filter }: Query): Look => {
  const test = new TypeTest(filter)
  return (query, rows) => matchesAmong({ sql, query, test }, rows)
}

const matchesAmong = Effect.fnUntraced(function* (reading: Reading, rows: number) {
  const { query, sql } = reading
  const end = yield* endOf(sql, query, rows)
  const range = end === undefined ? [] : [upTo(sql, query, end)]
  const types = yield* typesOf(reading, "InOrder", range)
  const found: ReadonlyArray<Row> = query.limit > 0 ? yield* pageOf(sql, query, range, types) : []
  const isAll = query.limit > 0 && found.length < query.limit
  const total = !query.isCounted || isAll ? found.length : yield* count(sql, query, range, types)
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
  { query, sql, test }: Reading<PageQuery>,
  way: Way,
  range: Range
): Effect.Effect<Types, SqlError> => {
  if (!test.isLong) return Effect.undefined
  const filter = { ...query.filter, queries: [] }
  return Effect.flatMap(
    sql<{ readonly type: string }>`
      SELECT DISTINCT type FROM ${table(sql, query, way)} WHERE ${matches(sql, { ...query, filter }, range)}
    `,
    (rows) =>
      Effect.map(
        inTurns(rows, ({ type }) => (test.passes(type) ? [type] : [])),
        (all) => all.flat()
      )
  )
}

const count = (sql: SqlClient, query: Query, range: Range, types: Types) =>
  Effect.map(
    sql<{ readonly count: bigint }>`
      SELECT count(*) AS count FROM ${table(sql, query, "InOrder")} WHERE ${matches(sql, query, range, types)}
    `,
    ([row]) => Number(row?.count ?? 0)
  )

/** The statement that reads a page, or its part in a range. */
export const pageOf = (sql: SqlClient, query: PageQuery, range: Range = [], types?: Types) =>
  sql<Row>`
    SELECT ${sql(sortColumns[query.sort.field])} AS key, id, data FROM ${table(sql, query, "InOrder")} WHERE ${matches(sql, query, range, types)}
    ${order(sql, query)} LIMIT ${BigInt(query.limit)}
  `

const matches = (sql: SqlClient, query: PageQuery, range: Range, types?: Types): Fragment =>
  sql.and([conditions(sql, query.microgridId, query.filter, types), beyond(sql, query), ...range])

/** Rows are looked up by their ids, or read in the order of the listing. */
type Way = "ById" | "InOrder"

/** SQLite is told that there is no index, so that none misleads it; PostgreSQL knows the contents of its tables. */
const table = (sql: SqlClient, { sort }: PageQuery, way: Way): Fragment =>
  way === "InOrder"
    ? sql.literal(tableInOrder(sql, sort))
    : sql.onDialectOrElse({
        pg: () => sql.literal("dispatches"),
        orElse: () => sql.literal("dispatches NOT INDEXED")
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
