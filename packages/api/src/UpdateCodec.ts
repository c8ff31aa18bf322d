/**
 * Requests to update a dispatch, between wire and model.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import type { DispatchChanges, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { Duration, Result } from "effect"
import type { CodecError } from "./CodecError.ts"
import { type Coded, isRefused, refuse, unsigned } from "./internal/coded.ts"
import { decodeDuration, encodeDuration } from "./internal/dispatchData.ts"
import * as PayloadCodec from "./internal/payloadCodec.ts"
import {
  CalendarRuleSchema,
  RecurrenceRule_Frequency,
  RecurrenceRuleSchema,
  type UpdateMicrogridDispatchRequest,
  type UpdateMicrogridDispatchRequest_DispatchUpdate,
  UpdateMicrogridDispatchRequest_DispatchUpdateSchema,
  type UpdateMicrogridDispatchRequest_RecurrenceRuleUpdate,
  UpdateMicrogridDispatchRequest_RecurrenceRuleUpdateSchema,
  UpdateMicrogridDispatchRequestSchema
} from "./Protobuf.ts"
import * as CalendarCodec from "./internal/calendarCodec.ts"
import * as RecurrenceCodec from "./internal/recurrenceCodec.ts"
import * as TargetCodec from "./internal/targetCodec.ts"
import * as TimestampCodec from "./internal/timestampCodec.ts"

/**
 * Writes a request to update a dispatch; the mask names the keys of `changes`.
 *
 * @category update
 * @since 0.1.0
 */
export const encode = (
  microgridId: MicrogridId,
  id: DispatchId,
  changes: DispatchChanges
): Result.Result<UpdateMicrogridDispatchRequest, CodecError> => {
  const update = create(UpdateMicrogridDispatchRequest_DispatchUpdateSchema)
  const paths: Array<string> = []
  const fault = writeChanges(changes, update, paths)
  if (fault !== undefined) return Result.fail(fault)
  if (paths.length === 0) return Result.fail(refuse("update_mask", "an update changes at least one field"))
  return Result.succeed(
    create(UpdateMicrogridDispatchRequestSchema, {
      microgridId,
      dispatchId: id,
      updateMask: { paths },
      update
    })
  )
}

/**
 * Reads a request to update a dispatch. A field in the mask that the message leaves out is cleared. A rule without a
 * frequency is no rule, whatever else it holds. A path that no update has is refused by name.
 *
 * @category update
 * @since 0.1.0
 */
export const decode = (
  message: UpdateMicrogridDispatchRequest
): Result.Result<
  { readonly microgridId: MicrogridId; readonly id: DispatchId; readonly changes: DispatchChanges },
  CodecError
> => {
  const paths = message.updateMask?.paths ?? []
  if (paths.length === 0) return Result.fail(refuse("update_mask", "an update changes at least one field"))
  const update = message.update ?? create(UpdateMicrogridDispatchRequest_DispatchUpdateSchema)
  const changes: Writable<DispatchChanges> = {}
  for (const path of paths) {
    const fault = readPath(path, update, changes, paths)
    if (fault !== undefined) return Result.fail(fault)
  }
  if (changes.recurrence != null && changes.calendar != null) {
    return Result.fail(refuse("update.calendar", "there are two rules, this one and a recurrence"))
  }
  return Result.succeed({
    microgridId: message.microgridId as MicrogridId,
    id: message.dispatchId as DispatchId,
    changes
  })
}

type Writable<A> = { -readonly [key in keyof A]: A[key] }

const writeChanges = (
  changes: DispatchChanges,
  update: UpdateMicrogridDispatchRequest_DispatchUpdate,
  paths: Array<string>
): CodecError | undefined => {
  if (changes.startTime !== undefined) {
    const startTime = TimestampCodec.encode(changes.startTime, "update.start_time")
    if (isRefused(startTime)) return startTime
    update.startTime = startTime
    paths.push("start_time")
  }
  if (changes.duration !== undefined) {
    const duration = encodeDuration(changes.duration ?? Duration.infinity, "update.duration")
    if (isRefused(duration)) return duration
    if (duration !== undefined) update.duration = duration
    paths.push("duration")
  }
  if (changes.target !== undefined) {
    const target = TargetCodec.encode(changes.target, "update.target", "service")
    if (isRefused(target)) return target
    update.target = target
    paths.push("target")
  }
  if (changes.active !== undefined) {
    update.isActive = changes.active
    paths.push("is_active")
  }
  if (changes.payload !== undefined) {
    const payload = PayloadCodec.encode(changes.payload, "update.payload")
    if (isRefused(payload)) return payload
    if (payload !== undefined) update.payload = payload
    paths.push("payload")
  }
  const fault =
    changes.recurrence === undefined ? undefined : writeRecurrence(changes.recurrence, update, paths)
  if (fault !== undefined) return fault
  return changes.calendar === undefined ? undefined : writeCalendar(changes.calendar, update, paths)
}

