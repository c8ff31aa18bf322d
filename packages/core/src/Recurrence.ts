/**
 * When a rule occurs, in closed form: what an answer costs does not grow with the age of the rule.
 *
 * A rule is compiled once with its start. The semantics are those of Python's `dateutil.rrule` with the week starting
 * on Monday; occurrences are whole seconds of UTC, from the start to the end of the year 9999. Pure functions on epoch
 * seconds come first, their `DateTime` forms after.
 *
 * @since 0.1.0
 */
import { DateTime } from "effect"
import * as Bits from "./internal/bits.ts"
import {
  cycleDays,
  cycleWeeks,
  daysInMonth,
  firstOfMonth,
  gcd,
  lastDay,
  lcm,
  modulo,
  mondayOf,
  monthAndDay,
  weekdayOf,
  weekOf
} from "./internal/calendar.ts"
import * as TimesOfDay from "./internal/timesOfDay.ts"
import { Frequency, type RecurrenceRule, Weekday } from "./RecurrenceRule.ts"

/** Frequencies as numbers, in the order of `Frequency`. */
const minutely = 0
const hourly = 1
const daily = 2
const weekly = 3
const monthly = 4
const yearly = 5

const secondsPerDay = 86_400

/**
 * A rule made ready for questions. It holds numbers only; keep it with what it belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Compiled extends TimesOfDay.TimesOfDay {
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

/**
 * The earliest occurrence at or after an instant in epoch seconds, `NaN` if there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextSeconds = (rule: Compiled, seconds: number): number => {
  const first = firstOf(rule)
  if (seconds <= first) return first
  const occurrence = first === first && seconds <= rule.last ? search(rule, Math.ceil(seconds)) : Number.NaN
  return occurrence <= rule.last ? occurrence : Number.NaN
}

/**
 * The latest occurrence at or before an instant in epoch seconds, `NaN` if there is none.
 *
 * @category queries
 * @since 0.1.0
 */
export const previousSeconds = (rule: Compiled, seconds: number): number => {
  const first = firstOf(rule)
  return seconds >= first ? searchBack(rule, Math.floor(Math.min(seconds, rule.last))) : Number.NaN
}

/**
 * How many occurrences there are from one instant to another, both inclusive, in epoch seconds. Costs as much as there
 * are days with occurrences between them.
 *
 * @category queries
 * @since 0.1.0
 */
export const countSeconds = (rule: Compiled, from: number, to: number): number => {
  const begin = nextSeconds(rule, from)
  const end = previousSeconds(rule, to)
  if (!(begin <= end)) return 0
  const lastDayOfSpan = dayOf(rule, end)
  let count = 0
  for (let day = dayOf(rule, begin); day <= lastDayOfSpan; day = nextDay(rule, day + 1))
    count += timesOn(rule, day)
  return count - timesBefore(rule, begin) - timesAfter(rule, end)
}

/**
 * The earliest occurrence at or after an instant.
 *
 * @category queries
 * @since 0.1.0
 */
export const next = (rule: Compiled, at: DateTime.Utc): DateTime.Utc | undefined =>
  instant(nextSeconds(rule, at.epochMilliseconds / 1_000))

/**
 * The latest occurrence at or before an instant.
 *
 * @category queries
 * @since 0.1.0
 */
export const previous = (rule: Compiled, at: DateTime.Utc): DateTime.Utc | undefined =>
  instant(previousSeconds(rule, at.epochMilliseconds / 1_000))

/**
 * The occurrences from one instant to another, both inclusive, in order, lazily.
 *
 * @category queries
 * @since 0.1.0
 */
export function* between(
  rule: Compiled,
  from: DateTime.Utc,
  to: DateTime.Utc
): Generator<DateTime.Utc, void, void> {
  const end = to.epochMilliseconds / 1_000
  let occurrence = nextSeconds(rule, from.epochMilliseconds / 1_000)
  while (occurrence <= end) {
    yield DateTime.makeUnsafe(occurrence * 1_000)
    occurrence = nextSeconds(rule, occurrence + 1)
  }
}

/**
 * How many occurrences there are from one instant to another, both inclusive.
 *
 * @category queries
 * @since 0.1.0
 */
export const count = (rule: Compiled, from: DateTime.Utc, to: DateTime.Utc): number =>
  countSeconds(rule, from.epochMilliseconds / 1_000, to.epochMilliseconds / 1_000)

