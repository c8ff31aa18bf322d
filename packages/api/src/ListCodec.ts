/**
 * Requests to list dispatches, between wire and model.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import type { DispatchFilter, DispatchSort, TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Result } from "effect"
import type { CodecError } from "./CodecError.ts"
import { type Coded, each, firstFault, isRefused, refuse, unsigned32, wellFormed } from "./internal/coded.ts"
import {
  type DispatchFilter as FilterMessage,
  DispatchFilterSchema,
  type Interval,
  IntervalSchema,
  type ListMicrogridDispatchesRequest,
  ListMicrogridDispatchesRequestSchema,
  SortField,
  type SortOptions,
  SortOptionsSchema,
  SortOrder
} from "./Protobuf.ts"
import * as TargetCodec from "./internal/targetCodec.ts"
import * as TimestampCodec from "./internal/timestampCodec.ts"

/**
 * A request for a page of a listing, on the wire: the first page by size, the others by token.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListRequest {
  readonly microgridId: MicrogridId
  readonly filter: DispatchFilter
  readonly sort: DispatchSort | undefined
  readonly page: { readonly size: number } | { readonly token: string } | undefined
}

/**
 * Writes a request to list dispatches.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ListCodec } from "@effect-dispatch/api"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { Result } from "effect"
 *
 * const encoded = ListCodec.encode({
 *   microgridId: MicrogridId.make(1n),
 *   filter: { active: true, queries: ["#12"] },
 *   sort: { field: "startTime", order: "ascending" },
 *   page: { size: 100 }
 * })
 * const { filter, page } = Result.getOrThrow(ListCodec.decode(Result.getOrThrow(encoded)))
 * assert.deepStrictEqual(filter, { active: true, queries: ["#12"] })
 * assert.deepStrictEqual(page, { size: 100 })
 * ```
 *
 * @category list
 * @since 0.1.0
 */
export const encode = (request: ListRequest): Result.Result<ListMicrogridDispatchesRequest, CodecError> => {
  const filter = encodeFilter(request.filter)
  if (isRefused(filter)) return Result.fail(filter)
  const { page, sort } = request
  const fault = page && "size" in page ? unsigned32(page.size, "pageSize") : undefined
  if (fault !== undefined) return Result.fail(fault)
  return Result.succeed(
    create(ListMicrogridDispatchesRequestSchema, {
      microgridId: request.microgridId,
      filter,
      ...(sort === undefined ? undefined : { sortOptions: encodeSort(sort) }),
      ...(page === undefined
        ? undefined
        : {
            paginationParams: {
              params:
                "token" in page
                  ? { case: "pageToken", value: page.token }
                  : { case: "pageSize", value: page.size }
            }
          })
    })
  )
}

/**
 * Reads a request to list dispatches.
 *
 * @category list
 * @since 0.1.0
 */
export const decode = (message: ListMicrogridDispatchesRequest): Result.Result<ListRequest, CodecError> => {
  const filter = message.filter === undefined ? {} : decodeFilter(message.filter)
  if (isRefused(filter)) return Result.fail(filter)
  const sort = message.sortOptions && decodeSort(message.sortOptions)
  if (isRefused(sort)) return Result.fail(sort)
  const params = message.paginationParams?.params
  const page =
    params?.case === "pageToken"
      ? { token: params.value }
      : params?.case === "pageSize"
        ? { size: params.value }
        : undefined
  return Result.succeed({ microgridId: message.microgridId as MicrogridId, filter, sort, page })
}

type Writable<A> = { -readonly [key in keyof A]: A[key] }

const encodeInterval = (interval: TimeInterval, path: string): Coded<Interval> => {
  const startTime = interval.from && TimestampCodec.encode(interval.from, `${path}.from`)
  if (isRefused(startTime)) return startTime
  const endTime = interval.to && TimestampCodec.encode(interval.to, `${path}.to`)
  if (isRefused(endTime)) return endTime
  return create(IntervalSchema, {
    ...(startTime === undefined ? undefined : { startTime }),
    ...(endTime === undefined ? undefined : { endTime })
  })
}

