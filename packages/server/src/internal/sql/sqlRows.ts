/** Dispatches as rows, and filters as conditions on them. */
import { idMax } from "@effect-dispatch/api/WireLimits"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import type { DispatchFormat } from "../../DispatchFormat.ts"
import { type Columns, flags, parseQuery } from "../dispatchColumns.ts"
import * as SqlNames from "./sqlNames.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** Columns hold signed integers of 64 bits. */
export const toSigned = (id: bigint): bigint => BigInt.asIntN(64, id)

/** An instant as a column holds it. */
export const millisOf = (instant: DateTime.Utc): bigint => BigInt(instant.epochMilliseconds)

/** Milliseconds to compare with a column of nanoseconds: a value beyond its range becomes its bound. */
export const nanosOf = (millis: bigint): bigint => {
  const nanos = millis * 1_000_000n
  return nanos > idMax ? idMax : nanos < -idMax ? -idMax : nanos
}

/** A database, and the form of the dispatches in it. */
export interface Database {
  readonly sql: SqlClient
  readonly format: DispatchFormat["Service"]
}

/** Runs a read with the values of its parameters. */
export type Read<Row> = (
  ...values: ReadonlyArray<bigint | string>
) => Effect.Effect<ReadonlyArray<Row>, SqlError>

/** A database with reads that never change, prepared once; `?` stands for each parameter. */
export interface ReadDatabase extends Database {
  readonly read: <Row>(statement: string) => Read<Row>
}

/** Reads by any client of SQL, with parameters as PostgreSQL numbers them. */
export const readBy =
  (sql: SqlClient): ReadDatabase["read"] =>
  <Row>(statement: string) => {
    let count = 0
    const numbered = statement.replaceAll("?", () => `$${++count}`)
    return (...values) => sql.unsafe<Row & object>(numbered, values)
  }

/** The columns that are true or false, with their names in SQL: `dry_run` for `dryRun`. */
const flagColumns = flags
  .filter((flag) => flag !== "recurring")
  .map((flag) => [flag, flag.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] as const)

/** The kinds of rules in the column `recurs`: none, in UTC, in local time. */
export const recursInLocalTime = 2n

const recursOf = ({ calendar, recurring }: Columns): bigint =>
  calendar ? recursInLocalTime : recurring ? 1n : 0n

/** The columns of a dispatch, with its bytes but without its id and the parts of its target. */
export const rowOf = (microgridId: MicrogridId, columns: Columns, data: Uint8Array) => ({
  microgrid_id: toSigned(microgridId),
  name: columns.name ?? null,
  type: columns.type,
  start_time: columns.startTime,
  end_time: columns.endTime ?? null,
  ...Object.fromEntries(flagColumns.map(([flag, name]) => [name, columns[flag] ? 1n : 0n])),
  recurs: recursOf(columns),
  create_time: columns.createTime,
  update_time: columns.updateTime,
  data
})

/** The column that a listing is sorted by, as `sortKey` for one dispatch. */
export const sortColumns = {
  startTime: "start_time",
  createTime: "create_time",
  updateTime: "update_time"
} as const

/** The rows of a microgrid that a listing may show. */
export const present = (sql: SqlClient, microgridId: MicrogridId): ReadonlyArray<Fragment> => [
  sql`microgrid_id = ${toSigned(microgridId)}`,
  sql`deleted_time IS NULL`
]

/** The filter as a condition, but for `idsAsked`; `matching` is the same test for one dispatch. */
export const conditions = (
  sql: SqlClient,
  microgridId: MicrogridId,
  filter: DispatchFilter,
  /** The types that hold one of the parts asked for, if they were looked up before. */
  types?: ReadonlyArray<string>
): Fragment => {
  const { names = [], queries = [], targets = [] } = filter
  const all: Array<Fragment> = [...present(sql, microgridId)]
  if (targets.length > 0) all.push(SqlTargets.condition(sql, targets))
  if (names.length > 0) all.push(SqlNames.condition(sql, names))
  for (const [flag, name] of flagColumns) {
    if (filter[flag] !== undefined) all.push(sql`${sql(name)} = ${filter[flag] ? 1n : 0n}`)
  }
  if (filter.recurring !== undefined) all.push(filter.recurring ? sql`recurs > 0` : sql`recurs = 0`)
  if (queries.length > 0) all.push(asked(sql, filter, types))
  all.push(...within(sql, "startTime", filter), ...within(sql, "updateTime", filter))
  const end = within(sql, "endTime", filter)
  if (end.length > 0) all.push(sql.or([sql`end_time IS NULL`, sql.and(end)]))
  return sql.and(all)
}

