/**
 * Dispatches between wire and model, total in both directions: what has no counterpart is a `CodecError` with a path,
 * never an exception.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Duration, Result } from "effect"
import { type Coded, type CodecError, isRefused, refuse, wellFormed } from "./CodecError.ts"
import * as PayloadCodec from "./PayloadCodec.ts"
import {
  type Dispatch as Message,
  type DispatchData,
  DispatchDataSchema,
  DispatchMetadataSchema,
  DispatchSchema,
  Event,
  type StreamMicrogridDispatchesResponse,
  StreamMicrogridDispatchesResponseSchema
} from "./Protobuf.ts"
import * as RecurrenceCodec from "./RecurrenceCodec.ts"
import * as TargetCodec from "./TargetCodec.ts"
import * as TimestampCodec from "./TimestampCodec.ts"

/**
 * Reads a dispatch.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeDispatch = (message: Message): Result.Result<Dispatch, CodecError> =>
  toResult(decode(message))

/**
 * Reads a dispatch, or says what is known of one that cannot be read.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeRecord = (message: Message | undefined): DispatchRecord => {
  const decoded = message === undefined ? refuse("dispatch", "a dispatch is required") : decode(message)
  if (!isRefused(decoded)) return decoded
  const metadata = message?.metadata
  const updateTime = TimestampCodec.decodeNanos(metadata?.updateTime, "")
  return {
    _tag: "UnreadableDispatch",
    id: metadata?.dispatchId as DispatchId | undefined,
    updateTime: isRefused(updateTime) ? undefined : updateTime,
    path: decoded.path,
    message: decoded.message
  }
}

/**
 * Writes a dispatch.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeDispatch = (dispatch: Dispatch): Result.Result<Message, CodecError> =>
  toResult(encode(dispatch))

/**
 * Reads an event of the stream. A kind that is not known is `Unknown`.
 *
 * @category decoding
 * @since 0.1.0
 */
export const decodeEvent = (message: StreamMicrogridDispatchesResponse): StreamEvent => ({
  kind: kinds[message.event] ?? "Unknown",
  record: decodeRecord(message.dispatch)
})

/**
 * Writes an event of the stream.
 *
 * @category encoding
 * @since 0.1.0
 */
export const encodeEvent = (
  kind: Exclude<StreamEvent["kind"], "Unknown">,
  dispatch: Dispatch
): Result.Result<StreamMicrogridDispatchesResponse, CodecError> =>
  Result.map(encodeDispatch(dispatch), (message) =>
    create(StreamMicrogridDispatchesResponseSchema, { dispatch: message, event: events[kind] })
  )

const kinds: { readonly [event: number]: StreamEvent["kind"] } = {
  [Event.CREATED]: "Created",
  [Event.UPDATED]: "Updated",
  [Event.DELETED]: "Deleted"
}

const events = { Created: Event.CREATED, Updated: Event.UPDATED, Deleted: Event.DELETED }

/** @internal */
export const toResult = <A>(coded: Coded<A>): Result.Result<A, CodecError> =>
  isRefused(coded) ? Result.fail(coded) : Result.succeed(coded)

const decode = (message: Message): Coded<Dispatch> => {
  const { data, metadata } = message
  if (metadata === undefined) return refuse("metadata", "the metadata of a dispatch are required")
  if (data === undefined) return refuse("data", "the data of a dispatch are required")
  const createTime = TimestampCodec.decode(metadata.createTime, "metadata.create_time")
  if (isRefused(createTime)) return createTime
  const updateTime = TimestampCodec.decodeNanos(metadata.updateTime, "metadata.update_time")
  if (isRefused(updateTime)) return updateTime
  const endTime = metadata.endTime && TimestampCodec.decode(metadata.endTime, "metadata.end_time")
  if (isRefused(endTime)) return endTime
  const startTime = TimestampCodec.decode(data.startTime, "data.start_time")
  if (isRefused(startTime)) return startTime
  const fields = decodeData(data, "data")
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

/** Reads what a dispatch and a dispatch to be created have in common: all but the start. @internal */
export const decodeData = (data: DispatchData, path: string) => {
  const target = TargetCodec.decode(data.target, `${path}.target`)
  if (isRefused(target)) return target
  const payload = PayloadCodec.decode(data.payload, `${path}.payload`)
  if (isRefused(payload)) return payload
  const recurrence = data.recurrence && RecurrenceCodec.decode(data.recurrence, `${path}.recurrence`)
  if (isRefused(recurrence)) return recurrence
  return {
    type: data.type,
    duration: decodeDuration(data.duration),
    target,
    active: data.isActive,
    dryRun: data.isDryRun,
    payload,
    ...(recurrence === undefined ? undefined : { recurrence })
  }
}

/** Reads a duration: none is infinite. @internal */
export const decodeDuration = (seconds: number | undefined): Duration.Duration =>
  seconds === undefined ? Duration.infinity : Duration.seconds(seconds)

/** Writes a duration: infinite is none. @internal */
export const encodeDuration = (duration: Duration.Duration, path: string): Coded<number | undefined> => {
  const seconds = Duration.toSeconds(duration)
  if (seconds === Infinity && !Duration.isFinite(duration)) return undefined
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 4_294_967_295
    ? seconds
    : refuse(path, `${seconds} s is not a whole number of seconds from 0 to 4,294,967,295`)
}

const encode = (dispatch: Dispatch): Coded<Message> => {
  const createTime = TimestampCodec.encode(dispatch.createTime, "metadata.create_time")
  if (isRefused(createTime)) return createTime
  const updateTime = TimestampCodec.encodeNanos(dispatch.updateTime, "metadata.update_time")
  if (isRefused(updateTime)) return updateTime
  const endTime = dispatch.endTime && TimestampCodec.encode(dispatch.endTime, "metadata.end_time")
  if (isRefused(endTime)) return endTime
  const data = encodeData(dispatch, dispatch.startTime, "data")
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

/** Writes what a dispatch and a dispatch to be created have in common. @internal */
export const encodeData = (
  fields: Pick<Dispatch, "type" | "duration" | "target" | "active" | "dryRun" | "payload" | "recurrence">,
  start: Dispatch["startTime"] | undefined,
  path: string
): Coded<DispatchData> => {
  const type = wellFormed(fields.type, `${path}.type`)
  if (type !== undefined) return type
  const startTime = start && TimestampCodec.encode(start, `${path}.start_time`)
  if (isRefused(startTime)) return startTime
  const target = TargetCodec.encode(fields.target, `${path}.target`)
  if (isRefused(target)) return target
  const duration = encodeDuration(fields.duration, `${path}.duration`)
  if (isRefused(duration)) return duration
  const payload = PayloadCodec.encode(fields.payload, `${path}.payload`)
  if (isRefused(payload)) return payload
  const recurrence = fields.recurrence && RecurrenceCodec.encode(fields.recurrence, `${path}.recurrence`)
  if (isRefused(recurrence)) return recurrence
  return create(DispatchDataSchema, {
    type: fields.type,
    ...(startTime === undefined ? undefined : { startTime }),
    ...(duration === undefined ? undefined : { duration }),
    target,
    isActive: fields.active,
    isDryRun: fields.dryRun,
    ...(payload === undefined ? undefined : { payload }),
    ...(recurrence === undefined ? undefined : { recurrence })
  })
}
