/** Rules compiled for queries: the meaning of lists and frequency as bits and numbers. */
import type { CalendarRule } from "../../CalendarRule.ts"
import { Frequency, type RecurrenceRule, Weekday } from "../../RecurrenceRule.ts"
import * as Bits from "./bits.ts"
import { cycleDays, gcd, lcm, monthAndDay, monthOfYear, secondsPerDay, weekdayOf } from "./calendar.ts"
import { type DayLists, type DayPattern, patternOf } from "./dayPattern.ts"
import { given } from "./ruleNumbers.ts"
import type { TimesOfDay } from "./timesOfDay.ts"
import { type TimeZone, timeZoneOf } from "./timeZone.ts"

/** Frequencies as numbers, in the order of `Frequency`. */
export const minutely = 0
export const hourly = 1
export const daily = 2
export const weekly = 3
export const monthly = 4
export const yearly = 5

/** The number of units that a day has for the step of an HOURLY or MINUTELY rule. */
export const unitsPerDay = (frequency: number): number => (frequency === hourly ? 24 : 1_440)

/** The place of a rule's local times among the instants. Seconds. */
export interface Zoned {
  /** Absent if this machine does not know the zone: then the rule never occurs. */
  readonly zone: TimeZone | undefined
  /** First instant at which it may occur. */
  readonly start: number
  readonly until: number
  /** Ascending. */
  readonly exceptions: ReadonlyArray<number>
  /** The beginning of the segment of the start, if the clock shows the time of the start there for the second time. */
  readonly repeatedFrom: number
}

/**
 * A rule compiled for queries; keep it with its owner. The times of a rule in local time are readings of its clock, in
 * seconds as if they were UTC, and `zoned` relates them to instants.
 *
 * @category models
 * @since 0.1.0
 */
export interface Compiled extends TimesOfDay, DayLists {
  readonly frequency: number
  readonly interval: number
  /** First second from which it may occur. */
  readonly start: number
  /** The second of the minute of all occurrences. */
  readonly second: number
  readonly startDay: number
  readonly startMonth: number
  /** Nth weekdays and positions, if the rule has any. */
  readonly pattern: DayPattern | undefined
  /** True if no day is left out, by lists or step. */
  readonly everyDay: boolean
  /** Days after which the pattern of days repeats: a search that finds nothing for so long never finds anything. */
  readonly period: number
  /** Hour or minute of the day at the start, if the rule steps by so many of them; -1 if not. */
  readonly phase: number
  readonly count: number
  readonly until: number
  /** First and last occurrence; computed with the first question. */
  first: number | undefined
  last: number
  /** The days of its period on which a step by hours or minutes has times; made when a search takes long. */
  offsets: Uint32Array | undefined
  /** Absent for a rule in UTC. */
  readonly zoned: Zoned | undefined
}

/**
 * Compiles a rule for queries, with its start (DTSTART, in epoch seconds; fractions are cut off downwards).
 *
 * @category constructors
 * @since 0.1.0
 */
export const compile = (rule: RecurrenceRule | CalendarRule, start: number): Compiled => {
  const from = Math.floor(start)
  if (rule.timeZone === undefined) return compileLocal(rule, from, endOf(rule), undefined)
  const zone = timeZoneOf(rule.timeZone)
  const segment = zone?.segmentAt(from)
  const local = from + (segment?.offset ?? 0)
  const isRepeated = segment !== undefined && local < segment.begin + segment.before
  return compileLocal(rule, local, Infinity, {
    zone,
    start: from,
    until: endOf(rule),
    exceptions: (rule.exceptions ?? []).map(({ epochMilliseconds }) => epochMilliseconds / 1_000),
    repeatedFrom: isRepeated ? segment.begin : Number.NaN
  })
}

const endOf = ({ end }: Pick<RecurrenceRule, "end">): number =>
  end?._tag === "Until" ? Math.floor(end.until.epochMilliseconds / 1_000) : Infinity

type LocalRule = Omit<RecurrenceRule, "timeZone"> &
  Partial<Pick<CalendarRule, "nthWeekdays" | "positions" | "weekStart">>

