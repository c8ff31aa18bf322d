/**
 * Requests to update a dispatch, between wire and model.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import type { DispatchChanges, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { findFault, RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { Duration, Result } from "effect"
import type { CodecError } from "./CodecError.ts"
import { maskPaths } from "./FieldPaths.ts"
import { type Coded, isRefused, refuse, unless, wellFormed } from "./internal/coded.ts"
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
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { UpdateCodec } from "@effect-dispatch/api"
 * import { DispatchId, MicrogridId } from "@effect-dispatch/core"
 * import { Duration, Result } from "effect"
 *
 * const changes = { duration: Duration.hours(2), active: true }
 * const encoded = UpdateCodec.encode(MicrogridId.make(1n), DispatchId.make(7n), changes)
 * assert.deepStrictEqual(Result.getOrThrow(encoded).updateMask?.paths, ["duration", "is_active"])
 * ```
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
  const written = writeChanges(changes, update)
  if (isRefused(written)) return Result.fail(written)
  const paths = [...maskPaths].flatMap(([path, wire]) => (written.has(path) ? [wire] : []))
  if (paths.length === 0) return Result.fail(nothing())
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
  const sent = message.updateMask?.paths ?? []
  if (sent.length === 0) return Result.fail(nothing())
  const update = message.update ?? create(UpdateMicrogridDispatchRequest_DispatchUpdateSchema)
  const mask = readMask(sent)
  const changes = isRefused(mask) ? mask : readChanges(mask, update)
  if (isRefused(changes)) return Result.fail(changes)
  return Result.succeed({
    microgridId: message.microgridId as MicrogridId,
    id: message.dispatchId as DispatchId,
    changes
  })
}

type Update = UpdateMicrogridDispatchRequest_DispatchUpdate
type RuleUpdate = UpdateMicrogridDispatchRequest_RecurrenceRuleUpdate

const nothing = () => refuse("changes", "an update changes at least one field")

/** The fields of an update but its rules. */
type Field = Exclude<keyof DispatchChanges, "recurrence" | "calendar">

/** Writes a field that is given; gives the fault of its value. */
type Writer = (changes: DispatchChanges, update: Update) => CodecError | undefined

/** Writes a value by the codec of its field. */
const put = <A>(coded: Coded<A>, write: (value: A) => void): CodecError | undefined => {
  if (isRefused(coded)) return coded
  write(coded)
  return undefined
}

const writers: { readonly [field in Field]: Writer } = {
  name: ({ name }, update) => {
    const fault = wellFormed(name ?? "", "name")
    if (fault === undefined) update.name = name ?? ""
    return fault
  },
  startTime: ({ startTime }, update) =>
    startTime && put(TimestampCodec.encode(startTime, "startTime"), (value) => (update.startTime = value)),
  duration: ({ duration }, update) =>
    put(encodeDuration(duration ?? Duration.infinity, "duration"), (value) => {
      if (value !== undefined) update.duration = value
    }),
  target: ({ target }, update) =>
    target && put(TargetCodec.encode(target, "target", "service"), (value) => (update.target = value)),
  active: ({ active }, update) => put(active ?? false, (value) => (update.isActive = value)),
  payload: ({ payload }, update) =>
    payload &&
    put(PayloadCodec.encode(payload, "payload"), (value) => {
      if (value !== undefined) update.payload = value
    })
}

/** Writes changes; gives the paths of what was written. */
const writeChanges = (changes: DispatchChanges, update: Update): Coded<ReadonlySet<string>> => {
  const { calendar, recurrence, ...fields } = changes
  const written = new Set<string>()
  for (const [field, write] of Object.entries(writers)) {
    if (fields[field as Field] === undefined) continue
    const fault = write(changes, update)
    if (fault !== undefined) return fault
    written.add(field)
  }
  if (calendar !== undefined) {
    const path = writeCalendar(calendar, update)
    if (isRefused(path)) return path
    written.add(path)
  }
  if (recurrence === undefined) return written
  if (recurrence === null) return written.add("recurrence")
  const rule = create(UpdateMicrogridDispatchRequest_RecurrenceRuleUpdateSchema)
  for (const [part, write] of Object.entries(ruleWriters)) {
    if (recurrence[part as keyof RecurrenceChanges] === undefined) continue
    const fault = write(recurrence, rule)
    if (fault !== undefined) return fault
    if (!(recurrence instanceof RecurrenceRule)) written.add(`recurrence.${part}`)
  }
  update.recurrence = rule
  return recurrence instanceof RecurrenceRule ? written.add("recurrence") : written
}

