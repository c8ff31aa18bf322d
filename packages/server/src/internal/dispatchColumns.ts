/** The columns by which a store filters and sorts. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchFilter, DispatchSort, TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"

/** The columns of a dispatch. Instants are epoch milliseconds, that of the last change nanoseconds. */
export interface Columns {
  readonly id: DispatchId
  readonly name: string | undefined
  readonly type: string
  readonly startTime: bigint
  /** Absent if it never ends. */
  readonly endTime: bigint | undefined
  readonly active: boolean
  readonly dryRun: boolean
  readonly recurring: boolean
  /** It recurs in local time. */
  readonly calendar: boolean
  readonly createTime: bigint
  readonly updateTime: bigint
  /** The parts of the target. */
  readonly parts: ReadonlyArray<string>
}

/** The columns of a dispatch. */
export const columnsOf = (dispatch: Dispatch): Columns => ({
  id: dispatch.id,
  name: dispatch.name,
  type: dispatch.type,
  startTime: BigInt(dispatch.startTime.epochMilliseconds),
  endTime: dispatch.endTime && BigInt(dispatch.endTime.epochMilliseconds),
  active: dispatch.active,
  dryRun: dispatch.dryRun,
  recurring: dispatch.recurrence !== undefined,
  calendar: dispatch.recurrence?.timeZone !== undefined,
  createTime: BigInt(dispatch.createTime.epochMilliseconds),
  updateTime: dispatch.updateTime,
  parts: Target.parts(dispatch.target)
})

/** The columns that are true or false; a filter asks for either. */
export const flags = ["active", "dryRun", "recurring"] as const

/**
 * The time that a dispatch that recurs in local time still counts as not over: actors with other zone data may have runs
 * of it.
 */
export const calendarSlackMillis = 48 * 3_600_000

/** A query, parsed: an id, or a part of the type. */
export const parseQuery = (query: string): { readonly id: bigint } | { readonly part: string } =>
  /^#\d{1,20}$/.test(query) ? { id: BigInt(query.slice(1)) } : { part: query }

/** The value that a listing is sorted by. */
export const sortKey = (columns: Columns, { field }: DispatchSort): bigint => columns[field]

/** Gives the test of a filter: true for a dispatch that passes every condition. */
export const matching = (filter: DispatchFilter): ((columns: Columns) => boolean) => {
  const { ids = [], names = [], queries = [], targets = [] } = filter
  const sought = Target.partsOverlapping(targets)
  return (columns) =>
    flags.every((flag) => filter[flag] === undefined || filter[flag] === columns[flag]) &&
    (ids.length === 0 || ids.includes(columns.id)) &&
    (names.length === 0 || names.some((name) => name === columns.name)) &&
    (targets.length === 0 || columns.parts.some((part) => sought.has(part))) &&
    (queries.length === 0 || queries.some((query) => asksFor(query, columns))) &&
    isWithin(columns.startTime, filter.startTime) &&
    isWithin(columns.updateTime / 1_000_000n, filter.updateTime) &&
    (columns.endTime === undefined || isWithin(columns.endTime, filter.endTime))
}

const asksFor = (text: string, { id, type }: Columns): boolean => {
  const query = parseQuery(text)
  return "id" in query ? query.id === id : type.includes(query.part)
}

const isWithin = (millis: bigint, interval: TimeInterval | undefined): boolean =>
  interval === undefined ||
  ((interval.from === undefined || millis >= BigInt(interval.from.epochMilliseconds)) &&
    (interval.to === undefined || millis < BigInt(interval.to.epochMilliseconds)))
