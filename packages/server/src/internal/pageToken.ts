/**
 * Tokens that say where a listing goes on. The holder of one cannot change it: it carries the whole request and a
 * message authentication code.
 */
import { createHmac, timingSafeEqual } from "node:crypto"
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import { ListMicrogridDispatchesRequestSchema } from "@effect-dispatch/api/Protobuf"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Option, Result } from "effect"
import type { Position } from "../DispatchStore.ts"

/** A listing under way. */
export interface Listing {
  readonly microgridId: MicrogridId
  readonly filter: DispatchFilter
  readonly sort: DispatchSort
  readonly pageSize: number
  /** All dispatches that matched when the listing began. */
  readonly totalItems: number
  readonly after: Position
}

const macBytes = 16
const headBytes = macBytes + 4 + 8 + 8

const macOf = (secret: Uint8Array, body: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha256", secret).update(body).digest().subarray(0, macBytes))

/** Writes a token. */
export const write = (secret: Uint8Array, listing: Listing): string => {
  const { after, filter, microgridId, pageSize, sort, totalItems } = listing
  const request = toBinary(
    ListMicrogridDispatchesRequestSchema,
    Result.getOrThrow(ListCodec.encode({ microgridId, filter, sort, page: { size: pageSize } }))
  )
  const token = new Uint8Array(headBytes + request.length)
  const view = new DataView(token.buffer)
  view.setUint32(macBytes, totalItems)
  view.setBigInt64(macBytes + 4, after.key)
  view.setBigUint64(macBytes + 12, after.id)
  token.set(request, headBytes)
  token.set(macOf(secret, token.subarray(macBytes)))
  return Buffer.from(token).toString("base64url")
}

/** Reads a token; none if this service did not write it. */
export const read = (secret: Uint8Array, text: string): Option.Option<Listing> => {
  const token = new Uint8Array(Buffer.from(text, "base64url"))
  if (token.length < headBytes) return Option.none()
  if (!timingSafeEqual(macOf(secret, token.subarray(macBytes)), token.subarray(0, macBytes)))
    return Option.none()
  const view = new DataView(token.buffer, token.byteOffset, token.length)
  const request = ListCodec.decode(
    fromBinary(ListMicrogridDispatchesRequestSchema, token.subarray(headBytes))
  )
  if (Result.isFailure(request)) return Option.none()
  const { filter, microgridId, page, sort } = request.success
  if (sort === undefined || page === undefined || "token" in page) return Option.none()
  return Option.some({
    microgridId,
    filter,
    sort,
    pageSize: page.size,
    totalItems: view.getUint32(macBytes),
    after: { key: view.getBigInt64(macBytes + 4), id: view.getBigUint64(macBytes + 12) as DispatchId }
  })
}
