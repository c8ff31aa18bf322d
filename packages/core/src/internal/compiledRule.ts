/** Rules made ready for questions: what lists and frequency mean, as bits and numbers. */
import { Frequency, type RecurrenceRule, Weekday } from "../RecurrenceRule.ts"
import * as Bits from "./bits.ts"
import { modulo, monthAndDay, weekdayOf } from "./calendar.ts"
import type { TimesOfDay } from "./timesOfDay.ts"

/** Frequencies as numbers, in the order of `Frequency`. */
export const minutely = 0
export const hourly = 1
export const daily = 2
export const weekly = 3
export const monthly = 4
export const yearly = 5

export const secondsPerDay = 86_400

/** How many units of its step a day has, for an HOURLY or MINUTELY rule. */
export const unitsPerDay = (frequency: number): number => (frequency === hourly ? 24 : 1_440)

/**
 * A rule made ready for questions. It holds numbers only; keep it with what it belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Compiled extends TimesOfDay {
  readonly frequency: number
  readonly interval: number
  /** First second from which it may occur. */
  readonly start: number
  /** The second of the minute of all occurrences. */
  readonly second: number
  readonly startDay: number
  readonly startMonth: number
  readonly months: number
  /** Days of the month by number, bit 0 for the 1st, and from the end, mirrored; all bits where none are given. */
  readonly monthDays: number
  readonly monthDaysFromEnd: number
  readonly weekdays: number
  /** Hour or minute of the day at the start, if the rule steps by so many of them; -1 if not. */
  readonly phase: number
  readonly count: number
  readonly until: number
  /** First and last occurrence; computed with the first question. */
  first: number | undefined
  last: number
}

/**
 * Makes a rule ready for questions, with its start (DTSTART, in epoch seconds; fractions are cut off downwards).
 *
 * @category constructors
 * @since 0.1.0
 */
export const compile = (rule: RecurrenceRule, start: number): Compiled => {
  const from = Math.floor(start)
  const startDay = Math.floor(from / secondsPerDay)
  const secondOfDay = from - secondsPerDay * startDay
  const time = Math.floor(secondOfDay / 60)
  const date = monthAndDay(startDay)
  const startMonth = date >> 5
  const frequency = Frequency.literals.indexOf(rule.frequency)
  const { interval } = rule
  const byMonthDays = given(rule.byMonthDays)
  const byWeekdays = given(rule.byWeekdays)
  const byMonths = given(rule.byMonths)
  const byHours = given(rule.byHours)
  const byMinutes = given(rule.byMinutes)
  const byDay = byMonthDays !== undefined || byWeekdays !== undefined
  // What neither lists nor frequency say is taken from the start.
  const monthDays = byMonthDays ?? (byDay || frequency < monthly ? [] : [date & 31])
  const anyMonthDay = monthDays.every((day) => day === 0)
  const weekday = byDay || frequency !== weekly ? 127 : 1 << weekdayOf(startDay)
  const month = byDay || frequency !== yearly ? 4_095 : 1 << modulo(startMonth, 12)
  const hour = Math.floor(time / 60)
  const hours =
    byHours === undefined ? (frequency <= hourly ? Bits.firstBits(24) : 1 << hour) : Bits.of(byHours)
  const minutes = byMinutes ?? (frequency === minutely ? undefined : [time - 60 * hour])
  const stepped = frequency <= hourly && interval > 1
  return {
    frequency,
    interval,
    start: from,
    second: secondOfDay - 60 * time,
    startDay,
    startMonth,
    months: byMonths === undefined ? month : Bits.of(byMonths.map((number) => number - 1)),
    monthDays: anyMonthDay ? -1 : Bits.of(monthDays.filter((day) => day > 0).map((day) => day - 1)),
    monthDaysFromEnd: anyMonthDay ? 0 : Bits.of(monthDays.filter((day) => day < 0).map((day) => 32 + day)),
    weekdays:
      byWeekdays === undefined ? weekday : Bits.of(byWeekdays.map((name) => Weekday.literals.indexOf(name))),
    hours,
    minutesLow: minutes === undefined ? Bits.firstBits(30) : Bits.of(minutes.filter((minute) => minute < 30)),
    minutesHigh:
      minutes === undefined
        ? Bits.firstBits(30)
        : Bits.of(minutes.filter((minute) => minute >= 30).map((minute) => minute - 30)),
    phase: stepped ? (frequency === hourly ? hour : time) : -1,
    count: rule.end?._tag === "Count" ? rule.end.count : Infinity,
    until: rule.end?._tag === "Until" ? Math.floor(rule.end.until.epochMilliseconds / 1_000) : Infinity,
    first: undefined,
    last: Infinity
  }
}

const given = <A>(list: ReadonlyArray<A> | undefined): ReadonlyArray<A> | undefined =>
  list === undefined || list.length === 0 ? undefined : list
