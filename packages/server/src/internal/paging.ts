/** The beginning and continuation of listings, and the end of a page. */
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { defaultSort, type DispatchFilter, type DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option, type Schema } from "effect"
import type { DispatchStore, Position } from "../DispatchStore.ts"
import { dispatchesReadMax } from "../ServiceLimits.ts"
import { sortKey } from "./listing.ts"
import * as PageToken from "./pageToken.ts"
import { invalid } from "./validation.ts"

/** The page asked for: the first of a new listing, or the one that a token points to. */
export interface Request {
  readonly filter?: DispatchFilter | undefined
  readonly sort?: DispatchSort | undefined
  readonly pageSize?: number | undefined
  readonly pageToken?: string | undefined
}

/** The listing to go on with. */
export const beginOrResume = Effect.fnUntraced(function* (
  secret: Uint8Array,
  microgridId: MicrogridId,
  request: Request
) {
  if (request.pageToken !== undefined) {
    const listing = PageToken.read(secret, request.pageToken)
    if (Option.isSome(listing) && listing.value.microgridId === microgridId) return listing.value
    return yield* invalid(
      "pagination_params.page_token",
      "is not a token that this service gave for this microgrid"
    )
  }
  const pageSize = request.pageSize || WireLimits.pageSizeDefault
  const filter = request.filter ?? {}
  return {
    microgridId,
    filter,
    sort: request.sort ?? defaultSort,
    pageSize: Math.min(pageSize, WireLimits.pageSizeMax),
    totalItems: undefined,
    after: undefined
  }
})

/** A listing that goes on, or one that begins and is not counted yet. */
type Listing = Omit<PageToken.Listing, "after" | "totalItems"> & {
  readonly after: Position | undefined
  readonly totalItems: number | undefined
}

/** The dispatches of the next page: as many as were asked for or as fit, at least one. */
export const readPage = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  { pageSize, totalItems, ...listing }: Listing
) {
  const page: Array<Dispatch> = []
  let bytes = 0
  let total = totalItems
  while (true) {
    const last = page.at(-1)
    const after = last === undefined ? listing.after : { key: sortKey(last, listing.sort), id: last.id }
    // After a count just now, nothing is looked for beyond the last match.
    const left = totalItems === undefined && total !== undefined ? total - page.length : Infinity
    if (left <= 0) return { dispatches: page, totalItems: total ?? 0, isLast: true }
    // One more than wanted tells if there is another page.
    const limit = Math.min(pageSize + 1 - page.length, dispatchesReadMax, left)
    const begun = total === undefined ? yield* store.begin({ ...listing, limit }) : undefined
    const counted = (total ??= begun?.total ?? 0)
    const found = begun?.dispatches ?? (yield* store.page({ ...listing, after, limit }))
    for (const dispatch of found) {
      bytes += bytesAtMost(dispatch)
      const isFull = page.length === pageSize || (bytes > WireLimits.pageBytesMax && page.length > 0)
      if (isFull) return { dispatches: page, totalItems: counted, isLast: false }
      page.push(dispatch)
    }
    if (found.length < limit) return { dispatches: page, totalItems: counted, isLast: true }
  }
})

/** An upper bound of the size of a dispatch on the wire. */
const bytesAtMost = (dispatch: Dispatch): number => {
  const { payload, target, type } = dispatch
  const targets = target._tag === "ComponentIds" ? target.ids.length : target.categories.length
  const { byHours, byMinutes, byMonthDays, byMonths, byWeekdays } = dispatch.recurrence ?? {}
  const lists = [byHours, byMinutes, byMonthDays, byMonths, byWeekdays].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0
  )
  return 200 + Buffer.byteLength(type) + 12 * targets + 10 * lists + jsonBytesAtMost(payload)
}

/** The same of a value in a payload, which is small enough for lengths of at most three bytes. */
const jsonBytesAtMost = (json: Schema.Json): number => {
  if (typeof json === "string") return 8 + Buffer.byteLength(json)
  if (typeof json === "number") return 11
  if (typeof json !== "object" || json === null) return 4
  if (Array.isArray(json)) return json.reduce((sum, value) => sum + jsonBytesAtMost(value), 8)
  return Object.entries(json).reduce(
    (sum, [key, value]) => sum + 12 + Buffer.byteLength(key) + jsonBytesAtMost(value),
    8
  )
}
