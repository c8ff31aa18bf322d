/**
 * Answers about dispatches, in frames of gRPC, made of messages of dispatches as they are kept: these are passed on byte
 * by byte, so nothing in them is lost, and nobody reads them on the way.
 *
 * @since 0.1.0
 */
import { create, type DescField, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { WireType } from "@bufbuild/protobuf/wire"
import { frame, messageIn } from "./GrpcFraming.ts"
import * as Protobuf from "./Protobuf.ts"

/**
 * The answer to a get.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { fromBinary } from "@bufbuild/protobuf"
 * import { DispatchFrames, GrpcFraming, Protobuf } from "@effect-dispatch/api"
 *
 * const framed = DispatchFrames.get(1n, Uint8Array.of())
 * const message = GrpcFraming.messageIn(framed)
 * const answer = fromBinary(Protobuf.GetMicrogridDispatchResponseSchema, message)
 * assert.strictEqual(answer.microgridId, 1n)
 * ```
 *
 * @category encoding
 * @since 0.1.0
 */
export const get = (microgridId: bigint, dispatch: Uint8Array): Uint8Array => {
  const head = varint((microgridField.number << 3) | WireType.Varint)
  return frame(varint(microgridId, head), prefixOf(getField, dispatch), dispatch)
}

/**
 * The answer to a listing.
 *
 * @category encoding
 * @since 0.1.0
 */
export const list = (
  dispatches: ReadonlyArray<Uint8Array>,
  paginationInfo: MessageInitShape<typeof Protobuf.ListMicrogridDispatchesResponseSchema>["paginationInfo"]
): Uint8Array => {
  const schema = Protobuf.ListMicrogridDispatchesResponseSchema
  const parts: Array<ArrayLike<number>> = []
  for (const dispatch of dispatches) parts.push(prefixOf(listField, dispatch), dispatch)
  return frame(...parts, toBinary(schema, create(schema, paginationInfo && { paginationInfo })))
}

/**
 * A message of the event stream.
 *
 * @category encoding
 * @since 0.1.0
 */
export const event = (kind: keyof typeof eventParts, dispatch: Uint8Array): Uint8Array =>
  frame(prefixOf(eventField, dispatch), dispatch, eventParts[kind])

/**
 * The same as a message of the stream for consoles.
 *
 * @category encoding
 * @since 0.1.0
 */
export const watched = (event: Uint8Array): Uint8Array => {
  const message = messageIn(event)
  return frame(prefixOf(watchedField, message), message)
}

const { microgridId: microgridField } = Protobuf.GetMicrogridDispatchResponseSchema.field
const getField = Protobuf.GetMicrogridDispatchResponseSchema.field.dispatch
const listField = Protobuf.ListMicrogridDispatchesResponseSchema.field.dispatches
const watchedField = Protobuf.WatchMicrogridResponseSchema.field.event
const eventField = Protobuf.StreamMicrogridDispatchesResponseSchema.field.dispatch

const eventPart = (kind: Protobuf.Event): Uint8Array => {
  const schema = Protobuf.StreamMicrogridDispatchesResponseSchema
  return toBinary(schema, create(schema, { event: kind }))
}

const eventParts = {
  Created: eventPart(Protobuf.Event.CREATED),
  Updated: eventPart(Protobuf.Event.UPDATED),
  Deleted: eventPart(Protobuf.Event.DELETED)
}

/** Stands before a message that is a field of another: the number of the field, and the length. */
const prefixOf = ({ number }: DescField, { length }: Uint8Array): ReadonlyArray<number> =>
  varint(length, varint((number << 3) | WireType.LengthDelimited))

/** Writes a number as protobuf does, behind other bytes. */
const varint = (value: number | bigint, bytes: Array<number> = []): Array<number> => {
  let large = typeof value === "bigint" ? BigInt.asUintN(64, value) : 0n
  for (; large > 0x7fff_ffffn; large >>= 7n) bytes.push(Number(large & 127n) | 128)
  let left = typeof value === "bigint" ? Number(large) : value
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128)
  bytes.push(left)
  return bytes
}
