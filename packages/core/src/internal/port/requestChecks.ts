/** The checks for the arguments of each call of the client port. */
import { DateTime, Predicate, Result } from "effect"
import { type CalendarRule, makeResult, type NthWeekday } from "../../CalendarRule.ts"
import type {
  DispatchChanges,
  ExceptionChanges,
  ListOptions,
  NewDispatch,
  RecurrenceChanges,
  UpdateOptions
} from "../../DispatchCalls.ts"
import * as DispatchName from "../../DispatchName.ts"
import { type DispatchFilter, DispatchSort, type TimeInterval } from "../../DispatchFilter.ts"
import * as Payload from "../../Payload.ts"
import { type RecurrenceRule, type Until, Weekday } from "../../RecurrenceRule.ts"
import type { Refusal } from "../../Refusal.ts"
import * as Target from "../../Target.ts"
import { earliestInstant, latestInstant } from "../instants.ts"
import { inWords } from "../inWords.ts"
import { isPlainObject } from "../plainObject.ts"
import * as RuleChecks from "../recurrence/ruleChecks.ts"
import * as RunDuration from "../runDuration.ts"
import { nthOfYearMax, positionMax } from "../recurrence/ruleNumbers.ts"
import { unsigned32Max } from "../unsigned32.ts"
import { id } from "../unsigned64.ts"
import { type Check, faultOf, type Fields } from "../check.ts"
import * as Checks from "../check.ts"

const { flag, listOf, nullable, objectOf, oneOf, optional, tag, text, that, whole } = Checks

const instantExpected = "an instant (DateTime.Utc) of the years 1 to 9999"

const isInstant = (value: unknown): boolean =>
  DateTime.isDateTime(value) &&
  value.epochMilliseconds >= earliestInstant &&
  value.epochMilliseconds < latestInstant + 1_000

const instant: Check = (value, path) => {
  if (isInstant(value)) return undefined
  const given = DateTime.isDateTime(value) ? "one of another year" : inWords(value)
  return { path, message: `${given} is not ${instantExpected}` }
}

const start: Check = (value, path) => {
  const fault = value === "NOW" ? undefined : instant(value, path)
  return fault && { path, message: `${fault.message}, or "NOW"` }
}

const duration: Check = (value, path) => {
  const read = RunDuration.read(value)
  return Result.isSuccess(read) ? undefined : { path, message: read.failure }
}

const span = objectOf<TimeInterval>({ from: optional(instant), to: optional(instant) })

/** An instant has neither end, and would be no condition at all. */
const interval: Check = (value, path) =>
  typeof value === "object" && value !== null && !isPlainObject(value)
    ? { path, message: `${inWords(value)} is not an object with from, to` }
    : span(value, path)

const target: Check = (value, path) => Target.findFault(value, path)

const payload: Check = (value, path) => Payload.findFault(value, path)

const until = objectOf<typeof Until.Type>({ _tag: tag, until: instant })

const end: Check = (value, path) => {
  if (Predicate.isTagged(value, "Count")) return RuleChecks.countEnd(value, path)
  if (Predicate.isTagged(value, "Until")) return until(value, path)
  return { path, message: `${inWords(value)} is not an end of a rule: a Count or an Until` }
}

const { frequency, interval: ruleInterval } = RuleChecks.values

const needsZone = optional(that(() => false, 'allowed without a timeZone, which is "UTC" for UTC'))

/** The parts that a rule in UTC does not have. */
const localParts = {
  timeZone: needsZone,
  nthWeekdays: needsZone,
  positions: needsZone,
  weekStart: needsZone,
  exceptions: needsZone
}

type LocalParts = typeof localParts

const plainRule = objectOf<Omit<RecurrenceRule, "timeZone"> & LocalParts>({
  frequency,
  interval: ruleInterval,
  end: optional(end),
  ...RuleChecks.optionalLists,
  ...localParts
})

const exceptions = listOf(instant)

const weekday = oneOf(Weekday.literals, "a day of the week")

const calendarParts: Fields<CalendarRule> = {
  frequency,
  interval: ruleInterval,
  end: optional(end),
  ...RuleChecks.optionalLists,
  timeZone: text,
  nthWeekdays: optional(listOf(objectOf<NthWeekday>({ nth: whole(-nthOfYearMax, nthOfYearMax), weekday }))),
  positions: optional(listOf(whole(-positionMax, positionMax))),
  weekStart: optional(weekday),
  exceptions: optional(exceptions)
}

const calendarFields = objectOf<CalendarRule>(calendarParts)

