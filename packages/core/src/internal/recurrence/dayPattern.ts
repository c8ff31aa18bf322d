/**
 * The days of a month by more than lists: nth weekdays, and positions among the days of a period.
 *
 * A month depends on its length and the day of the week of its 1st alone, a year on two such facts as well. Nothing here
 * depends on the age of a rule.
 */
import type { CalendarRule } from "../../CalendarRule.ts"
import { Weekday } from "../../RecurrenceRule.ts"
import * as Bits from "./bits.ts"
import { daysInMonth, firstOfMonth, firstOfWeek, modulo, monthOfYear, weekdayOf, weekOf } from "./calendar.ts"

/** A weekday (Monday = 0) by its number in the month or year, from the end if negative. */
interface Nth {
  readonly nth: number
  readonly weekday: number
}

/** Nth weekdays and positions: they choose days that lists alone cannot. */
export interface DayPattern {
  readonly nthWeekdays: ReadonlyArray<Nth>
  /** The nth weekdays are counted in the year, not in the month. */
  readonly isOfYear: boolean
  readonly positions: ReadonlyArray<number>
  /** The positions are counted in the week, not in the month or year. */
  readonly isOfWeek: boolean
  /** The days of each month of each kind of year, where the year counts; -1 for those not yet asked for. */
  readonly years: Int32Array | undefined
}

/** The lists of days as bits, and the beginning of the week. */
export interface DayLists {
  readonly months: number
  /** Days of the month by number, bit 0 for the 1st, and from the end, mirrored; all bits if none are given. */
  readonly monthDays: number
  readonly monthDaysFromEnd: number
  readonly weekdays: number
  /** The day that begins a week, Monday = 0. */
  readonly weekStart: number
}

type Lists = Omit<DayLists, "weekStart">

type Parts = Partial<Pick<CalendarRule, "byMonths" | "nthWeekdays" | "positions">> &
  Pick<CalendarRule, "frequency">

/** The pattern of a rule, if lists do not say all. */
export const patternOf = (rule: Parts, lists: Lists): DayPattern | undefined => {
  const { byMonths = [], frequency, nthWeekdays: nths = [], positions = [] } = rule
  if (nths.length === 0 && positions.length === 0) return undefined
  const nthWeekdays = nths.map(({ nth, weekday }) => ({ nth, weekday: Weekday.literals.indexOf(weekday) }))
  const isOfYear = frequency === "YEARLY" && byMonths.length === 0
  const pattern = { nthWeekdays, isOfYear, positions, isOfWeek: frequency === "WEEKLY" }
  const hasYears = frequency === "YEARLY" && (isOfYear || positions.length > 0)
  return { ...pattern, years: hasYears ? yearsOf({ ...pattern, ...lists }) : undefined }
}

/** 14 kinds of year: by the day of the week of their first day, and by their length. */
const yearKinds = 14

/** The tables of years that are shared by rules with the same lists; beyond that the oldest goes. */
const yearTablesMax = 256
const yearTables = new Map<string, Int32Array>()

const yearsOf = (parts: Lists & Omit<DayPattern, "years">): Int32Array => {
  const { isOfYear, monthDays, monthDaysFromEnd, months, nthWeekdays, positions, weekdays } = parts
  const key = JSON.stringify([
    isOfYear,
    months,
    monthDays,
    monthDaysFromEnd,
    weekdays,
    nthWeekdays,
    positions
  ])
  let table = yearTables.get(key)
  if (table === undefined) {
    table = new Int32Array(12 * yearKinds).fill(-1)
    yearTables.set(key, table)
    if (yearTables.size > yearTablesMax) yearTables.delete(yearTables.keys().next().value ?? key)
  }
  return table
}

/** The days of a month, from bit 0 for the 1st. */
export const patternedDays = (rule: DayLists, pattern: DayPattern, month: number): number => {
  if (pattern.years !== undefined) return daysOfYear(rule, pattern, pattern.years, month)
  const days = listedDays(rule, pattern, month)
  if (pattern.positions.length === 0) return days
  return pattern.isOfWeek
    ? daysOfWeeks(rule, pattern, month)
    : picked(days, pattern.positions, { before: 0, all: Bits.size(days) })
}

