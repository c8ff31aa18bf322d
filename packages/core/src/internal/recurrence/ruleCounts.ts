/** The number of a rule's occurrences on a span of days, and the day of the n-th; month by month, not one by one. */
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
  secondsPerDay,
  weekOf
} from "./calendar.ts"
import { type Compiled, daily, weekly } from "./compiledRule.ts"
import { daysOf, nextDay, nextMonthOnStep } from "./ruleDays.ts"
import { stepPeriod, timesByDays } from "./ruleSteps.ts"
import { nextTime, timesBefore } from "./ruleTimes.ts"
import * as TimesOfDay from "./timesOfDay.ts"

/** Days up to which they are counted one by one. */
const shortSpan = 62

/** The end of a count: the day that reached the limit (`NaN` if none did), and the number before that day. */
interface Reached {
  readonly day: number
  readonly before: number
}

/** The number of occurrences from one to another, both included. */
export const countFromTo = (rule: Compiled, first: number, last: number): number => {
  const day = dayOf(last)
  const { before } = countOfDays(rule, dayOf(first), day - 1, Infinity)
  return (
    before +
    timesBefore(rule, day, timeOf(rule, last) + 1) -
    timesBefore(rule, dayOf(first), timeOf(rule, first))
  )
}

/** The `n`-th occurrence, counted from `first`; `Infinity` if the year 9999 ends before. */
export const nth = (rule: Compiled, first: number, n: number): number => {
  const firstDay = dayOf(first)
  // Occurrences are never denser than all times of day on every day.
  const timesAtMost = TimesOfDay.count(rule, rule.hours)
  if (firstDay + Math.ceil(n / timesAtMost) - 1 > lastDay) return Infinity
  const limit = n + timesBefore(rule, firstDay, timeOf(rule, first))
  const { before, day } = countOfDays(rule, firstDay, lastDay, limit)
  if (Number.isNaN(day)) return Infinity
  let time = -1
  for (let left = limit - before; left > 0; left--) time = nextTime(rule, day, time + 1)
  return secondsPerDay * day + 60 * time + rule.second
}

/** Counts from one day to another, both included, until a limit is reached. */
const countOfDays = (rule: Compiled, from: number, to: number, limit: number): Reached => {
  const short = countOneByOne(rule, from, Math.min(to, from + shortSpan - 1), limit)
  if (!Number.isNaN(short.day) || to < from + shortSpan) return short
  const count = rule.phase < 0 ? countOfDaily(rule) : countOfStep(rule, to - from)
  let begin = from + shortSpan
  let { before } = short
  if (to - begin > 2 * rule.period) {
    const { before: inPeriod, day } = count(rule, begin, begin + rule.period - 1, limit - before)
    if (!Number.isNaN(day)) return { day, before: before + inPeriod }
    const periods = Math.floor((to - begin) / rule.period)
    const skipped = inPeriod === 0 ? periods : Math.min(periods, Math.floor((limit - before - 1) / inPeriod))
    begin += skipped * rule.period
    before += skipped * inPeriod
  }
  return after(before, count(rule, begin, to, limit - before))
}

/** The end of a count that goes on after so many. */
const after = (before: number, reached: Reached): Reached => ({
  day: reached.day,
  before: before + reached.before
})

type Count = (rule: Compiled, from: number, to: number, limit: number) => Reached

const countOneByOne: Count = (rule, from, to, limit) => {
  let before = 0
  for (let day = nextDay(rule, from); day <= to; day = nextDay(rule, day + 1)) {
    const times = timesBefore(rule, day, 1_440)
    if (before + times >= limit) return { day, before }
    before += times
  }
  return { day: Number.NaN, before }
}

/** For rules whose days all have the same times. A step of more than two months has few days. */
const countOfDaily = ({ frequency, interval }: Compiled): Count => {
  const days = frequency === daily ? interval : frequency === weekly ? 7 * interval : 1
  return days > shortSpan ? countOneByOne : countByMonths
}

