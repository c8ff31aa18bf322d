/**
 * The days of a rule that steps by several hours or minutes. Each hour or minute of the day comes back after `period`
 * days, on one day of them: `offset` days after the start, where `offset * unitsPerDay + unit = phase` modulo the
 * interval.
 */
import { daysInMonth, gcd, modulo, weekdayOf } from "./calendar.ts"
import { type Compiled, daily, hourly, unitsPerDay } from "./compiledRule.ts"
import { nextTime } from "./ruleTimes.ts"
import * as Bits from "./bits.ts"
import * as TimesOfDay from "./timesOfDay.ts"

/** Days after which the step meets the same hours or minutes of the day. */
export const stepPeriod = ({ frequency, interval }: Compiled): number =>
  interval / gcd(interval, unitsPerDay(frequency))

/** The offset of each hour or minute of the day that the rule allows and its step reaches, in the order of the day. */
const offsetsOf = (rule: Compiled): Array<number> => {
  const units = unitsPerDay(rule.frequency)
  const divisor = gcd(rule.interval, units)
  const period = rule.interval / divisor
  const daysPerStep = inverse((units / divisor) % period, period)
  const offsets: Array<number> = []
  for (let unit = rule.phase % divisor; unit < units; unit += divisor) {
    const allowed = rule.frequency === hourly ? (rule.hours >>> unit) & 1 : TimesOfDay.has(rule, unit)
    if (allowed) offsets.push(modulo(((rule.phase - unit) / divisor) * daysPerStep, period))
  }
  return offsets
}

/** The factor that makes 1 of a number, modulo another with which it has no common divisor. */
const inverse = (value: number, modulus: number): number => {
  let [rest, next, factor, nextFactor] = [modulus, value, 0, 1]
  while (next !== 0) {
    const quotient = Math.floor(rest / next)
    ;[rest, next] = [next, rest - quotient * next]
    ;[factor, nextFactor] = [nextFactor, factor - quotient * nextFactor]
  }
  return modulo(factor, modulus)
}

/**
 * True if the rule may match at all: some month has one of its days, and the step meets one of the times of day on one
 * of the days of the week. These checks are cheap; a search shows the rest.
 */
export const isReachable = (rule: Compiled): boolean => {
  if (!hasDays(rule)) return false
  const onWeekday = (day: number) => ((rule.weekdays >>> weekdayOf(day)) & 1) === 1
  if (rule.frequency === daily) return rule.interval % 7 !== 0 || onWeekday(rule.startDay)
  if (rule.phase < 0) return true
  const offsets = offsetsOf(rule)
  // In a pattern of whole weeks each time of day is on one day of the week only.
  return stepPeriod(rule) % 7 === 0
    ? offsets.some((offset) => onWeekday(rule.startDay + offset))
    : offsets.length > 0
}

const hasDays = ({ monthDays, monthDaysFromEnd, months }: Compiled): boolean => {
  // February may have a 29th; leap years show that a 29th from its end is its 1st.
  for (let month = 0; month < 12; month++) {
    const length = month === 1 ? 29 : daysInMonth(month)
    const days = monthDays | (monthDaysFromEnd >>> (32 - length))
    if ((months >>> month) & 1 && (days & Bits.firstBits(length)) !== 0) return true
  }
  return false
}

/** The number of days that are looked at one by one before it pays to compute the offsets of the step. */
const daysBeforeOffsets = 16

/** The first day from `day` on at which the step meets a time of day. */
export const nextDayWithTimes = (rule: Compiled, day: number): number => {
  if (rule.offsets === undefined) {
    for (let near = day; near < day + daysBeforeOffsets; near++) if (nextTime(rule, near, 0) >= 0) return near
  }
  const offsets = (rule.offsets ??= sortedOffsets(rule))
  const period = stepPeriod(rule)
  const offset = modulo(day - rule.startDay, period)
  const index = indexFrom(offsets, offset)
  const next = offsets[index] ?? period + (offsets[0] ?? Infinity)
  return day + next - offset
}

/** The last day up to `day` at which the step meets a time of day. */
export const previousDayWithTimes = (rule: Compiled, day: number): number => {
  if (rule.offsets === undefined) {
    for (let near = day; near > day - daysBeforeOffsets; near--) if (nextTime(rule, near, 0) >= 0) return near
  }
  const offsets = (rule.offsets ??= sortedOffsets(rule))
  const period = stepPeriod(rule)
  const offset = modulo(day - rule.startDay, period)
  const index = indexFrom(offsets, offset + 1) - 1
  const previous = offsets[index] ?? (offsets.at(-1) ?? -Infinity) - period
  return day + previous - offset
}

const sortedOffsets = (rule: Compiled): Uint32Array => Uint32Array.from(new Set(offsetsOf(rule))).sort()

/** The number of offsets before one. */
const indexFrom = (offsets: Uint32Array, offset: number): number => {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((offsets[middle] ?? Infinity) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The number of times that the first days of a period have together, by number of days, for a period and one more
 * month. The times of any span of days are a difference.
 */
export const timesByDays = (rule: Compiled): Uint32Array => {
  const period = stepPeriod(rule)
  const timesOfUnit = rule.frequency === hourly ? Bits.size(rule.minutesLow) + Bits.size(rule.minutesHigh) : 1
  const times = new Uint32Array(period + 32)
  for (const offset of offsetsOf(rule)) {
    for (let day = offset; day < period + 31; day += period) {
      times[day + 1] = (times[day + 1] ?? 0) + timesOfUnit
    }
  }
  let total = 0
  for (const [day, own] of times.entries()) times[day] = total += own
  return times
}
