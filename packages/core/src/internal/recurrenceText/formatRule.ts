/** Rules as RRULE text. */
import { Weekday } from "../../RecurrenceRule.ts"
import type { Rule } from "../../Recurrence.ts"
import { LibraryWeekday, RRule } from "./rruleLibrary.ts"
import { formatInstant } from "./textTime.ts"

/** The RRULE line of a rule. */
export const formatRule = (rule: Rule): string => {
  const { nthWeekdays = [], positions = [], weekStart = "MONDAY" } = rule.timeZone === undefined ? {} : rule
  const line = RRule.optionsToString({
    freq: RRule[rule.frequency],
    ...(rule.interval === 1 ? undefined : { interval: rule.interval }),
    count: rule.end?._tag === "Count" ? rule.end.count : null,
    byminute: listOf(rule.byMinutes),
    byhour: listOf(rule.byHours),
    byweekday: listOf([
      ...(rule.byWeekdays ?? []).map((weekday) => dayOf(weekday)),
      ...nthWeekdays.map(({ nth, weekday }) => dayOf(weekday).nth(nth))
    ]),
    bymonthday: listOf(rule.byMonthDays),
    bymonth: listOf(rule.byMonths),
    bysetpos: listOf(positions),
    ...(weekStart === "MONDAY" ? undefined : { wkst: dayOf(weekStart) })
  })
  return rule.end?._tag === "Until" ? `${line};UNTIL=${formatInstant(rule.end.until)}` : line
}

const dayOf = (weekday: Weekday) => new LibraryWeekday(Weekday.literals.indexOf(weekday))

const listOf = <A>(list: ReadonlyArray<A> | undefined): Array<A> | null =>
  list === undefined || list.length === 0 ? null : [...list]