/** Writes a rule in local time, or its exceptions; gives the path of what was written. */
const writeCalendar = (calendar: CalendarChange, update: Update): Coded<string> => {
  if (calendar === null) return "calendar"
  const isWhole = "timeZone" in calendar
  const exceptions = () => CalendarCodec.encodeExceptions(calendar.exceptions ?? [], "calendar.exceptions")
  const fault = isWhole
    ? put(CalendarCodec.encode(calendar, "calendar"), (value) => (update.calendar = value))
    : put(exceptions(), (value) => (update.calendar = create(CalendarRuleSchema, { exceptions: value })))
  return fault ?? (isWhole ? "calendar" : "calendar.exceptions")
}

type CalendarChange = NonNullable<DispatchChanges["calendar"]> | null

/** The parts of a rule in UTC. */
type RulePart = Exclude<keyof RecurrenceChanges, "timeZone">

/** Writes a part of a rule that is given; gives the fault of its value. */
type RuleWriter = (rule: RecurrenceRule | RecurrenceChanges, message: RuleUpdate) => CodecError | undefined

/** The field of the message of each list of numbers. */
const numberFields = {
  byMinutes: "byminutes",
  byHours: "byhours",
  byMonthDays: "bymonthdays",
  byMonths: "bymonths"
} as const satisfies { readonly [list in RecurrenceCodec.NumberList]: keyof RuleUpdate }

const writeNumbers =
  (list: RecurrenceCodec.NumberList): RuleWriter =>
  ({ [list]: numbers = [] }, message) =>
    put(
      RecurrenceCodec.checkNumbers(list, numbers, "recurrence"),
      (value) => (message[numberFields[list]] = value)
    )

const ruleWriters: { readonly [part in RulePart]: RuleWriter } = {
  frequency: ({ frequency }, message) => {
    if (frequency !== undefined) message.freq = RecurrenceRule_Frequency[frequency]
    return undefined
  },
  interval: ({ interval = 1 }, message) =>
    put(
      unless(findFault("interval", interval, "recurrence.interval"), interval),
      (value) => (message.interval = value)
    ),
  end: ({ end }, message) =>
    end == null
      ? undefined
      : put(RecurrenceCodec.encodeEnd(end, "recurrence.end"), (value) => (message.endCriteria = value)),
  byMinutes: writeNumbers("byMinutes"),
  byHours: writeNumbers("byHours"),
  byWeekdays: ({ byWeekdays = [] }, message) => {
    message.byweekdays = RecurrenceCodec.encodeWeekdays(byWeekdays)
    return undefined
  },
  byMonthDays: writeNumbers("byMonthDays"),
  byMonths: writeNumbers("byMonths")
}

/** Clients before API 1.0 say `selector` for the target. */
const pathsOfMask = new Map([
  ...[...maskPaths].map(([path, wire]) => [wire, path] as const),
  ["selector", "target"]
])

/** Reads a mask as paths in the model, in its order. */
const readMask = (mask: ReadonlyArray<string>): Coded<ReadonlyArray<string>> => {
  const paths: Array<string> = []
  for (const sent of mask) {
    const path = pathsOfMask.get(sent)
    if (path === undefined) {
      const known = [...maskPaths.values()].join(", ")
      return refuse("changes", `"${sent}" is not a field of an update; known are ${known}`)
    }
    paths.push(path)
  }
  return paths
}

type Reader<A> = (message: Update) => Coded<A>

const readers: { readonly [field in Field]: Reader<Exclude<DispatchChanges[field], undefined>> } = {
  name: ({ name }) => (name === "" ? null : name),
  startTime: ({ startTime }) => TimestampCodec.decode(startTime, "startTime"),
  duration: ({ duration }) => decodeDuration(duration),
  target: ({ target }) => TargetCodec.decode(target, "target"),
  active: ({ isActive }) => isActive ?? refuse("active", "true or false is required"),
  payload: ({ payload }) => PayloadCodec.decode(payload, "payload")
}

