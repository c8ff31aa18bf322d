/** Recurrence rules: `RecurrenceRule` of the API and back. */
import { create } from "@bufbuild/protobuf"
import { findFault, Frequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { type Coded, each, isRefused, refuse, unless } from "./coded.ts"
import {
  type RecurrenceRule as Message,
  type RecurrenceRule_EndCriteria,
  RecurrenceRule_EndCriteriaSchema,
  RecurrenceRule_Frequency,
  RecurrenceRule_Weekday,
  RecurrenceRuleSchema
} from "../Protobuf.ts"
import * as TimestampCodec from "./timestampCodec.ts"

/**
 * Reads a rule; without a frequency there is none, whatever else the message carries. Lists keep their order and
 * repetitions; an interval of 0 becomes 1.
 */
export const decode = (message: Message, path: string): Coded<RecurrenceRule | undefined> => {
  if (message.freq === RecurrenceRule_Frequency.UNSPECIFIED) return undefined
  const frequency = decodeFrequency(message.freq, `${path}.frequency`)
  if (isRefused(frequency)) return frequency
  const end = decodeEnd(message.endCriteria, `${path}.end`)
  if (isRefused(end)) return end
  const byMinutes = checkNumbers("byMinutes", message.byminutes, path)
  if (isRefused(byMinutes)) return byMinutes
  const byHours = checkNumbers("byHours", message.byhours, path)
  if (isRefused(byHours)) return byHours
  const byWeekdays = decodeWeekdays(message.byweekdays, `${path}.byWeekdays`)
  if (isRefused(byWeekdays)) return byWeekdays
  const byMonthDays = checkNumbers("byMonthDays", message.bymonthdays, path)
  if (isRefused(byMonthDays)) return byMonthDays
  const byMonths = checkNumbers("byMonths", message.bymonths, path)
  if (isRefused(byMonths)) return byMonths
  return new RecurrenceRule(
    {
      frequency,
      interval: message.interval,
      ...(end === undefined ? undefined : { end }),
      ...(byMinutes.length === 0 ? undefined : { byMinutes }),
      ...(byHours.length === 0 ? undefined : { byHours }),
      ...(byWeekdays.length === 0 ? undefined : { byWeekdays }),
      ...(byMonthDays.length === 0 ? undefined : { byMonthDays }),
      ...(byMonths.length === 0 ? undefined : { byMonths })
    },
    { disableChecks: true }
  )
}

/** Writes a rule. */
export const encode = (rule: Omit<RecurrenceRule, "timeZone">, path: string): Coded<Message> => {
  const endCriteria = rule.end === undefined ? undefined : encodeEnd(rule.end, `${path}.end`)
  if (isRefused(endCriteria)) return endCriteria
  return create(RecurrenceRuleSchema, {
    freq: RecurrenceRule_Frequency[rule.frequency],
    interval: rule.interval,
    ...(endCriteria === undefined ? undefined : { endCriteria }),
    byminutes: [...(rule.byMinutes ?? [])],
    byhours: [...(rule.byHours ?? [])],
    byweekdays: encodeWeekdays(rule.byWeekdays ?? []),
    bymonthdays: [...(rule.byMonthDays ?? [])],
    bymonths: [...(rule.byMonths ?? [])]
  })
}

/** Reads a frequency. */
export const decodeFrequency = (number: RecurrenceRule_Frequency, path: string): Coded<Frequency> => {
  const name = RecurrenceRule_Frequency[number] as Frequency | undefined
  return name !== undefined && Frequency.literals.includes(name)
    ? name
    : refuse(path, `${name ?? number} is not a frequency; known are ${Frequency.literals.join(", ")}`)
}

/** Reads the end of a rule; an empty message means no end. */
export const decodeEnd = (
  message: RecurrenceRule_EndCriteria | undefined,
  path: string
): Coded<RecurrenceRule["end"] | undefined> => {
  const end = message?.countOrUntil
  switch (end?.case) {
    case "count":
      return unless(findFault("count", end.value, `${path}.count`), { _tag: "Count", count: end.value })
    case "untilTime": {
      const until = TimestampCodec.decode(end.value, `${path}.until`)
      return isRefused(until) ? until : { _tag: "Until", until }
    }
    default:
      return undefined
  }
}

/** Writes the end of a rule. */
export const encodeEnd = (
  end: NonNullable<RecurrenceRule["end"]>,
  path: string
): Coded<RecurrenceRule_EndCriteria> => {
  if (end._tag === "Count") {
    const count = unless(findFault("count", end.count, `${path}.count`), end.count)
    if (isRefused(count)) return count
    return create(RecurrenceRule_EndCriteriaSchema, { countOrUntil: { case: "count", value: count } })
  }
  const value = TimestampCodec.encode(end.until, `${path}.until`)
  return isRefused(value)
    ? value
    : create(RecurrenceRule_EndCriteriaSchema, { countOrUntil: { case: "untilTime", value } })
}

/** A list of numbers in a rule. */
export type NumberList = "byMinutes" | "byHours" | "byMonthDays" | "byMonths"

/** Gives a list of numbers, each of which must be in its range. */
export const checkNumbers = (
  list: NumberList,
  numbers: ReadonlyArray<number>,
  path: string
): Coded<Array<number>> => unless(findFault(list, numbers, `${path}.${list}`), [...numbers])

/** Reads a list of weekdays. */
export const decodeWeekdays = (numbers: Array<RecurrenceRule_Weekday>, path: string): Coded<Array<Weekday>> =>
  each(numbers, path, decodeWeekday)

/** Reads a weekday. */
export const decodeWeekday = (number: RecurrenceRule_Weekday, path: string): Coded<Weekday> => {
  const name = RecurrenceRule_Weekday[number] as Weekday | undefined
  return name !== undefined && Weekday.literals.includes(name)
    ? name
    : refuse(path, `${name ?? number} is not a weekday; known are ${Weekday.literals.join(", ")}`)
}

/** Writes a list of weekdays. */
export const encodeWeekdays = (weekdays: ReadonlyArray<Weekday>): Array<RecurrenceRule_Weekday> =>
  weekdays.map((weekday) => RecurrenceRule_Weekday[weekday])