const calendarRule: Check = (value, path) => {
  const fault = calendarFields(value, path)
  if (fault !== undefined || !isCalendar(value)) return fault
  const found = makeResult(value)
  return Result.isSuccess(found)
    ? undefined
    : { path: `${path}.${found.failure.path}`, message: found.failure.message }
}

const hasPart = (value: unknown, part: string): boolean =>
  Predicate.isObject(value) && Reflect.get(value, part) !== undefined

/** Its fields have been looked at, one by one. */
const isCalendar = (value: unknown): value is CalendarRule => hasPart(value, "timeZone")

const rule: Check = (value, path) => (hasPart(value, "timeZone") ? calendarRule : plainRule)(value, path)

const ruleChanges = objectOf<Omit<RecurrenceChanges, "timeZone"> & LocalParts>({
  frequency: optional(frequency),
  interval: optional(ruleInterval),
  end: optional(nullable(end)),
  ...RuleChecks.optionalLists,
  ...localParts
})

const exceptionChanges: Check = (value, path) => {
  const other = Object.keys(calendarParts).find((part) => part !== "exceptions" && hasPart(value, part))
  return other === undefined
    ? objectOf<ExceptionChanges>({ exceptions })(value, path)
    : {
        path: `${path}.timeZone`,
        message: `is needed with ${other}: exceptions alone change, or the whole rule`
      }
}

const calendarChanges: Check = (value, path) =>
  (hasPart(value, "timeZone") ? calendarRule : exceptionChanges)(value, path)

const name: Check = (value, path) => {
  const fault = text(value, path)
  if (fault !== undefined || typeof value !== "string") return fault
  const message = DispatchName.findFault(value)
  return message === undefined ? undefined : { path, message }
}

/** The flags of a dispatch, which listings go by as well. */
const flags = { active: optional(flag), dryRun: optional(flag) }

const newDispatch: Fields<NewDispatch> = {
  name: optional(name),
  type: text,
  startTime: start,
  duration: optional(duration),
  target,
  ...flags,
  payload: optional(payload),
  recurrence: optional(rule)
}

const changes: Fields<DispatchChanges> = {
  name: optional(nullable(name)),
  startTime: optional(instant),
  duration: optional(nullable(duration)),
  target: optional(target),
  active: optional(flag),
  payload: optional(payload),
  recurrence: optional(nullable(ruleChanges)),
  calendar: optional(nullable(calendarChanges))
}

const filter: Fields<DispatchFilter> = {
  targets: optional(listOf(target)),
  ...flags,
  recurring: optional(flag),
  startTime: optional(interval),
  endTime: optional(interval),
  updateTime: optional(interval),
  ids: optional(listOf(id("dispatch"))),
  queries: optional(listOf(text)),
  names: optional(listOf(text))
}

const listOptions: Fields<ListOptions> = {
  filter: optional(objectOf<DispatchFilter>(filter)),
  sort: optional(
    objectOf<DispatchSort>({
      field: oneOf(DispatchSort.fields.field.literals, "a field to sort by"),
      order: oneOf(DispatchSort.fields.order.literals, "an order")
    })
  ),
  pageSize: optional(whole(0, unsigned32Max))
}

const updateOptions: Fields<UpdateOptions> = {
  ifUpdateTime: optional(
    that((value) => typeof value === "bigint", "the updateTime of a dispatch: a bigint of nanoseconds")
  )
}

/** The fault of the id of a microgrid. */
export const ofMicrogrid = (value: unknown): Refusal | undefined => id("microgrid")(value, "microgridId")

/** The fault of the id of a dispatch. */
export const ofId = (value: unknown): Refusal | undefined => id("dispatch")(value, "id")

/** The fault of the options of a listing. */
export const ofListOptions = (value: unknown): Refusal | undefined => faultOf(value, "options", listOptions)

/** The fault of a dispatch to be created. */
export const ofNewDispatch = (value: unknown): Refusal | undefined => faultOf(value, "dispatch", newDispatch)

/** The fault of the changes of a dispatch: there must be one. */
export const ofChanges = (value: unknown): Refusal | undefined => {
  const fault = faultOf(value, "changes", changes)
  if (fault !== undefined) return fault
  if (Predicate.isObject(value) && value["recurrence"] != null && value["calendar"] != null) {
    return { path: "calendar", message: "cannot be given with recurrence: a dispatch recurs by one rule" }
  }
  const known = Object.keys(changes)
  return Predicate.isObject(value) && known.some((field) => value[field] !== undefined)
    ? undefined
    : { path: "changes", message: `an update changes at least one of ${known.join(", ")}` }
}

/** The fault of the options of an update. */
export const ofUpdateOptions = (value: unknown): Refusal | undefined =>
  faultOf(value, "options", updateOptions)
