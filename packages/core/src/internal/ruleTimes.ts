/** The times of day of one day of a rule; they depend on the day where the rule steps by hours or minutes. */
import { gcd, modulo } from "./calendar.ts"
import { type Compiled, hourly, unitsPerDay } from "./compiledRule.ts"
import * as TimesOfDay from "./timesOfDay.ts"

/** What is left of the step at the beginning of a day: the first unit of the day that is on the grid. */
export const residueOf = (rule: Compiled, day: number): number =>
  modulo(rule.phase - unitsPerDay(rule.frequency) * (day - rule.startDay), rule.interval)

export const nextTime = (rule: Compiled, day: number, from: number): number => {
  if (rule.phase < 0) return TimesOfDay.next(rule, rule.hours, from)
  const residue = residueOf(rule, day)
  return rule.frequency === hourly
    ? TimesOfDay.next(rule, TimesOfDay.hoursOnStep(rule.hours, residue, rule.interval), from)
    : TimesOfDay.nextOnStep(rule, residue, rule.interval, from)
}

export const previousTime = (rule: Compiled, day: number, to: number): number => {
  if (rule.phase < 0) return TimesOfDay.previous(rule, rule.hours, to)
  const residue = residueOf(rule, day)
  return rule.frequency === hourly
    ? TimesOfDay.previous(rule, TimesOfDay.hoursOnStep(rule.hours, residue, rule.interval), to)
    : TimesOfDay.previousOnStep(rule, residue, rule.interval, to)
}

/** How many times of day a day on the step has. */
export const timesOn = (rule: Compiled, day: number): number => {
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
export const isReachable = (rule: Compiled): boolean => {
  if (rule.phase < 0) return true
  const period = gcd(rule.interval, unitsPerDay(rule.frequency))
  const residue = modulo(rule.phase, period)
  return rule.frequency === hourly
    ? TimesOfDay.hoursOnStep(rule.hours, residue, period) !== 0
    : TimesOfDay.nextOnStep(rule, residue, period, 0) >= 0
}