/** The ids that a filter requires one of, if it leaves no other way: at most as many as it may hold. */
export const idsAsked = ({ ids = [], queries = [] }: DispatchFilter): ReadonlyArray<bigint> | undefined => {
  const asked = idsOf(queries)
  const isById = queries.length > 0 && asked.length === queries.length
  if (ids.length === 0) return isById ? possible(asked) : undefined
  if (!isById) return possible(ids)
  const both = new Set<bigint>(asked)
  return possible(ids.filter((id) => both.has(id)))
}

/** The parts of a type that a filter asks for: each is one more condition on every row. */
export const partsAsked = ({ queries = [] }: DispatchFilter): ReadonlyArray<string> =>
  queries.flatMap((text) => {
    const query = parseQuery(text)
    // No type holds it, and not every database takes it for text.
    return "part" in query && !query.part.includes("\0") ? [query.part] : []
  })

const idsOf = (queries: ReadonlyArray<string>): ReadonlyArray<bigint> =>
  queries.flatMap((text) => {
    const query = parseQuery(text)
    return "id" in query ? [query.id] : []
  })

const possible = (ids: ReadonlyArray<bigint>): ReadonlyArray<bigint> => ids.filter((id) => id <= idMax)

/** The condition that a dispatch has one of the ids, a type with one of the parts, or one of the types. */
const asked = (
  sql: SqlClient,
  filter: DispatchFilter,
  types: ReadonlyArray<string> | undefined
): Fragment => {
  const ids = possible(idsOf(filter.queries ?? []))
  const all: Array<Fragment> = ids.length === 0 ? [] : [idIn(sql, ids)]
  if (types === undefined) all.push(...partsAsked(filter).map((part) => holds(sql, part)))
  else if (types.length > 0) all.push(typeIn(sql, types))
  return all.length === 0 ? sql.literal("1 = 0") : sql.or(all)
}

const holds = (sql: SqlClient, part: string): Fragment =>
  sql.onDialectOrElse({
    pg: () => sql`strpos(type, ${part}) > 0`,
    orElse: () => sql`instr(type, ${part}) > 0`
  })

/** The condition that a dispatch has one of the ids. */
export const idIn = (sql: SqlClient, ids: ReadonlyArray<bigint>): Fragment => {
  const json = `[${ids.join(",")}]`
  return sql.onDialectOrElse({
    pg: () => sql`id = ANY(ARRAY(
      SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text(CAST(${json} AS JSONB))))`,
    orElse: () => sql`id IN (SELECT value FROM json_each(${json}))`
  })
}

const typeIn = (sql: SqlClient, types: ReadonlyArray<string>): Fragment => {
  const json = JSON.stringify(types)
  return sql.onDialectOrElse({
    pg: () => sql`type = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(${json} AS JSONB))))`,
    orElse: () => sql`type IN (SELECT value FROM json_each(${json}))`
  })
}

/** The columns of the instants that a filter may bound. */
const bounded = {
  startTime: { column: "start_time", unitsOf: (millis: bigint) => millis },
  endTime: { column: "end_time", unitsOf: (millis: bigint) => millis },
  updateTime: { column: "update_time", unitsOf: nanosOf }
} as const

/** The condition that an instant lies in the interval that the filter gives for it. */
export const within = (
  sql: SqlClient,
  field: keyof typeof bounded | "createTime",
  filter: DispatchFilter
): ReadonlyArray<Fragment> => {
  if (field === "createTime") return []
  const { column, unitsOf } = bounded[field]
  const interval = filter[field]
  const all: Array<Fragment> = []
  const name = sql(column)
  if (interval?.from !== undefined) all.push(sql`${name} >= ${unitsOf(millisOf(interval.from))}`)
  if (interval?.to !== undefined) all.push(sql`${name} < ${unitsOf(millisOf(interval.to))}`)
  return all
}
