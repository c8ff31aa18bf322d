/** Rules of either kind, in UTC or in local time, changed as values. */
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { isFast as isFastFrequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime } from "effect"

/** The rule with another end, or none. */
export const withEnd = (rule: Recurrence.Rule, end: Recurrence.Rule["end"]): Recurrence.Rule => {
  const { end: _, ...fields } = rule
  const ending = end === undefined ? undefined : { end }
  return fields.timeZone === undefined
    ? new RecurrenceRule({ ...fields, ...ending })
    : new CalendarRule({ ...fields, ...ending })
}

/** The rule without an end. */
export const endless = (rule: Recurrence.Rule): Recurrence.Rule => withEnd(rule, undefined)

/** The rule with another count, if it has one. */
export const withCount = (rule: Recurrence.Rule, change: (count: number) => number): Recurrence.Rule =>
  rule.end?._tag === "Count" ? withEnd(rule, { _tag: "Count", count: change(rule.end.count) }) : rule

/** The rule with these exceptions instead of its own; one in UTC has none. */
export const withExceptions = (
  rule: Recurrence.Rule,
  exceptions: ReadonlyArray<DateTime.Utc>
): Recurrence.Rule => {
  if (rule.timeZone === undefined) return rule
  const { exceptions: _, ...fields } = rule
  return new CalendarRule({ ...fields, ...(exceptions.length === 0 ? undefined : { exceptions }) })
}

/** True if a rule steps by real time: no zone changes it, and it has no exceptions. */
export const isFast = ({ frequency }: Pick<Recurrence.Rule, "frequency">): boolean =>
  isFastFrequency(frequency)

/** The rule in the one form for all that mean the same: in UTC, unless it has parts that need a zone. */
export const plainest = (rule: Recurrence.Rule): Recurrence.Rule => {
  if (rule.timeZone === undefined || LocalClock.make(rule.timeZone)?.isUtc !== true) return rule
  const { exceptions = [], nthWeekdays = [], positions = [], timeZone: _, weekStart, ...plain } = rule
  const isWeekly = rule.frequency === "WEEKLY" && (weekStart ?? "MONDAY") !== "MONDAY"
  const needsZone = exceptions.length + nthWeekdays.length + positions.length > 0 || isWeekly
  return needsZone ? new CalendarRule({ ...rule, timeZone: "UTC" }) : new RecurrenceRule(plain)
}

/** The times of a rule as its clock shows them, in seconds as if they were instants; without end and exceptions. */
export interface LocalTimes {
  readonly compiled: Recurrence.Compiled
  readonly clock: LocalClock
}

/** The local times of a rule in local time; nothing where this machine does not know the zone. */
export const localTimes = (rule: CalendarRule, start: DateTime.Utc): LocalTimes | undefined => {
  const clock = LocalClock.make(rule.timeZone)
  if (clock === undefined) return undefined
  const { end: _, exceptions: __, ...parts } = rule
  const shown = new CalendarRule({ ...parts, timeZone: "UTC" })
  return { clock, compiled: Recurrence.compile(shown, clock.reading(start)) }
}

/** A leap of a clock: its instant, the first local time that it leaps over, and how long it is, in seconds. */
export interface Leap {
  readonly at: DateTime.Utc
  readonly begin: number
  readonly length: number
}

/** The leap of a clock within the day before an instant. */
export const leapBefore = (clock: LocalClock, at: DateTime.Utc): Leap | undefined => {
  const change = clock.nextChange(DateTime.subtract(at, { days: 1 }), at)
  if (change === undefined) return undefined
  const { after, before } = clock.change(change)
  const length = after - before
  return length > 0 ? { at: change, begin: clock.reading(change) - length, length } : undefined
}

/** The local time of an occurrence: where the clock leaps over it, the occurrence is as much later. */
export const localTimeOf = ({ clock, compiled }: LocalTimes, at: DateTime.Utc): number => {
  const reading = clock.reading(at)
  const leap = leapBefore(clock, at)
  if (leap === undefined) return reading
  const missing = reading - leap.length
  const isLeaptOver = missing >= leap.begin && missing < leap.begin + leap.length
  return isLeaptOver && Recurrence.nextSeconds(compiled, missing) === missing ? missing : reading
}

/** The rule with all that it takes from its start: time of day, weekday, day of the month, month. */
export const explicit = (rule: Recurrence.Rule, start: DateTime.Utc): Recurrence.Rule => {
  const reading = LocalClock.make(rule.timeZone ?? "UTC")?.reading(start) ?? start.epochMilliseconds / 1_000
  const parts = DateTime.toPartsUtc(DateTime.makeUnsafe(1_000 * reading))
  const implied = {
    ...(isGiven(rule.byMinutes) || rule.frequency === "MINUTELY" ? undefined : { byMinutes: [parts.minute] }),
    ...(isGiven(rule.byHours) || isFast(rule) ? undefined : { byHours: [parts.hour] }),
    ...impliedDays(rule, parts)
  }
  return rule.timeZone === undefined
    ? new RecurrenceRule({ ...rule, ...implied })
    : new CalendarRule({ ...rule, ...implied })
}

const isGiven = (list: ReadonlyArray<unknown> | undefined): boolean => list !== undefined && list.length > 0

const impliedDays = (
  rule: Recurrence.Rule,
  { day, month, weekDay }: DateTime.DateTime.PartsWithWeekday
): object => {
  const nth = rule.timeZone === undefined ? undefined : rule.nthWeekdays
  if ([rule.byWeekdays, rule.byMonthDays, nth].some(isGiven)) return {}
  switch (rule.frequency) {
    case "WEEKLY":
      return { byWeekdays: [Weekday.literals[(weekDay + 6) % 7]] }
    case "MONTHLY":
      return { byMonthDays: [day] }
    case "YEARLY":
      return { byMonthDays: [day], ...(isGiven(rule.byMonths) ? undefined : { byMonths: [month] }) }
    default:
      return {}
  }
}