const decodeInterval = (interval: Interval, path: string): Coded<TimeInterval> => {
  const from = interval.startTime && TimestampCodec.decode(interval.startTime, `${path}.from`)
  if (isRefused(from)) return from
  const to = interval.endTime && TimestampCodec.decode(interval.endTime, `${path}.to`)
  if (isRefused(to)) return to
  return { ...(from === undefined ? undefined : { from }), ...(to === undefined ? undefined : { to }) }
}

const encodeFilter = (filter: DispatchFilter): Coded<FilterMessage> => {
  const targets = each(filter.targets ?? [], "filter.targets", (target, path) =>
    TargetCodec.encode(target, path, "service")
  )
  if (isRefused(targets)) return targets
  const fault =
    firstFault(filter.queries ?? [], "filter.queries", wellFormed) ??
    firstFault(filter.names ?? [], "filter.names", wellFormed)
  if (fault !== undefined) return fault
  const message = create(DispatchFilterSchema, {
    targets,
    dispatchIds: [...(filter.ids ?? [])],
    queries: [...(filter.queries ?? [])],
    names: [...(filter.names ?? [])]
  })
  for (const [key, field] of flagFields) if (filter[key] !== undefined) message[field] = filter[key]
  if (filter.recurring !== undefined) message.recurrence = { case: "isRecurring", value: filter.recurring }
  for (const [key, field] of intervalFields) {
    const interval = filter[key] && encodeInterval(filter[key], `filter.${key}`)
    if (isRefused(interval)) return interval
    if (interval !== undefined) message[field] = interval
  }
  return message
}

const decodeFilter = (message: FilterMessage): Coded<DispatchFilter> => {
  const targets = each(message.targets, "filter.targets", TargetCodec.decodeSought)
  if (isRefused(targets)) return targets
  const filter: Writable<DispatchFilter> = {}
  if (targets.length > 0) filter.targets = targets
  for (const [key, field] of flagFields) if (message[field] !== undefined) filter[key] = message[field]
  if (message.recurrence.case === "isRecurring") filter.recurring = message.recurrence.value
  if (message.recurrence.case === "filter") filter.recurring = true
  if (message.dispatchIds.length > 0) filter.ids = message.dispatchIds as Array<DispatchId>
  if (message.queries.length > 0) filter.queries = message.queries
  if (message.names.length > 0) filter.names = message.names
  for (const [key, field] of intervalFields) {
    const interval = message[field] && decodeInterval(message[field], `filter.${key}`)
    if (isRefused(interval)) return interval
    if (interval !== undefined) filter[key] = interval
  }
  return filter
}

const flagFields = [
  ["active", "isActive"],
  ["dryRun", "isDryRun"]
] as const

const intervalFields = [
  ["startTime", "startTimeInterval"],
  ["endTime", "endTimeInterval"],
  ["updateTime", "updateTimeInterval"]
] as const

const sortFields = {
  startTime: SortField.START_TIME,
  createTime: SortField.CREATE_TIME,
  updateTime: SortField.LAST_UPDATE_TIME
}

const encodeSort = ({ field, order }: DispatchSort): SortOptions =>
  create(SortOptionsSchema, {
    sortField: sortFields[field],
    sortOrder: order === "ascending" ? SortOrder.ASCENDING : SortOrder.DESCENDING
  })

/** An unspecified part gets its default: by creation time, newest first. */
const decodeSort = ({ sortField, sortOrder }: SortOptions): Coded<DispatchSort> => {
  const fields: { readonly [number: number]: DispatchSort["field"] } = {
    [SortField.UNSPECIFIED]: "createTime",
    [SortField.START_TIME]: "startTime",
    [SortField.CREATE_TIME]: "createTime",
    [SortField.LAST_UPDATE_TIME]: "updateTime"
  }
  const field = fields[sortField]
  if (field === undefined) return refuse("sort.field", `${sortField} is not a field to sort by`)
  if (SortOrder[sortOrder] === undefined) return refuse("sort.order", `${sortOrder} is not an order`)
  return { field, order: sortOrder === SortOrder.ASCENDING ? "ascending" : "descending" }
}
