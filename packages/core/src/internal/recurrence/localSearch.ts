/**
 * The occurrences of a rule on a clock without changes, in seconds of that clock: UTC for a plain rule, the wall clock
 * of its zone for one in local time.
 */
import { lastDay, secondsPerDay } from "./calendar.ts"
import type { Compiled } from "./compiledRule.ts"
import { countFromTo, nth } from "./ruleCounts.ts"
import { nextDay, previousDay } from "./ruleDays.ts"
import { isReachable } from "./ruleSteps.ts"
import { nextTime, previousTime } from "./ruleTimes.ts"

/** The earliest occurrence at or after a time, `NaN` if there is none. */
export const nextLocal = (rule: Compiled, time: number): number => {
  const first = firstLocal(rule)
  if (time <= first) return first
  const occurrence = first === first && time <= rule.last ? search(rule, Math.ceil(time)) : Number.NaN
  return occurrence <= rule.last ? occurrence : Number.NaN
}

/** The latest occurrence at or before a time, `NaN` if there is none. */
export const previousLocal = (rule: Compiled, time: number): number => {
  const first = firstLocal(rule)
  return time >= first ? searchBack(rule, Math.floor(Math.min(time, rule.last))) : Number.NaN
}

/** The number of occurrences from one time to another, both inclusive. */
export const countLocal = (rule: Compiled, from: number, to: number): number => {
  const begin = nextLocal(rule, from)
  const end = previousLocal(rule, to)
  return begin <= end ? countFromTo(rule, begin, end) : 0
}

/** The first occurrence; finding it settles the last too. `NaN` for a rule that never matches. */
export const firstLocal = (rule: Compiled): number => {
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