const writeCalendar = (
  calendar: NonNullable<DispatchChanges["calendar"]> | null,
  update: UpdateMicrogridDispatchRequest_DispatchUpdate,
  paths: Array<string>
): CodecError | undefined => {
  if (calendar === null) {
    paths.push("calendar")
    return undefined
  }
  if ("timeZone" in calendar) {
    paths.push("calendar")
    return take(CalendarCodec.encode(calendar, "update.calendar"), (value) => (update.calendar = value))
  }
  paths.push("calendar.exceptions")
  return take(
    CalendarCodec.encodeExceptions(calendar.exceptions, "update.calendar.exceptions"),
    (exceptions) => (update.calendar = create(CalendarRuleSchema, { exceptions }))
  )
}

const writeRecurrence = (
  recurrence: RecurrenceRule | RecurrenceChanges | null,
  update: UpdateMicrogridDispatchRequest_DispatchUpdate,
  paths: Array<string>
): CodecError | undefined => {
  if (recurrence === null) {
    paths.push("recurrence")
    return undefined
  }
  const message = create(UpdateMicrogridDispatchRequest_RecurrenceRuleUpdateSchema)
  const changed: Array<string> = []
  for (const [path, write] of Object.entries(ruleWriters)) {
    const written = write(recurrence, message, `update.recurrence.${path}`)
    if (isRefused(written)) return written
    if (written) changed.push(`recurrence.${path}`)
  }
  update.recurrence = message
  paths.push(...(recurrence instanceof RecurrenceRule ? ["recurrence"] : changed))
  return undefined
}

/** Writes one part of a rule if it is given, and returns true if it is. */
type RuleWriter = (
  rule: RecurrenceRule | RecurrenceChanges,
  message: UpdateMicrogridDispatchRequest_RecurrenceRuleUpdate,
  path: string
) => Coded<boolean>

const numbers =
  (
    part: "byMinutes" | "byHours" | "byMonthDays" | "byMonths",
    field: "byminutes" | "byhours" | "bymonthdays" | "bymonths",
    check: (given: ReadonlyArray<number>, path: string) => Coded<Array<number>>
  ): RuleWriter =>
  (rule, message, path) => {
    const given = rule[part]
    if (given === undefined) return false
    const checked = check([...given], path)
    if (isRefused(checked)) return checked
    message[field] = checked
    return true
  }

const within =
  (min: number, max: number) =>
  (given: ReadonlyArray<number>, path: string): Coded<Array<number>> =>
    RecurrenceCodec.checkNumbers([...given], path, min, max)

const ruleWriters: { readonly [path: string]: RuleWriter } = {
  freq: ({ frequency }, message) => {
    if (frequency === undefined) return false
    message.freq = RecurrenceRule_Frequency[frequency]
    return true
  },
  interval: ({ interval }, message, path) => {
    if (interval === undefined) return false
    const fault = unsigned(interval, 32, path)
    if (fault !== undefined) return fault
    message.interval = interval
    return true
  },
  end_criteria: ({ end }, message, path) => {
    if (end === undefined) return false
    const written = end === null ? undefined : RecurrenceCodec.encodeEnd(end, path)
    if (isRefused(written)) return written
    if (written !== undefined) message.endCriteria = written
    return true
  },
  byminutes: numbers("byMinutes", "byminutes", within(0, 59)),
  byhours: numbers("byHours", "byhours", within(0, 23)),
  byweekdays: ({ byWeekdays }, message) => {
    if (byWeekdays === undefined) return false
    message.byweekdays = RecurrenceCodec.encodeWeekdays(byWeekdays)
    return true
  },
  bymonthdays: numbers("byMonthDays", "bymonthdays", (given, path) =>
    RecurrenceCodec.checkMonthDays([...given], path)
  ),
  bymonths: numbers("byMonths", "bymonths", within(1, 12))
}

/** The name of the target in clients before API 1.0. */
const olderTarget = /^selector(?=$|\.)/

