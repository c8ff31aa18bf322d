/** The times of day of one day of a rule; they depend on the day if the rule steps by hours or minutes. */
import { modulo } from "./calendar.ts"
import { type Compiled, hourly, unitsPerDay } from "./compiledRule.ts"
import * as TimesOfDay from "./timesOfDay.ts"

/** The rest of the step at the beginning of a day: the first unit of the day that is on the grid. */
const residueOf = (rule: Compiled, day: number): number =>
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

/** The number of times on the step that a day has before `before`. */
export const timesBefore = (rule: Compiled, day: number, before: number): number => {
  if (rule.phase < 0) return TimesOfDay.countBefore(rule, rule.hours, before)
  const residue = residueOf(rule, day)
  if (rule.frequency === hourly) {
    return TimesOfDay.countBefore(rule, TimesOfDay.hoursOnStep(rule.hours, residue, rule.interval), before)
  }
  let count = 0
  let time = TimesOfDay.nextOnStep(rule, residue, rule.interval, 0)
  for (; time >= 0 && time < before; time = TimesOfDay.nextOnStep(rule, residue, rule.interval, time + 1)) {
    count++
  }
  return count
}
