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

/** A page, with a count of all matches from there on if asked for. */
export interface Query extends PageQuery {
  readonly isCounted: boolean
}

interface Row extends Position {
  readonly data: Uint8Array
}

interface Found {
  readonly rows: ReadonlyArray<Row>
  readonly total: number
}

/** Reads a part of a listing, and counts all of it if that is asked for; else the total is 0. */
export const list = (
  { format, sql }: Database,
  turns: Turns,
  query: Query
): Effect.Effect<ListingBegun, StoreError> =>
  Effect.map(
    Effect.flatMap(
      turns.take(Effect.mapError(idsKnown(sql, query), failure)),
      (ids): Effect.Effect<Found, StoreError> =>
        ids !== undefined
          ? ofIds(sql, turns, query, ids)
          : query.isCounted || isNarrowed(query.filter)
            ? inSlices(sql, turns, query)
            : turns.take(atOnce(sql, query))
    ),
    ({ rows, total }) => ({
      dispatches: rows.map(({ data, id, key }) => new Listed(format, data, { id, key })),
      total
    })
  )

/** The ids of all possible matches if they are few; else rows are read in the order of the listing. */
const idsKnown = (
  sql: SqlClient,
  { filter, microgridId }: PageQuery
): Effect.Effect<ReadonlyArray<bigint> | undefined, SqlError> => {
  const asked = idsAsked(filter)
  if (asked !== undefined) return Effect.succeed(asked)
  const { names = [], targets = [] } = filter
  if (names.length > 0) return SqlNames.idsOf(sql, toSigned(microgridId), names)
  return targets.length === 0 ? Effect.undefined : SqlTargets.idsOf(sql, toSigned(microgridId), targets)
}

/** True if a filter may leave anything out. */
const isNarrowed = (filter: DispatchFilter): boolean =>
  Object.values(filter).some((each) => each !== undefined && !(Array.isArray(each) && each.length === 0))

/** Reads a page of all that there is, whose cost is its length. */
const atOnce = (sql: SqlClient, query: Query): Effect.Effect<Found, StoreError> =>
  Effect.mapBoth(pageOf(sql, query), { onSuccess: (rows) => ({ rows, total: 0 }), onFailure: failure })

/** Sorts the positions of matches among known ids, then reads the page: SQLite would drag all data through its sorter. */
const ofIds = Effect.fnUntraced(function* (
  sql: SqlClient,
  turns: Turns,
  query: Query,
  ids: ReadonlyArray<bigint>
) {
  const test = new TypeTest(query.filter)
  const order = orderOf(query)
  let left = (yield* positionsOf(sql, turns, query, ids, test)).toSorted(order)
  const total = query.isCounted ? left.length : 0
  const found: Array<Row> = []
  while (found.length < query.limit && left.length > 0) {
    const next = left.slice(0, query.limit - found.length)
    const rows = yield* turns.take(Effect.mapError(rowsAt(sql, query, next, test), failure))
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
const positionsOf = Effect.fnUntraced(function* (
  sql: SqlClient,
  turns: Turns,
  query: Query,
  ids: ReadonlyArray<bigint>,
  test: TypeTest
) {
  const pace = yield* Pace.make(query.filter, turns, "ById")
  const found: Array<Position> = []
  let at = 0
  while (at < ids.length) {
    const slice = yield* pace.take((rows) => {
      const some = ids.slice(at, at + rows)
      at += rows
      return Effect.mapError(matchesAt(sql, query, some, test), failure)
    })
    found.push(...slice)
  }
  return found
})

/** The positions of the matches among ids. */
const matchesAt = Effect.fnUntraced(function* (
  sql: SqlClient,
  query: PageQuery,
  ids: ReadonlyArray<bigint>,
  test: TypeTest
) {
  const types = yield* typesOf(sql, query, "ById", [idIn(sql, ids)], test)
  return yield* amongIds<Position>(sql, query, { ids, types, columns: [] })
})

/** The rows at positions, as far as they still match, with the positions that they have now. */
const rowsAt = Effect.fnUntraced(function* (
  sql: SqlClient,
  query: PageQuery,
  positions: ReadonlyArray<Position>,
  test: TypeTest
) {
  const ids = positions.map(({ id }) => id)
  const anywhere = { ...query, after: undefined }
  const types = yield* typesOf(sql, anywhere, "ById", [idIn(sql, ids)], test)
  return yield* amongIds<Row>(sql, anywhere, { ids, types, columns: ["data"] })
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

/** Reads as many slices as it takes to fill the page, and all if they are counted. */
const inSlices = Effect.fnUntraced(function* (sql: SqlClient, turns: Turns, query: Query) {
  const test = new TypeTest(query.filter)
  const pace = yield* Pace.make(query.filter, turns, "InOrder")
  const found: Array<Row> = []
  let total = 0
  let after = query.after
  while (true) {
    const limit = query.limit - found.length
    const slice = yield* pace.take((rows) =>
      Effect.mapError(look(sql, { ...query, after, limit }, rows, test), failure)
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
  sql: SqlClient,
  query: PageQuery,
  way: Way,
  range: Range,
  test: TypeTest
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