const instant = (seconds: number): DateTime.Utc | undefined =>
  Number.isNaN(seconds) ? undefined : DateTime.makeUnsafe(seconds * 1_000)

const given = <A>(list: ReadonlyArray<A> | undefined): ReadonlyArray<A> | undefined =>
  list === undefined || list.length === 0 ? undefined : list

const unitsPerDay = (frequency: number): number => (frequency === hourly ? 24 : 1_440)

/** The first occurrence; with it the last is settled too. `NaN` for a rule that never matches. */
const firstOf = (rule: Compiled): number => {
  if (rule.first === undefined) {
    const first = isReachable(rule) ? search(rule, rule.start) : Number.NaN
    const last = rule.count === Infinity || Number.isNaN(first) ? Infinity : nth(rule, first, rule.count)
    rule.last = Math.min(rule.until, last)
    rule.first = first <= rule.last ? first : Number.NaN
  }
  return rule.first
}

/** The first occurrence at or after a whole second, ignoring the end of the rule. */
const search = (rule: Compiled, from: number): number => {
  const begin = Math.max(from, rule.start)
  const beginDay = Math.floor(begin / secondsPerDay)
  const beginTime = Math.ceil((begin - secondsPerDay * beginDay - rule.second) / 60)
  for (let day = nextDay(rule, beginDay); day === day; day = nextDay(rule, day + 1)) {
    const time = nextTime(rule, day, day === beginDay ? Math.max(0, beginTime) : 0)
    if (time >= 0) return secondsPerDay * day + 60 * time + rule.second
  }
  return Number.NaN
}

/** The last occurrence at or before a whole second, ignoring the end of the rule. */
const searchBack = (rule: Compiled, to: number): number => {
  const end = Math.min(to, secondsPerDay * (lastDay + 1) - 1)
  const endDay = Math.floor(end / secondsPerDay)
  const endTime = Math.floor((end - secondsPerDay * endDay - rule.second) / 60)
  for (let day = previousDay(rule, endDay); day === day; day = previousDay(rule, day - 1)) {
    const time = previousTime(rule, day, day === endDay ? endTime : 1_439)
    if (time >= 0) {
      const occurrence = secondsPerDay * day + 60 * time + rule.second
      return occurrence >= rule.start ? occurrence : Number.NaN
    }
  }
  return Number.NaN
}

/** The `n`-th occurrence counted from the first; `Infinity` if the year 9999 ends before. */
const nth = (rule: Compiled, first: number, n: number): number => {
  const firstDay = dayOf(rule, first)
  // Occurrences are never denser than all times of day on every day.
  const timesAtMost = TimesOfDay.count(rule, rule.hours)
  if (firstDay + Math.ceil(n / timesAtMost) - 1 > lastDay) return Infinity
  let left = n + timesBefore(rule, first)
  for (let day = firstDay; day === day; day = nextDay(rule, day + 1)) {
    const times = timesOn(rule, day)
    if (left <= times) {
      let time = -1
      for (; left > 0; left--) time = nextTime(rule, day, time + 1)
      return secondsPerDay * day + 60 * time + rule.second
    }
    left -= times
  }
  return Infinity
}

const dayOf = (_rule: Compiled, occurrence: number): number => Math.floor(occurrence / secondsPerDay)

const timesBefore = (rule: Compiled, occurrence: number): number => {
  const day = dayOf(rule, occurrence)
  let before = 0
  for (
    let time = previousTime(rule, day, timeOf(rule, occurrence) - 1);
    time >= 0;
    time = previousTime(rule, day, time - 1)
  ) {
    before++
  }
  return before
}

const timesAfter = (rule: Compiled, occurrence: number): number => {
  const day = dayOf(rule, occurrence)
  let after = 0
  for (
    let time = nextTime(rule, day, timeOf(rule, occurrence) + 1);
    time >= 0;
    time = nextTime(rule, day, time + 1)
  ) {
    after++
  }
  return after
}

const timeOf = (rule: Compiled, occurrence: number): number =>
  (occurrence - rule.second - secondsPerDay * dayOf(rule, occurrence)) / 60

/** What is left of the step at the beginning of a day: the first unit of the day that is on the grid. */
const residueOf = (rule: Compiled, day: number): number =>
  modulo(rule.phase - unitsPerDay(rule.frequency) * (day - rule.startDay), rule.interval)