const isField = (path: string): path is Field => Object.hasOwn(readers, path)

/** Reads the changes at the paths of a mask. */
const readChanges = (paths: ReadonlyArray<string>, update: Update): Coded<DispatchChanges> => {
  const changes: DispatchChanges = {}
  for (const path of paths) {
    if (!isField(path)) continue
    const value = readers[path](update)
    if (isRefused(value)) return value
    Object.assign(changes, { [path]: value })
  }
  const recurrence = readRule(paths, update.recurrence)
  if (isRefused(recurrence)) return recurrence
  const calendar = readCalendar(paths, update.calendar)
  if (isRefused(calendar)) return calendar
  if (recurrence != null && calendar != null) {
    return refuse("calendar", "there are two rules, this one and a recurrence")
  }
  return {
    ...changes,
    ...(recurrence === undefined ? undefined : { recurrence }),
    ...(calendar === undefined ? undefined : { calendar })
  }
}

/** Reads the change of a rule in local time: the rule as a whole says its exceptions, too. */
const readCalendar = (
  paths: ReadonlyArray<string>,
  sent: Update["calendar"]
): Coded<CalendarChange | undefined> => {
  if (paths.includes("calendar")) return sent === undefined ? null : CalendarCodec.decode(sent, "calendar")
  if (!paths.includes("calendar.exceptions")) return undefined
  const exceptions = CalendarCodec.decodeExceptions(sent?.exceptions ?? [], "calendar.exceptions")
  return isRefused(exceptions) ? exceptions : { exceptions }
}

/** Reads the change of the rule: the rule as a whole says also what is named beside it. */
const readRule = (
  paths: ReadonlyArray<string>,
  sent: RuleUpdate | undefined
): Coded<DispatchChanges["recurrence"]> => {
  if (paths.includes("recurrence")) return readWholeRule(sent)
  const message = sent ?? create(UpdateMicrogridDispatchRequest_RecurrenceRuleUpdateSchema)
  if (paths.includes("recurrence.frequency") && !recurs(message)) return null
  let changes: RecurrenceChanges | undefined
  for (const [part, read] of Object.entries(ruleReaders)) {
    if (!paths.includes(`recurrence.${part}`)) continue
    const value = read(message)
    if (isRefused(value)) return value
    changes = { ...changes, [part]: value }
  }
  return changes
}

/** True if a rule has a frequency; without one it is no rule. */
const recurs = ({ freq }: RuleUpdate): boolean =>
  (freq ?? RecurrenceRule_Frequency.UNSPECIFIED) !== RecurrenceRule_Frequency.UNSPECIFIED

const readWholeRule = (message: RuleUpdate | undefined): Coded<RecurrenceRule | null> => {
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
    "recurrence"
  )
  return rule ?? null
}

type RuleReader<A> = (message: RuleUpdate) => Coded<A>

const readNumbers =
  (list: RecurrenceCodec.NumberList): RuleReader<ReadonlyArray<number>> =>
  (message) =>
    RecurrenceCodec.checkNumbers(list, message[numberFields[list]], "recurrence")

const ruleReaders: {
  readonly [part in RulePart]: RuleReader<Exclude<RecurrenceChanges[part], undefined>>
} = {
  frequency: ({ freq = RecurrenceRule_Frequency.UNSPECIFIED }) =>
    RecurrenceCodec.decodeFrequency(freq, "recurrence.frequency"),
  interval: ({ interval = 1 }) => (interval === 0 ? 1 : interval),
  end: ({ endCriteria }) => RecurrenceCodec.decodeEnd(endCriteria, "recurrence.end") ?? null,
  byMinutes: readNumbers("byMinutes"),
  byHours: readNumbers("byHours"),
  byWeekdays: ({ byweekdays }) => RecurrenceCodec.decodeWeekdays(byweekdays, "recurrence.byWeekdays"),
  byMonthDays: readNumbers("byMonthDays"),
  byMonths: readNumbers("byMonths")
}
