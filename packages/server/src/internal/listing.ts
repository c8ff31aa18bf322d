/** The content and order of a listing, as the memory store and the tests evaluate it. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchFilter, DispatchSort, TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import * as Target from "@effect-dispatch/core/Target"

/** A query, parsed: an id, or a part of the type. */
export const parseQuery = (query: string): { readonly id: bigint } | { readonly part: string } =>
  /^#\d{1,20}$/.test(query) ? { id: BigInt(query.slice(1)) } : { part: query }

/** The value that a listing is sorted by: milliseconds of the start or creation, nanoseconds of the update. */
export const sortKey = (dispatch: Dispatch, sort: DispatchSort): bigint =>
  sort.field === "updateTime" ? dispatch.updateTime : BigInt(dispatch[sort.field].epochMilliseconds)

/** Gives the test of a filter: true for a dispatch that passes every condition. */
export const matching = (filter: DispatchFilter): ((dispatch: Dispatch) => boolean) => {
  const { ids = [], queries = [], targets = [] } = filter
  const parts = Target.partsOverlapping(targets)
  return (dispatch) =>
    (filter.active === undefined || filter.active === dispatch.active) &&
    (filter.dryRun === undefined || filter.dryRun === dispatch.dryRun) &&
    (filter.recurring === undefined || filter.recurring === (dispatch.recurrence !== undefined)) &&
    (ids.length === 0 || ids.includes(dispatch.id)) &&
    (targets.length === 0 || Target.parts(dispatch.target).some((part) => parts.has(part))) &&
    (queries.length === 0 || queries.some((query) => asksFor(query, dispatch))) &&
    isWithin(dispatch.startTime.epochMilliseconds, filter.startTime) &&
    isWithin(Number(dispatch.updateTime / 1_000_000n), filter.updateTime) &&
    (dispatch.endTime === undefined || isWithin(dispatch.endTime.epochMilliseconds, filter.endTime))
}

const asksFor = (text: string, dispatch: Dispatch): boolean => {
  const query = parseQuery(text)
  return "id" in query ? query.id === dispatch.id : dispatch.type.includes(query.part)
}

const isWithin = (millis: number, interval: TimeInterval | undefined): boolean =>
  interval === undefined ||
  ((interval.from === undefined || millis >= interval.from.epochMilliseconds) &&
    (interval.to === undefined || millis < interval.to.epochMilliseconds))
