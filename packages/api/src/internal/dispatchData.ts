/** The fields that a dispatch shares with one to be created or changed. */
import { create } from "@bufbuild/protobuf"
import { type Dispatch, readRunDuration } from "@effect-dispatch/core/Dispatch"
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { Duration, Result } from "effect"
import {
  type CalendarRule as Calendar,
  type DispatchData,
  DispatchDataSchema,
  type RecurrenceRule as Plain
} from "../Protobuf.ts"
import * as CalendarCodec from "./calendarCodec.ts"
import { type Coded, isRefused, refuse, wellFormed } from "./coded.ts"
import * as PayloadCodec from "./payloadCodec.ts"
import * as RecurrenceCodec from "./recurrenceCodec.ts"
import * as TargetCodec from "./targetCodec.ts"
import * as TimestampCodec from "./timestampCodec.ts"

/** Reads the fields that a dispatch shares with one to be created: all but the start. */
export const decodeData = (data: DispatchData, zones: CalendarCodec.Zones) => {
  const target = TargetCodec.decode(data.target, "target")
  if (isRefused(target)) return target
  const payload = PayloadCodec.decode(data.payload, "payload")
  if (isRefused(payload)) return payload
  const recurrence = decodeRule(data, zones)
  if (isRefused(recurrence)) return recurrence
  return {
    ...(data.name === "" ? undefined : { name: data.name }),
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
  const fault = wellFormed(fields.type, "type") ?? wellFormed(fields.name ?? "", "name")
  if (fault !== undefined) return fault
  const startTime = start && TimestampCodec.encode(start, "startTime")
  if (isRefused(startTime)) return startTime
  const target = TargetCodec.encode(fields.target, "target", reader)
  if (isRefused(target)) return target
  const duration = encodeDuration(fields.duration ?? Duration.infinity, "duration")
  if (isRefused(duration)) return duration
  const payload = PayloadCodec.encode(fields.payload ?? PayloadCodec.absent, "payload")
  if (isRefused(payload)) return payload
  const rule = fields.recurrence && encodeRule(fields.recurrence)
  if (isRefused(rule)) return rule
  return create(DispatchDataSchema, {
    name: fields.name ?? "",
    type: fields.type,
    ...(startTime === undefined ? undefined : { startTime }),
    ...(duration === undefined ? undefined : { duration }),
    target,
    isActive: fields.active ?? true,
    isDryRun: fields.dryRun ?? false,
    ...(payload === undefined ? undefined : { payload }),
    ...rule
  })
}

/** Reads the rule: in UTC, or in local time in a field of its own. A recurrence without a frequency is none. */
const decodeRule = (
  { calendar, recurrence }: Pick<DispatchData, "calendar" | "recurrence">,
  zones: CalendarCodec.Zones
): Coded<Rule | undefined> => {
  const plain = recurrence && RecurrenceCodec.decode(recurrence, "recurrence")
  if (calendar === undefined || isRefused(plain)) return plain
  return plain === undefined
    ? CalendarCodec.decode(calendar, "calendar", zones)
    : refuse("calendar", "there are two rules, this one and a recurrence")
}

/** Writes the rule into its field. The other one stays absent: readers that know no zones see a one-off. */
const encodeRule = (rule: Rule): Coded<{ recurrence: Plain } | { calendar: Calendar }> => {
  if (rule.timeZone === undefined) {
    const recurrence = RecurrenceCodec.encode(rule, "recurrence")
    return isRefused(recurrence) ? recurrence : { recurrence }
  }
  const calendar = CalendarCodec.encode(rule, "calendar")
  return isRefused(calendar) ? calendar : { calendar }
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
