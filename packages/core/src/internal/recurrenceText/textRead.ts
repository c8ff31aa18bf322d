/** The rule of a text, in UTC or in local time. */
import { DateTime, Result } from "effect"
import { makeResult } from "../../CalendarRule.ts"
import type { Rule } from "../../Recurrence.ts"
import { findPlainFault, RecurrenceRule } from "../../RecurrenceRule.ts"
import type { Refusal } from "../../Refusal.ts"
import { isFast } from "../recurrence/ruleNumbers.ts"
import { partsOf } from "../recurrence/wallClock.ts"
import { isRefused, type RecurrenceTextError, refuse } from "./textError.ts"
import type { Parts } from "./textParts.ts"
import { readRule, type TextRule, weekStartMatters, withoutAllDays } from "./textRule.ts"
import { type TextTimes, timesOf } from "./textZone.ts"

/** Facts that the caller knows of a text. */
export interface Known {
  readonly timeZone?: string | undefined
  readonly start?: DateTime.Utc | undefined
}

/** Reads the rule and the start of the parts of a text. */
export const read = (
  parts: Parts,
  { start: known, timeZone }: Known
): { readonly rule: Rule; readonly start: DateTime.Utc | undefined } | RecurrenceTextError => {
  if (parts.rule.has("UNTIL") && parts.rule.has("COUNT")) {
    return refuse("UNTIL", "cannot be given with COUNT; a rule ends one way")
  }
  const text = readRule(parts.rule)
  if (isRefused(text)) return text
  const times = timesOf(parts, timeZone)
  if (isRefused(times)) return times
  const rule =
    times.zone.name === undefined ? plainOrUtc(text, times, known) : inZone(text, times, times.zone.name)
  return isRefused(rule) ? rule : { rule, start: times.start }
}

/** Steps by hours and minutes are steps of real time, which no zone changes. Only a text may not ask for one. */
const inZone = (text: TextRule, times: TextTimes, timeZone: string): Rule | RecurrenceTextError => {
  return isFast(text.frequency) && !times.isOfText
    ? plainOrUtc(text, times, times.start)
    : makeCalendar(text, times, timeZone)
}

/** A rule in UTC, without a zone where it needs none. */
const plainOrUtc = (
  given: TextRule,
  times: TextTimes,
  known: DateTime.Utc | undefined
): Rule | RecurrenceTextError => {
  const text = withoutAllDays(given)
  const start = times.start ?? known
  const weekday = start && partsOf(Math.floor(start.epochMilliseconds / 1_000)).weekday
  const part = localPartOf(text, times, weekday)
  if (part === undefined) return makePlain(text, times)
  return isFast(text.frequency)
    ? refuse(part, `cannot be given with ${text.frequency}; take FREQ=DAILY with BYHOUR and BYMINUTE`)
    : makeCalendar(text, times, "UTC")
}

/** The first part that only a rule in local time has. */
const localPartOf = (text: TextRule, times: TextTimes, weekday: number | undefined): string | undefined => {
  if (times.exceptions.length > 0) return "EXDATE"
  if (text.nthWeekdays.length > 0) return "BYDAY"
  if (text.positions.length > 0) return "BYSETPOS"
  return weekStartMatters(text, weekday) ? "WKST" : undefined
}

const fieldsOf = ({ byWeekdays, count, frequency, interval, lists }: TextRule, { until }: TextTimes) => ({
  frequency,
  interval,
  ...(count === undefined ? undefined : { end: { _tag: "Count", count } as const }),
  ...(until === undefined ? undefined : { end: { _tag: "Until", until } as const }),
  ...lists,
  ...(byWeekdays.length === 0 ? undefined : { byWeekdays })
})

const makePlain = (text: TextRule, times: TextTimes): Rule | RecurrenceTextError => {
  const fields = fieldsOf(text, times)
  const fault = findPlainFault(fields)
  return fault === undefined ? new RecurrenceRule(fields) : refuseFault(fault)
}

const makeCalendar = (text: TextRule, times: TextTimes, timeZone: string): Rule | RecurrenceTextError => {
  const { nthWeekdays, positions, weekStart } = text
  const { exceptions } = times
  const rule = makeResult({
    ...fieldsOf(text, times),
    timeZone,
    ...(nthWeekdays.length === 0 ? undefined : { nthWeekdays }),
    ...(positions.length === 0 ? undefined : { positions }),
    ...(weekStart === "MONDAY" ? undefined : { weekStart }),
    ...(exceptions.length === 0 ? undefined : { exceptions })
  })
  return Result.isSuccess(rule) ? rule.success : refuseFault(rule.failure)
}

const partOfField: { readonly [field: string]: string } = {
  frequency: "FREQ",
  interval: "INTERVAL",
  end: "COUNT",
  byMinutes: "BYMINUTE",
  byHours: "BYHOUR",
  byMonthDays: "BYMONTHDAY",
  byMonths: "BYMONTH",
  nthWeekdays: "BYDAY",
  positions: "BYSETPOS",
  exceptions: "EXDATE",
  timeZone: "TZID"
}

const refuseFault = ({ message, path }: Refusal): RecurrenceTextError =>
  refuse(partOfField[/^\w+/.exec(path)?.[0] ?? ""] ?? "RRULE", message)
