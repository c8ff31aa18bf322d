/**
 * Tokens that say where a listing goes on. The holder of one cannot change it: it carries the whole listing and a
 * message authentication code.
 */
import { createHmac, timingSafeEqual } from "node:crypto"
import { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Option, Schema } from "effect"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const Cursor = Schema.Struct({
  microgridId: MicrogridId,
  filter: DispatchFilter,
  sort: DispatchSort,
  pageSize: Count,
  /** All dispatches that matched when the listing began. */
  totalItems: Count,
  /** The position in the store. */
  after: Schema.Struct({ key: Schema.BigInt, id: DispatchId })
})

/** A listing under way. */
export type Cursor = typeof Cursor.Type

const Text = Schema.fromJsonString(Schema.toCodecJson(Cursor))
const print = Schema.encodeSync(Text)
const parse = Schema.decodeUnknownOption(Text)

const macBytes = 16

const macOf = (secret: Uint8Array, body: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha256", secret).update(body).digest().subarray(0, macBytes))

/** Writes a token. */
export const write = (secret: Uint8Array, cursor: Cursor): string => {
  const body = Buffer.from(print(cursor))
  return Buffer.concat([macOf(secret, body), body]).toString("base64url")
}

/** Reads a token; none if this service did not write it. */
export const read = (secret: Uint8Array, text: string): Option.Option<Cursor> => {
  const token = Buffer.from(text, "base64url")
  if (token.length < macBytes) return Option.none()
  const body = token.subarray(macBytes)
  return timingSafeEqual(macOf(secret, body), token.subarray(0, macBytes))
    ? parse(body.toString())
    : Option.none()
}