const nextTime = (rule: Compiled, day: number, from: number): number => {
  if (rule.phase < 0) return TimesOfDay.next(rule, rule.hours, from)
  const residue = residueOf(rule, day)
  return rule.frequency === hourly
    ? TimesOfDay.next(rule, TimesOfDay.hoursOnStep(rule.hours, residue, rule.interval), from)
    : TimesOfDay.nextOnStep(rule, residue, rule.interval, from)
}

const previousTime = (rule: Compiled, day: number, to: number): number => {
  if (rule.phase < 0) return TimesOfDay.previous(rule, rule.hours, to)
  const residue = residueOf(rule, day)
  return rule.frequency === hourly
    ? TimesOfDay.previous(rule, TimesOfDay.hoursOnStep(rule.hours, residue, rule.interval), to)
    : TimesOfDay.previousOnStep(rule, residue, rule.interval, to)
}

/** How many times of day a day on the step has. */
const timesOn = (rule: Compiled, day: number): number => {
  if (rule.phase < 0) return TimesOfDay.count(rule, rule.hours)
  const residue = residueOf(rule, day)
  if (rule.frequency === hourly) {
    return TimesOfDay.count(rule, TimesOfDay.hoursOnStep(rule.hours, residue, rule.interval))
  }
  let count = 0
  let time = TimesOfDay.nextOnStep(rule, residue, rule.interval, 0)
  for (; time >= 0; time = TimesOfDay.nextOnStep(rule, residue, rule.interval, time + 1)) count++
  return count
}

/** Whether the step of an HOURLY or MINUTELY rule ever comes upon one of its times of day. */
const isReachable = (rule: Compiled): boolean => {
  if (rule.phase < 0) return true
  const period = gcd(rule.interval, unitsPerDay(rule.frequency))
  const residue = modulo(rule.phase, period)
  return rule.frequency === hourly
    ? TimesOfDay.hoursOnStep(rule.hours, residue, period) !== 0
    : TimesOfDay.nextOnStep(rule, residue, period, 0) >= 0
}

/** Days after which the pattern of days repeats: a search that finds nothing for so long finds nothing ever. */
const periodOf = ({ frequency, interval }: Compiled): number => {
  switch (frequency) {
    case yearly:
      return (lcm(interval, 400) / 400) * cycleDays
    case monthly:
      return (lcm(interval, 4_800) / 4_800) * cycleDays
    case weekly:
      return lcm(interval, cycleWeeks) * 7
    case daily:
      return lcm(interval, cycleDays)
    default:
      return lcm(interval / gcd(interval, unitsPerDay(frequency)), cycleDays)
  }
}

/** The days of a month, from bit 0 for the 1st, that pass the lists of days. */
const daysOf = (rule: Compiled, length: number, first: number): number => {
  const byNumber = rule.monthDays | (rule.monthDaysFromEnd >>> (32 - length))
  let byWeekday = -1
  if (rule.weekdays !== 127) {
    const weekday = weekdayOf(first)
    const turned = ((rule.weekdays >>> weekday) | (rule.weekdays << (7 - weekday))) & 127
    byWeekday = Math.imul(turned, 0x1020_4081)
  }
  return byNumber & byWeekday & Bits.firstBits(length)
}

/** The first day from `day` on that passes the lists and is on the step; `NaN` if there is none. */
const nextDay = (rule: Compiled, day: number): number => {
  const end = Math.min(lastDay, day + periodOf(rule))
  if (!(day <= lastDay)) return Number.NaN
  const date = monthAndDay(day)
  let month = date >> 5
  let dayOfMonth = date & 31
  for (;;) {
    const onStep = nextMonthOnStep(rule, month)
    if (onStep !== month) {
      month = onStep
      dayOfMonth = 1
    }
    const first = firstOfMonth(month)
    if (first > end) return Number.NaN
    const inYear = modulo(month, 12)
    if (((rule.months >>> inYear) & 1) === 0) {
      const later = rule.months & (-1 << inYear)
      month += later === 0 ? 12 - inYear : Bits.lowest(later) - inYear
      dayOfMonth = 1
      continue
    }
    const length = daysInMonth(month)
    let days = daysOf(rule, length, first) & (-1 << (dayOfMonth - 1))
    month++
    dayOfMonth = 1
    while (days !== 0) {
      const candidate = first + Bits.lowest(days)
      const stepped = nextDayOnStep(rule, candidate)
      if (stepped === candidate) return candidate <= end ? candidate : Number.NaN
      if (stepped > end) return Number.NaN
      if (stepped < first + length) {
        days &= -1 << (stepped - first)
      } else {
        const jump = monthAndDay(stepped)
        month = jump >> 5
        dayOfMonth = jump & 31
        break
      }
    }
  }
}