/** Reads the change that one path of the mask names. */
const readPath = (
  sent: string,
  update: UpdateMicrogridDispatchRequest_DispatchUpdate,
  changes: Writable<DispatchChanges>,
  paths: ReadonlyArray<string>
): CodecError | undefined => {
  const path = sent.replace(olderTarget, "target")
  switch (path) {
    case "start_time":
      return take(
        TimestampCodec.decode(update.startTime, "update.start_time"),
        (value) => (changes.startTime = value)
      )
    case "duration":
      return take(decodeDuration(update.duration), (value) => (changes.duration = value))
    case "target":
      return take(TargetCodec.decode(update.target, "update.target"), (value) => (changes.target = value))
    case "is_active":
      return take(
        update.isActive ?? refuse("update.is_active", "true or false is required"),
        (value) => (changes.active = value)
      )
    case "payload":
      return take(PayloadCodec.decode(update.payload, "update.payload"), (value) => (changes.payload = value))
    case "recurrence":
      return take(readWholeRule(update.recurrence), (value) => (changes.recurrence = value))
    case "calendar":
      return take(
        update.calendar === undefined ? null : CalendarCodec.decode(update.calendar, "update.calendar"),
        (value) => (changes.calendar = value)
      )
    case "calendar.exceptions":
      // The rule as a whole says it already.
      if (paths.includes("calendar")) return undefined
      return take(
        CalendarCodec.decodeExceptions(update.calendar?.exceptions ?? [], "update.calendar.exceptions"),
        (exceptions) => (changes.calendar = { exceptions })
      )
  }
  const field = path.startsWith("recurrence.") ? path.slice("recurrence.".length) : undefined
  const reader = field !== undefined && Object.hasOwn(ruleReaders, field) ? ruleReaders[field] : undefined
  if (reader === undefined) {
    return refuse("update_mask", `"${sent}" is not a field of an update; known are ${knownPaths.join(", ")}`)
  }
  // The rule as a whole says it already.
  if (paths.includes("recurrence")) return undefined
  const message = update.recurrence ?? create(UpdateMicrogridDispatchRequest_RecurrenceRuleUpdateSchema)
  if (paths.includes("recurrence.freq") && !recurs(message)) {
    changes.recurrence = null
    return undefined
  }
  return take(reader(message, `update.${path}`), (value) => {
    changes.recurrence = { ...(changes.recurrence as RecurrenceChanges | undefined), ...value }
  })
}

const take = <A>(coded: Coded<A>, use: (value: A) => void): CodecError | undefined => {
  if (isRefused(coded)) return coded
  use(coded)
  return undefined
}

/** True if a rule has a frequency; without one it is no rule. */
const recurs = ({ freq }: UpdateMicrogridDispatchRequest_RecurrenceRuleUpdate): boolean =>
  (freq ?? RecurrenceRule_Frequency.UNSPECIFIED) !== RecurrenceRule_Frequency.UNSPECIFIED

const readWholeRule = (
  message: UpdateMicrogridDispatchRequest_RecurrenceRuleUpdate | undefined
): Coded<RecurrenceRule | null> => {
  if (message === undefined) return null
  const rule = RecurrenceCodec.decode(
    create(RecurrenceRuleSchema, {
      freq: message.freq ?? RecurrenceRule_Frequency.UNSPECIFIED,
      interval: message.interval ?? 1,
      ...(message.endCriteria === undefined ? undefined : { endCriteria: message.endCriteria }),
      byminutes: message.byminutes,
      byhours: message.byhours,
      byweekdays: message.byweekdays,
      bymonthdays: message.bymonthdays,
      bymonths: message.bymonths
    }),
    "update.recurrence"
  )
  return rule ?? null
}

type RuleReader = (
  message: UpdateMicrogridDispatchRequest_RecurrenceRuleUpdate,
  path: string
) => Coded<RecurrenceChanges>

const as =
  <Key extends keyof RecurrenceChanges>(key: Key) =>
  (value: Coded<NonNullable<RecurrenceChanges[Key]> | null>): Coded<RecurrenceChanges> =>
    isRefused(value) ? value : { [key]: value }

const ruleReaders: { readonly [path: string]: RuleReader } = {
  freq: (message, path) =>
    as("frequency")(
      RecurrenceCodec.decodeFrequency(message.freq ?? RecurrenceRule_Frequency.UNSPECIFIED, path)
    ),
  interval: (message) => ({ interval: message.interval === 0 ? 1 : (message.interval ?? 1) }),
  end_criteria: (message, path) => {
    const end = RecurrenceCodec.decodeEnd(message.endCriteria, path)
    return as("end")(end ?? null)
  },
  byminutes: (message, path) => as("byMinutes")(RecurrenceCodec.checkNumbers(message.byminutes, path, 0, 59)),
  byhours: (message, path) => as("byHours")(RecurrenceCodec.checkNumbers(message.byhours, path, 0, 23)),
  byweekdays: (message, path) => as("byWeekdays")(RecurrenceCodec.decodeWeekdays(message.byweekdays, path)),
  bymonthdays: (message, path) =>
    as("byMonthDays")(RecurrenceCodec.checkMonthDays(message.bymonthdays, path)),
  bymonths: (message, path) => as("byMonths")(RecurrenceCodec.checkNumbers(message.bymonths, path, 1, 12))
}

const knownPaths = [
  "start_time",
  "duration",
  "target",
  "is_active",
  "payload",
  "recurrence",
  "calendar",
  "calendar.exceptions",
  ...Object.keys(ruleReaders).map((field) => `recurrence.${field}`)
]