const compileLocal = (rule: LocalRule, from: number, until: number, zoned: Zoned | undefined): Compiled => {
  const { interval } = rule
  const frequency = Frequency.literals.indexOf(rule.frequency)
  const startDay = Math.floor(from / secondsPerDay)
  const secondOfDay = from - secondsPerDay * startDay
  const time = (secondOfDay / 60) | 0
  const hour = (time / 60) | 0
  const days = daysOf(rule, frequency, startDay)
  const minutes = minutesOf(rule, frequency, time - 60 * hour)
  const pattern = patternOf(rule, days)
  const cycle = pattern === undefined ? cycleOf(days) : cycleDays
  const isStepped = frequency <= hourly && interval > 1
  return {
    frequency,
    interval,
    start: from,
    second: secondOfDay - 60 * time,
    startDay,
    startMonth: days.startMonth,
    months: days.months,
    monthDays: days.monthDays,
    monthDaysFromEnd: days.monthDaysFromEnd,
    weekdays: days.weekdays,
    weekStart: rule.weekStart === undefined ? 0 : Weekday.literals.indexOf(rule.weekStart),
    pattern,
    everyDay: interval === 1 && cycle === 1,
    period: periodOf(frequency, interval, cycle),
    hours: hoursOf(rule, frequency, hour),
    minutesLow: minutes.minutesLow,
    minutesHigh: minutes.minutesHigh,
    phase: isStepped ? (frequency === hourly ? hour : time) : -1,
    count: rule.end?._tag === "Count" ? rule.end.count : Infinity,
    until,
    first: undefined,
    last: Infinity,
    offsets: undefined,
    zoned
  }
}

type Days = Pick<Compiled, "startMonth" | "months" | "monthDays" | "monthDaysFromEnd" | "weekdays">

/** The lists of days. The start gives the values that neither lists nor frequency give. */
const daysOf = (rule: LocalRule, frequency: number, startDay: number): Days => {
  const date = monthAndDay(startDay)
  const startMonth = date >> 5
  const byMonthDays = given(rule.byMonthDays)
  const byWeekdays = given(rule.byWeekdays)
  const byMonths = given(rule.byMonths)
  const byNth = given(rule.nthWeekdays) !== undefined
  const byDay = byMonthDays !== undefined || byWeekdays !== undefined || byNth
  let monthDays = byDay || frequency < monthly ? -1 : 1 << ((date & 31) - 1)
  let monthDaysFromEnd = 0
  if (byMonthDays !== undefined) {
    monthDays = 0
    for (const day of byMonthDays) {
      if (day > 0) monthDays |= 1 << (day - 1)
      else monthDaysFromEnd |= 1 << (32 + day)
    }
  }
  let weekdays = byDay || frequency !== weekly ? everyWeekday : 1 << weekdayOf(startDay)
  if (byWeekdays !== undefined || byNth) {
    weekdays = 0
    for (const name of byWeekdays ?? []) weekdays |= 1 << Weekday.literals.indexOf(name)
  }
  let months = byDay || frequency !== yearly ? everyMonth : 1 << monthOfYear(startMonth)
  if (byMonths !== undefined) {
    months = 0
    for (const month of byMonths) months |= 1 << (month - 1)
  }
  return { startMonth, months, monthDays, monthDaysFromEnd, weekdays }
}

const everyMonth = 4_095
const everyWeekday = 127

/** Days after which the lists of days repeat. */
const cycleOf = ({ monthDays, months, weekdays }: Days): number =>
  months !== everyMonth || monthDays !== -1 ? cycleDays : weekdays !== everyWeekday ? 7 : 1

const hoursOf = (rule: LocalRule, frequency: number, startHour: number): number => {
  const byHours = given(rule.byHours)
  if (byHours !== undefined) return Bits.of(byHours)
  return frequency <= hourly ? Bits.firstBits(24) : 1 << startHour
}

/** The minutes of an hour, those before 30 and those from 30 on. */
const minutesOf = (
  rule: LocalRule,
  frequency: number,
  startMinute: number
): Pick<Compiled, "minutesLow" | "minutesHigh"> => {
  const byMinutes = given(rule.byMinutes)
  if (byMinutes === undefined && frequency === minutely) {
    return { minutesLow: Bits.firstBits(30), minutesHigh: Bits.firstBits(30) }
  }
  let minutesLow = 0
  let minutesHigh = 0
  for (const minute of byMinutes ?? [startMinute]) {
    if (minute < 30) minutesLow |= 1 << minute
    else minutesHigh |= 1 << (minute - 30)
  }
  return { minutesLow, minutesHigh }
}

const periodOf = (frequency: number, interval: number, cycle: number): number => {
  switch (frequency) {
    case yearly:
      return (lcm(interval, 400) / 400) * cycleDays
    case monthly:
      return (lcm(interval, 4_800) / 4_800) * cycleDays
    case weekly:
      return lcm(7 * interval, cycle)
    case daily:
      return lcm(interval, cycle)
    default:
      return lcm(interval / gcd(interval, unitsPerDay(frequency)), cycle)
  }
}
