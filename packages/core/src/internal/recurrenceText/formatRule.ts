/** Rules as RRULE text. */
import type { Weekday } from "../../RecurrenceRule.ts"
import type { Rule } from "../../Recurrence.ts"
import { formatInstant } from "./textTime.ts"

const dayName = (weekday: Weekday): string => weekday.slice(0, 2)

/** The RRULE line of a rule. */
export const formatRule = (rule: Rule): string => {
  const { nthWeekdays = [], positions = [], weekStart = "MONDAY" } = rule.timeZone === undefined ? {} : rule
  const days = [
    ...(rule.byWeekdays ?? []).map(dayName),
    ...nthWeekdays.map(({ nth, weekday }) => `${nth}${dayName(weekday)}`)
  ]
  const parts: ReadonlyArray<readonly [name: string, items: ReadonlyArray<string | number>]> = [
    ["FREQ", [rule.frequency]],
    ["INTERVAL", rule.interval === 1 ? [] : [rule.interval]],
    ["COUNT", rule.end?._tag === "Count" ? [rule.end.count] : []],
    ["BYMINUTE", rule.byMinutes ?? []],
    ["BYHOUR", rule.byHours ?? []],
    ["BYDAY", days],
    ["BYMONTHDAY", rule.byMonthDays ?? []],
    ["BYMONTH", rule.byMonths ?? []],
    ["BYSETPOS", positions],
    ["WKST", weekStart === "MONDAY" ? [] : [dayName(weekStart)]],
    ["UNTIL", rule.end?._tag === "Until" ? [formatInstant(rule.end.until)] : []]
  ]
  const given = parts.filter(([, items]) => items.length > 0)
  return `RRULE:${given.map(([name, items]) => `${name}=${items.join(",")}`).join(";")}`
}
