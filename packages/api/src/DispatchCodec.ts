/**
 * Dispatches between wire and model, total in both directions: without a counterpart, the result is a `CodecError` with
 * a path, never an exception.
 *
 * @since 0.1.0
 */
import { create, toBinary } from "@bufbuild/protobuf"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord, StreamEvent, UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Result } from "effect"
import type { CodecError } from "./CodecError.ts"
import { type Coded, isRefused, refuse, toResult } from "./internal/coded.ts"
import type { Zones } from "./internal/calendarCodec.ts"
import { decodeData, encodeData } from "./internal/dispatchData.ts"
import * as TimestampCodec from "./internal/timestampCodec.ts"
import {
  type Dispatch as Message,
  DispatchMetadataSchema,
  DispatchSchema,
  Event,
  type StreamMicrogridDispatchesResponse
} from "./Protobuf.ts"

/**
 * Reads a dispatch.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchCodec } from "@effect-dispatch/api"
 * import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Result } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { create } = yield* DispatchClient.DispatchClient
 *   const target = Target.componentIds(7n)
 *   const dispatch = yield* create(MicrogridId.make(1n), { type: "CHARGE", startTime: "NOW", target })
 *   const message = Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch))
 *   const decoded = Result.getOrThrow(DispatchCodec.decodeDispatch(message))
 *   assert.ok(decoded.sameContent(dispatch))
 * })
 * await Effect.runPromise(Effect.provide(program, ServiceClient.layerMemory))
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeDispatch = (message: Message): Result.Result<Dispatch, CodecError> =>
  toResult(decode(message, "Known"))

/**
 * Reads a stored dispatch. A rule in a zone that this machine does not know is kept, and never occurs.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeStored = (message: Message): Result.Result<Dispatch, CodecError> =>
  toResult(decode(message, "Any"))

/**
 * Reads a dispatch, or gives what is known of one that cannot be read.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeRecord = (message: Message | undefined): DispatchRecord => {
  const decoded =
    message === undefined ? refuse("dispatch", "a dispatch is required") : decode(message, "Known")
  if (!isRefused(decoded)) return decoded
  const metadata = message?.metadata
  const updateTime = TimestampCodec.decodeNanos(metadata?.updateTime, "updateTime")
  return {
    _tag: "UnreadableDispatch",
    id: metadata?.dispatchId as DispatchId | undefined,
    updateTime: isRefused(updateTime) ? undefined : updateTime,
    path: decoded.path,
    message: decoded.message
  }
}

/**
 * Writes a dispatch as services store it and send it in answers: clients of every generation can read it.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeDispatch = (dispatch: Dispatch): Result.Result<Message, CodecError> =>
  toResult(encode(dispatch))

/**
 * Writes what is known of a dispatch that cannot be read. Who reads it finds one that cannot be read.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeUnreadable = ({ id }: UnreadableDispatch): Uint8Array =>
  toBinary(DispatchSchema, create(DispatchSchema, id === undefined ? {} : { metadata: { dispatchId: id } }))

/**
 * Reads an event of the stream. An event of an unknown kind is `Unknown`.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeEvent = (message: StreamMicrogridDispatchesResponse): StreamEvent => ({
  kind: kinds[message.event] ?? "Unknown",
  record: decodeRecord(message.dispatch)
})

const kinds: { readonly [event: number]: StreamEvent["kind"] } = {
  [Event.CREATED]: "Created",
  [Event.UPDATED]: "Updated",
  [Event.DELETED]: "Deleted"
}

const decode = (message: Message, zones: Zones): Coded<Dispatch> => {
  const { data, metadata } = message
  if (metadata === undefined) return refuse("dispatch", "the metadata of a dispatch are required")
  if (data === undefined) return refuse("dispatch", "the data of a dispatch are required")
  const createTime = TimestampCodec.decode(metadata.createTime, "createTime")
  if (isRefused(createTime)) return createTime
  const updateTime = TimestampCodec.decodeNanos(metadata.updateTime, "updateTime")
  if (isRefused(updateTime)) return updateTime
  const endTime = metadata.endTime && TimestampCodec.decode(metadata.endTime, "endTime")
  if (isRefused(endTime)) return endTime
  const startTime = TimestampCodec.decode(data.startTime, "startTime")
  if (isRefused(startTime)) return startTime
  const fields = decodeData(data, zones)
  if (isRefused(fields)) return fields
  return new Dispatch(
    {
      id: metadata.dispatchId as DispatchId,
      startTime,
      ...fields,
      createTime,
      updateTime,
      ...(endTime === undefined ? undefined : { endTime })
    },
    { disableChecks: true }
  )
}

const encode = (dispatch: Dispatch): Coded<Message> => {
  const createTime = TimestampCodec.encode(dispatch.createTime, "createTime")
  if (isRefused(createTime)) return createTime
  const updateTime = TimestampCodec.encodeNanos(dispatch.updateTime, "updateTime")
  if (isRefused(updateTime)) return updateTime
  const endTime = dispatch.endTime && TimestampCodec.encode(dispatch.endTime, "endTime")
  if (isRefused(endTime)) return endTime
  const data = encodeData(dispatch, dispatch.startTime, "client")
  if (isRefused(data)) return data
  return create(DispatchSchema, {
    metadata: create(DispatchMetadataSchema, {
      dispatchId: dispatch.id,
      createTime,
      updateTime,
      ...(endTime === undefined ? undefined : { endTime })
    }),
    data
  })
}