/** The days of a month that pass all lists, positions left aside. */
const listedDays = (rule: DayLists, { isOfYear, nthWeekdays }: DayPattern, month: number): number => {
  const inYear = monthOfYear(month)
  if (((rule.months >>> inYear) & 1) === 0) return 0
  const first = firstOfMonth(month)
  const length = daysInMonth(month)
  const byNumber = (rule.monthDays | (rule.monthDaysFromEnd >>> (32 - length))) & Bits.firstBits(length)
  if (rule.weekdays === 127) return byNumber
  const weekday = weekdayOf(first)
  const turned = ((rule.weekdays >>> weekday) | (rule.weekdays << (7 - weekday))) & 127
  let byWeekday = Math.imul(turned, 0x1020_4081)
  const begin = isOfYear ? firstOfMonth(month - inYear) : first
  const end = isOfYear ? firstOfMonth(month - inYear + 12) : first + length
  for (const nth of nthWeekdays) {
    const day = dayOfNth(nth, begin, end) - first
    if (day >= 0 && day < length) byWeekday |= 1 << day
  }
  return byNumber & byWeekday
}

/** The day of an nth weekday of a span of days, `NaN` if it has fewer. */
const dayOfNth = ({ nth, weekday }: Nth, begin: number, end: number): number => {
  const day =
    nth > 0
      ? begin + modulo(weekday - weekdayOf(begin), 7) + 7 * (nth - 1)
      : end - 1 - modulo(weekdayOf(end - 1) - weekday, 7) + 7 * (nth + 1)
  return day >= begin && day < end ? day : Number.NaN
}

/** The place of some days among the days of their period. */
interface Place {
  readonly before: number
  readonly all: number
}

/** The days at positions of their period; a position that the period does not have is skipped. */
const picked = (days: number, positions: ReadonlyArray<number>, { all, before }: Place): number => {
  const size = Bits.size(days)
  let found = 0
  for (const position of positions) {
    const index = (position > 0 ? position - 1 : all + position) - before
    if (index < 0 || index >= size) continue
    let rest = days
    for (let left = index; left > 0; left--) rest &= rest - 1
    found |= rest & -rest
  }
  return found
}

const daysOfYear = (rule: DayLists, pattern: DayPattern, years: Int32Array, month: number): number => {
  const inYear = monthOfYear(month)
  const january = month - inYear
  const begin = firstOfMonth(january)
  const isLeap = daysInMonth(january + 1) === 29
  const kind = 12 * (weekdayOf(begin) + (isLeap ? 7 : 0))
  if (years[kind] === -1) {
    const months = Array.from({ length: 12 }, (_, index) => listedDays(rule, pattern, january + index))
    const all = months.reduce((sum, days) => sum + Bits.size(days), 0)
    let before = 0
    months.forEach((days, index) => {
      years[kind + index] =
        pattern.positions.length === 0 ? days : picked(days, pattern.positions, { before, all })
      before += Bits.size(days)
    })
  }
  return years[kind + inYear] ?? 0
}

/** Weeks reach into the months before and after, whose days count as well. */
const daysOfWeeks = (rule: DayLists, pattern: DayPattern, month: number): number => {
  const first = firstOfMonth(month)
  const length = daysInMonth(month)
  const previous = listedDays(rule, pattern, month - 1)
  const own = listedDays(rule, pattern, month)
  const next = listedDays(rule, pattern, month + 1)
  const previousLength = daysInMonth(month - 1)
  let found = 0
  let begin = firstOfWeek(weekOf(first, rule.weekStart), rule.weekStart) - first
  for (; begin < length; begin += 7) {
    const week =
      begin < 0
        ? (previous >>> (previousLength + begin)) | (own << -begin)
        : (own >>> begin) | (length - begin < 7 ? next << (length - begin) : 0)
    const days = picked(week & 127, pattern.positions, { before: 0, all: Bits.size(week & 127) })
    found |= begin < 0 ? days >>> -begin : days << begin
  }
  return found & Bits.firstBits(length)
}
