/** The fields that a dispatch shares with one to be created or changed. */
import { create } from "@bufbuild/protobuf"
import { type Dispatch, readRunDuration } from "@effect-dispatch/core/Dispatch"
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import { Duration, Result } from "effect"
import { type DispatchData, DispatchDataSchema } from "../Protobuf.ts"
import { type Coded, isRefused, refuse, wellFormed } from "./coded.ts"
import * as PayloadCodec from "./payloadCodec.ts"
import * as RecurrenceCodec from "./recurrenceCodec.ts"
import * as TargetCodec from "./targetCodec.ts"
import * as TimestampCodec from "./timestampCodec.ts"

/** Reads the fields that a dispatch shares with one to be created: all but the start. */
export const decodeData = (data: DispatchData) => {
  const target = TargetCodec.decode(data.target, "target")
  if (isRefused(target)) return target
  const payload = PayloadCodec.decode(data.payload, "payload")
  if (isRefused(payload)) return payload
  const recurrence = data.recurrence && RecurrenceCodec.decode(data.recurrence, "recurrence")
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

/** The fields that a dispatch shares with one to be created: a field that is left out gets its default. */
type Fields = Omit<NewDispatch, "startTime">

/** Writes the fields that a dispatch shares with one to be created, for the given reader. */
export const encodeData = (
  fields: Fields,
  start: Dispatch["startTime"] | undefined,
  reader: TargetCodec.Reader
): Coded<DispatchData> => {
  const type = wellFormed(fields.type, "type")
  if (type !== undefined) return type
  const startTime = start && TimestampCodec.encode(start, "startTime")
  if (isRefused(startTime)) return startTime
  const target = TargetCodec.encode(fields.target, "target", reader)
  if (isRefused(target)) return target
  const duration = encodeDuration(fields.duration ?? Duration.infinity, "duration")
  if (isRefused(duration)) return duration
  const payload = PayloadCodec.encode(fields.payload ?? PayloadCodec.absent, "payload")
  if (isRefused(payload)) return payload
  const recurrence = fields.recurrence && RecurrenceCodec.encode(fields.recurrence, "recurrence")
  if (isRefused(recurrence)) return recurrence
  return create(DispatchDataSchema, {
    type: fields.type,
    ...(startTime === undefined ? undefined : { startTime }),
    ...(duration === undefined ? undefined : { duration }),
    target,
    isActive: fields.active ?? true,
    isDryRun: fields.dryRun ?? false,
    ...(payload === undefined ? undefined : { payload }),
    ...(recurrence === undefined ? undefined : { recurrence })
  })
}

/** Reads a duration: none is infinite. */
export const decodeDuration = (seconds: number | undefined): Duration.Duration =>
  seconds === undefined ? Duration.infinity : Duration.seconds(seconds)

/** Writes a duration: infinite is none. */
export const encodeDuration = (given: Duration.Input, path: string): Coded<number | undefined> => {
  const duration = readRunDuration(given)
  if (Result.isFailure(duration)) return refuse(path, duration.failure)
  return Duration.isFinite(duration.success) ? Duration.toSeconds(duration.success) : undefined
}