/** The last day up to `day` that passes the lists and is on the step; `NaN` if there is none since the start. */
const previousDay = (rule: Compiled, day: number): number => {
  const begin = Math.max(rule.startDay, day - periodOf(rule))
  if (!(day >= begin)) return Number.NaN
  const date = monthAndDay(day)
  let month = date >> 5
  let dayOfMonth = date & 31
  for (;;) {
    const onStep = previousMonthOnStep(rule, month)
    if (onStep !== month) {
      month = onStep
      dayOfMonth = 31
    }
    const first = firstOfMonth(month)
    if (first + 30 < begin || month < rule.startMonth) return Number.NaN
    const inYear = modulo(month, 12)
    if (((rule.months >>> inYear) & 1) === 0) {
      const earlier = rule.months & (Bits.firstBits(inYear + 1) >>> 1)
      month -= earlier === 0 ? inYear + 1 : inYear - Bits.highest(earlier)
      dayOfMonth = 31
      continue
    }
    let days = daysOf(rule, daysInMonth(month), first) & Bits.firstBits(dayOfMonth)
    month--
    dayOfMonth = 31
    while (days !== 0) {
      const candidate = first + Bits.highest(days)
      const stepped = previousDayOnStep(rule, candidate)
      if (stepped === candidate) return candidate >= begin ? candidate : Number.NaN
      if (stepped < begin) return Number.NaN
      if (stepped >= first) {
        days &= Bits.firstBits(stepped - first + 1)
      } else {
        const jump = monthAndDay(stepped)
        month = jump >> 5
        dayOfMonth = jump & 31
        break
      }
    }
  }
}

const nextMonthOnStep = (rule: Compiled, month: number): number => {
  if (rule.interval === 1) return month
  if (rule.frequency === monthly) {
    const off = modulo(month - rule.startMonth, rule.interval)
    return off === 0 ? month : month + rule.interval - off
  }
  if (rule.frequency === yearly) {
    const year = Math.floor(month / 12)
    const off = modulo(year - Math.floor(rule.startMonth / 12), rule.interval)
    return off === 0 ? month : 12 * (year + rule.interval - off)
  }
  return month
}

const previousMonthOnStep = (rule: Compiled, month: number): number => {
  if (rule.interval === 1) return month
  if (rule.frequency === monthly) return month - modulo(month - rule.startMonth, rule.interval)
  if (rule.frequency === yearly) {
    const year = Math.floor(month / 12)
    const off = modulo(year - Math.floor(rule.startMonth / 12), rule.interval)
    return off === 0 ? month : 12 * (year - off) + 11
  }
  return month
}

const nextDayOnStep = (rule: Compiled, day: number): number => {
  if (rule.frequency === daily) {
    const off = modulo(day - rule.startDay, rule.interval)
    return off === 0 ? day : day + rule.interval - off
  }
  if (rule.frequency === weekly) {
    const week = weekOf(day)
    const off = modulo(week - weekOf(rule.startDay), rule.interval)
    return off === 0 ? day : mondayOf(week + rule.interval - off)
  }
  if (rule.phase < 0) return day
  const units = unitsPerDay(rule.frequency)
  let candidate = day
  while (candidate <= lastDay) {
    const residue = residueOf(rule, candidate)
    if (residue < units && nextTime(rule, candidate, 0) >= 0) return candidate
    candidate += Math.max(1, Math.floor(residue / units))
  }
  return candidate
}

const previousDayOnStep = (rule: Compiled, day: number): number => {
  if (rule.frequency === daily) return day - modulo(day - rule.startDay, rule.interval)
  if (rule.frequency === weekly) {
    const week = weekOf(day)
    const off = modulo(week - weekOf(rule.startDay), rule.interval)
    return off === 0 ? day : mondayOf(week - off) + 6
  }
  if (rule.phase < 0) return day
  const units = unitsPerDay(rule.frequency)
  let candidate = day
  while (candidate >= rule.startDay) {
    const residue = residueOf(rule, candidate)
    if (residue < units && nextTime(rule, candidate, 0) >= 0) return candidate
    candidate -= Math.ceil((rule.interval - residue) / units)
  }
  return candidate
}
