/** Recurrence rules: `RecurrenceRule` of the API and back. */
import { create } from "@bufbuild/protobuf"
import { Frequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { type Coded, each, isRefused, refuse, unsigned } from "./coded.ts"
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
  const frequency = decodeFrequency(message.freq, `${path}.freq`)
  if (isRefused(frequency)) return frequency
  const end = decodeEnd(message.endCriteria, `${path}.end_criteria`)
  if (isRefused(end)) return end
  const byMinutes = checkNumbers(message.byminutes, `${path}.byminutes`, 0, 59)
  if (isRefused(byMinutes)) return byMinutes
  const byHours = checkNumbers(message.byhours, `${path}.byhours`, 0, 23)
  if (isRefused(byHours)) return byHours
  const byWeekdays = decodeWeekdays(message.byweekdays, `${path}.byweekdays`)
  if (isRefused(byWeekdays)) return byWeekdays
  const byMonthDays = checkMonthDays(message.bymonthdays, `${path}.bymonthdays`)
  if (isRefused(byMonthDays)) return byMonthDays
  const byMonths = checkNumbers(message.bymonths, `${path}.bymonths`, 1, 12)
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
  const endCriteria = rule.end === undefined ? undefined : encodeEnd(rule.end, `${path}.end_criteria`)
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
      return end.value > 0
        ? { _tag: "Count", count: end.value }
        : refuse(`${path}.count`, "a count is at least 1")
    case "untilTime": {
      const until = TimestampCodec.decode(end.value, `${path}.until_time`)
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
    const at = `${path}.count`
    const fault = end.count === 0 ? refuse(at, "a count is at least 1") : unsigned(end.count, 32, at)
    if (fault !== undefined) return fault
    return create(RecurrenceRule_EndCriteriaSchema, { countOrUntil: { case: "count", value: end.count } })
  }
  const value = TimestampCodec.encode(end.until, `${path}.until_time`)
  return isRefused(value)
    ? value
    : create(RecurrenceRule_EndCriteriaSchema, { countOrUntil: { case: "untilTime", value } })
}

/** Gives a list of numbers, each of which must be in a range. */
export const checkNumbers = (
  numbers: Array<number>,
  path: string,
  minimum: number,
  maximum: number
): Coded<Array<number>> => {
  const wrong = numbers.findIndex(
    (number) => !Number.isInteger(number) || number < minimum || number > maximum
  )
  return wrong < 0
    ? numbers
    : refuse(`${path}[${wrong}]`, `${numbers[wrong]} is not from ${minimum} to ${maximum}`)
}

/** Gives a list of days of the month, counted from its end when negative. */
export const checkMonthDays = (numbers: Array<number>, path: string): Coded<Array<number>> => {
  const wrong = numbers.findIndex(
    (number) => !Number.isInteger(number) || number === 0 || Math.abs(number) > 31
  )
  return wrong < 0
    ? numbers
    : refuse(`${path}[${wrong}]`, `${numbers[wrong]} is not from 1 to 31 or from -1 to -31`)
}

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