/** The days of a month are counted at once. */
const countByMonths: Count = (rule, from, to, limit) => {
  const times = TimesOfDay.count(rule, rule.hours)
  const stepped = rule.interval > 1 && (rule.frequency === daily || rule.frequency === weekly)
  let before = 0
  for (let month = monthAndDay(from) >> 5; ; month++) {
    month = nextMonthOfRule(rule, month)
    const first = month > lastMonth ? Infinity : firstOfMonth(month)
    if (first > to) return { day: Number.NaN, before }
    let days = daysInSpan(rule, month, from, to)
    if (stepped) days &= daysOnStep(rule, first)
    const total = times * Bits.size(days)
    if (before + total >= limit) {
      for (; before + times < limit; before += times) days &= days - 1
      return { day: first + Bits.lowest(days), before }
    }
    before += total
  }
}

const nextMonthOfRule = (rule: Compiled, from: number): number => {
  let month = nextMonthOnStep(rule, from)
  while (month <= lastMonth) {
    const inYear = monthOfYear(month)
    const ahead = rule.months >>> inYear
    if (ahead & 1) return month
    month = nextMonthOnStep(rule, month + (ahead === 0 ? 12 - inYear : Bits.lowest(ahead)))
  }
  return month
}

/** The days of a month that are on the step of a DAILY or WEEKLY rule. */
const daysOnStep = (rule: Compiled, first: number): number => {
  let days = 0
  if (rule.frequency === daily) {
    const start = modulo(rule.startDay - first, rule.interval)
    for (let day = start; day < 31; day += rule.interval) days |= 1 << day
    return days
  }
  const { interval, startDay, weekStart } = rule
  const week = weekOf(first, weekStart)
  const start =
    7 * modulo(weekOf(startDay, weekStart) - week, interval) + firstOfWeek(week, weekStart) - first
  for (let day = start; day < 31; day += 7 * interval) days |= day < 0 ? 127 >>> -day : 127 << day
  return days
}

/** The longest period of a step, in days, whose times are laid out to count them. */
const periodMax = 262_144

/** For rules that step by hours or minutes. A step with a long period has times on few days. */
const countOfStep = (rule: Compiled, span: number): Count => {
  const period = stepPeriod(rule)
  if (period > Math.min(periodMax, span)) return countOneByOne
  const times = timesByDays(rule)
  // A day before any month that is counted.
  const base = rule.startDay - 31 * period
  return (_, from, to, limit) => {
    let before = 0
    for (let month = monthAndDay(from) >> 5; ; month++) {
      month = nextMonthOfRule(rule, month)
      const first = month > lastMonth ? Infinity : firstOfMonth(month)
      if (first > to) return { day: Number.NaN, before }
      const offset = ((first - base) | 0) % period
      let total = 0
      // Runs of consecutive days, beginning with the lowest.
      for (let days = daysInSpan(rule, month, from, to); days !== 0;) {
        const begin = Bits.lowest(days)
        const end = Bits.lowest(~(days | (Bits.firstBits(begin + 1) >>> 1)))
        total += (times[offset + end] ?? 0) - (times[offset + begin] ?? 0)
        days &= -1 << end
      }
      if (before + total >= limit)
        return after(before, countOneByOne(rule, Math.max(first, from), to, limit - before))
      before += total
    }
  }
}

/** The days of a month that pass the lists and are not outside a span. */
const daysInSpan = (rule: Compiled, month: number, from: number, to: number): number => {
  const first = firstOfMonth(month)
  const length = daysInMonth(month)
  let days = daysOf(rule, month, length, first)
  if (first < from) days &= -1 << (from - first)
  if (first + length > to) days &= Bits.firstBits(to - first + 1)
  return days
}

const dayOf = (occurrence: number): number => Math.floor(occurrence / secondsPerDay)

/** The minute of the day of an occurrence. */
const timeOf = (rule: Compiled, occurrence: number): number =>
  (occurrence - rule.second - secondsPerDay * dayOf(occurrence)) / 60
