/** Dispatches as rows, and filters as conditions on them. */
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import { idMax } from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchFilter, TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Array as Arr, type DateTime, Result } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { parseQuery } from "../listing.ts"
import * as SqlTargets from "./sqlTargets.ts"

/** Columns hold signed integers of 64 bits. */
export const toSigned = (id: bigint): bigint => BigInt.asIntN(64, id)

/** An instant as a column holds it. */
export const millisOf = (instant: DateTime.Utc): bigint => BigInt(instant.epochMilliseconds)

/** Milliseconds as a column of nanoseconds compares with: what is beyond all that it can hold is as good as its bound. */
export const nanosOf = (millis: bigint): bigint => {
  const nanos = millis * 1_000_000n
  return nanos > idMax ? idMax : nanos < -idMax ? -idMax : nanos
}

/** What the service stores was validated before, so neither direction can fail. */
export const toData = (dispatch: Dispatch): Uint8Array =>
  toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch)))

/** Reads what `toData` wrote. */
export const fromData = (data: Uint8Array): Dispatch =>
  Result.getOrThrow(DispatchCodec.decodeDispatch(fromBinary(DispatchSchema, data)))

/** The columns of a dispatch but its id. */
export const rowOf = (microgridId: MicrogridId, dispatch: Dispatch, data: Uint8Array) => ({
  microgrid_id: toSigned(microgridId),
  type: dispatch.type,
  start_time: millisOf(dispatch.startTime),
  end_time: dispatch.endTime === undefined ? null : millisOf(dispatch.endTime),
  active: dispatch.active ? 1n : 0n,
  dry_run: dispatch.dryRun ? 1n : 0n,
  recurring: dispatch.recurrence === undefined ? 0n : 1n,
  create_time: millisOf(dispatch.createTime),
  update_time: dispatch.updateTime,
  data
})

/** The column a listing is sorted by; `sortKey` in `listing.ts` gives the same of one dispatch. */
export const sortColumns = {
  startTime: "start_time",
  createTime: "create_time",
  updateTime: "update_time"
} as const

/** The filter as a condition; `matching` in `listing.ts` says the same of one dispatch. */
export const conditions = (
  sql: SqlClient,
  microgridId: MicrogridId,
  filter: DispatchFilter,
  way: SqlTargets.Way
): Fragment => {
  const microgrid = toSigned(microgridId)
  const { targets = [] } = filter
  const isByTarget = targets.length > 0 && way === "ByTarget"
  // With a plus no index is used for it, so that dispatches are looked up by target.
  const column = sql.literal(isByTarget ? "+microgrid_id" : "microgrid_id")
  const all: Array<Fragment> = [sql`${column} = ${microgrid}`, sql`deleted_time IS NULL`]
  if (targets.length > 0) all.push(SqlTargets.condition(sql, microgrid, targets, way))
  if (filter.active !== undefined) all.push(sql`active = ${filter.active ? 1n : 0n}`)
  if (filter.dryRun !== undefined) all.push(sql`dry_run = ${filter.dryRun ? 1n : 0n}`)
  if (filter.recurring !== undefined) all.push(sql`recurring = ${filter.recurring ? 1n : 0n}`)
  if (filter.ids !== undefined && filter.ids.length > 0) {
    const possible = filter.ids.filter((id) => id <= idMax)
    all.push(possible.length === 0 ? sql.literal("1 = 0") : sql.in("id", possible))
  }
  if (filter.queries !== undefined && filter.queries.length > 0)
    all.push(
      anyOf(
        sql,
        filter.queries.map((query) => asks(sql, query))
      )
    )
  all.push(...within(sql, "start_time", filter.startTime))
  all.push(...within(sql, "update_time", filter.updateTime, nanosOf))
  const end = within(sql, "end_time", filter.endTime)
  if (end.length > 0) all.push(sql.or([sql`end_time IS NULL`, sql.and(end)]))
  return sql.and(all)
}

/** One of many conditions. A chain of them would be too deep a tree for SQLite. */
const anyOf = (sql: SqlClient, all: ReadonlyArray<Fragment>): Fragment =>
  sql.or(Arr.chunksOf(all, 100).map((some) => sql.or(some)))

const asks = (sql: SqlClient, text: string): Fragment => {
  const query = parseQuery(text)
  if ("id" in query) return query.id > idMax ? sql.literal("1 = 0") : sql`id = ${query.id}`
  // No type holds it, and not every database takes it for text.
  if (query.part.includes("\0")) return sql.literal("1 = 0")
  return sql.onDialectOrElse({
    pg: () => sql`strpos(type, ${query.part}) > 0`,
    orElse: () => sql`instr(type, ${query.part}) > 0`
  })
}

const within = (
  sql: SqlClient,
  column: string,
  interval: TimeInterval | undefined,
  unitsOf: (millis: bigint) => bigint = (millis) => millis
): ReadonlyArray<Fragment> => {
  const all: Array<Fragment> = []
  const name = sql(column)
  if (interval?.from !== undefined) all.push(sql`${name} >= ${unitsOf(millisOf(interval.from))}`)
  if (interval?.to !== undefined) all.push(sql`${name} < ${unitsOf(millisOf(interval.to))}`)
  return all
}
