/** The beginning and continuation of listings, and the end of a page. */
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { defaultSort, type DispatchFilter, type DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option } from "effect"
import type { DispatchStore, ListedDispatch, Position } from "../DispatchStore.ts"
import { dispatchesReadMax } from "../ServiceLimits.ts"
import * as PageToken from "./pageToken.ts"

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
    return yield* DispatchError.invalidArgument(
      "pageToken",
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
type PageRequest = Omit<PageToken.Cursor, "after" | "totalItems"> & {
  readonly after: Position | undefined
  readonly totalItems: number | undefined
}

/** The dispatches of the next page: as many as were asked for or as fit, at least one. */
export const readPage = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  { pageSize, totalItems, ...listing }: PageRequest
) {
  const page: Array<ListedDispatch> = []
  let bytes = 0
  let total = totalItems
  while (true) {
    const last = page.at(-1)
    const after = last === undefined ? listing.after : last.position
    // After a count just now, nothing is looked for beyond the last match.
    const left = totalItems === undefined && total !== undefined ? total - page.length : Infinity
    if (left <= 0) return { dispatches: page, totalItems: total ?? 0, isLast: true }
    // One more than wanted tells if there is another page.
    const limit = Math.min(pageSize + 1 - page.length, dispatchesReadMax, left)
    const begun = total === undefined ? yield* store.begin({ ...listing, limit }) : undefined
    const counted = (total ??= begun?.total ?? 0)
    const found = begun?.dispatches ?? (yield* store.page({ ...listing, after, limit }))
    for (const dispatch of found) {
      bytes += dispatch.bytes.length
      const isFull = page.length === pageSize || (bytes > WireLimits.pageBytesMax && page.length > 0)
      if (isFull) return { dispatches: page, totalItems: counted, isLast: false }
      page.push(dispatch)
    }
    if (found.length < limit) return { dispatches: page, totalItems: counted, isLast: true }
  }
})
