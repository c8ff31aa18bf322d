/** The days of a rule: months by lists and step, their days by one set of bits each, and the step over days. */
import * as Bits from "./bits.ts"
import {
  daysInMonth,
  firstOfMonth,
  firstOfWeek,
  lastDay,
  lastMonth,
  modulo,
  monthAndDay,
  monthOfYear,
  weekdayOf,
  weekOf
} from "./calendar.ts"
import { type Compiled, daily, monthly, weekly, yearly } from "./compiledRule.ts"
import { patternedDays } from "./dayPattern.ts"
import { nextDayWithTimes, previousDayWithTimes } from "./ruleSteps.ts"

/** The days of a month, from bit 0 for the 1st, that pass the lists of days. */
export const daysOf = (rule: Compiled, month: number, length: number, first: number): number => {
  if (rule.pattern !== undefined) return patternedDays(rule, rule.pattern, month)
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
export const nextDay = (rule: Compiled, day: number): number => {
  if (!(day <= lastDay)) return Number.NaN
  if (rule.everyDay) return day
  const end = Math.min(lastDay, day + rule.period)
  const date = monthAndDay(day)
  let month = date >> 5
  let dayOfMonth = date & 31
  for (;;) {
    const onStep = nextMonthOnStep(rule, month)
    if (onStep !== month) {
      month = onStep
      dayOfMonth = 1
    }
    if (month > lastMonth) return Number.NaN
    const first = firstOfMonth(month)
    if (first > end) return Number.NaN
    const inYear = monthOfYear(month)
    if (((rule.months >>> inYear) & 1) === 0) {
      const later = rule.months & (-1 << inYear)
      month += later === 0 ? 12 - inYear : Bits.lowest(later) - inYear
      dayOfMonth = 1
      continue
    }
    const length = daysInMonth(month)
    let days = daysOf(rule, month, length, first) & (-1 << (dayOfMonth - 1))
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
export const previousDay = (rule: Compiled, day: number): number => {
  if (!(day >= rule.startDay)) return Number.NaN
  if (rule.everyDay) return day
  const begin = Math.max(rule.startDay, day - rule.period)
  const date = monthAndDay(day)
  let month = date >> 5
  let dayOfMonth = date & 31
  for (;;) {
    const onStep = previousMonthOnStep(rule, month)
    if (onStep !== month) {
      month = onStep
      dayOfMonth = 31
    }
    if (month < rule.startMonth) return Number.NaN
    const first = firstOfMonth(month)
    if (first + 30 < begin) return Number.NaN
    const inYear = monthOfYear(month)
    if (((rule.months >>> inYear) & 1) === 0) {
      const earlier = rule.months & (Bits.firstBits(inYear + 1) >>> 1)
      month -= earlier === 0 ? inYear + 1 : inYear - Bits.highest(earlier)
      dayOfMonth = 31
      continue
    }
    let days = daysOf(rule, month, daysInMonth(month), first) & Bits.firstBits(dayOfMonth)
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

export const nextMonthOnStep = (rule: Compiled, month: number): number => {
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
    const { weekStart } = rule
    const week = weekOf(day, weekStart)
    const off = modulo(week - weekOf(rule.startDay, weekStart), rule.interval)
    return off === 0 ? day : firstOfWeek(week + rule.interval - off, weekStart)
  }
  return rule.phase < 0 ? day : nextDayWithTimes(rule, day)
}

const previousDayOnStep = (rule: Compiled, day: number): number => {
  if (rule.frequency === daily) return day - modulo(day - rule.startDay, rule.interval)
  if (rule.frequency === weekly) {
    const { weekStart } = rule
    const week = weekOf(day, weekStart)
    const off = modulo(week - weekOf(rule.startDay, weekStart), rule.interval)
    return off === 0 ? day : firstOfWeek(week - off, weekStart) + 6
  }
  return rule.phase < 0 ? day : previousDayWithTimes(rule, day)
}
