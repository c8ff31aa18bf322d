/** A rule in words. */
import { DateTime } from "effect"
import { type RecurrenceRule, Weekday } from "../../RecurrenceRule.ts"
import { LibraryWeekday, RRule } from "./rruleLibrary.ts"

/**
 * Describes a rule in English: `every week on Monday, Wednesday at 08:00 UTC for 10 times`. It mentions every list of
 * the rule, but nothing that the rule takes from its start.
 *
 * @category formatting
 * @since 0.1.0
 */
export const describe = (rule: RecurrenceRule): string =>
  [...period(rule), ...months(rule), ...times(rule), ...end(rule)].join(" ")

/**
 * Frequency, interval and days. The package leaves out some parts when there are many, so they are asked for one by
 * one; it words all days right for MONTHLY rules.
 */
const period = (rule: RecurrenceRule): Array<string> => {
  const freq = RRule[rule.frequency]
  const days = {
    byweekday: ascending(rule.byWeekdays?.map((name) => Weekday.literals.indexOf(name))).map(weekday),
    bymonthday: ascending(rule.byMonthDays)
  }
  if (rule.frequency === "WEEKLY" && rule.interval === 1 && days.bymonthday.length === 0) {
    return [new RRule({ freq, byweekday: given(days.byweekday) }).toText()]
  }
  // The package has no plural of 101.
  const every = new RRule({ freq, interval: rule.interval === 1 ? 1 : 2 }).toText()
  const on = new RRule({
    freq: RRule.MONTHLY,
    byweekday: given(days.byweekday),
    bymonthday: given(days.bymonthday)
  })
  return [every.replace("every 2", `every ${rule.interval}`), ...without("every month", on.toText())]
}

const months = (rule: RecurrenceRule): Array<string> => {
  const bymonth = ascending(rule.byMonths)
  if (bymonth.length === 0) return []
  return ["in", ...without("every", new RRule({ freq: RRule.YEARLY, bymonth }).toText())]
}

/** The number of times of day up to which each is told. */
const timesMax = 12

const times = (rule: RecurrenceRule): Array<string> => {
  const hours = ascending(rule.byHours)
  const minutes = ascending(rule.byMinutes)
  const number = hours.length * minutes.length
  if (number > 0 && number <= timesMax) {
    const clock = hours.flatMap((hour) => minutes.map((minute) => `${two(hour)}:${two(minute)}`))
    return [`at ${enumerated(clock)} UTC`]
  }
  return [
    ...(hours.length === 0 ? [] : [`in ${plural("hour", hours)} ${enumerated(hours)} UTC`]),
    ...(minutes.length === 0 ? [] : [`at ${plural("minute", minutes)} ${enumerated(minutes)}`])
  ]
}

const end = ({ end }: RecurrenceRule): Array<string> => {
  if (end === undefined) return []
  if (end._tag === "Count") return [`for ${end.count} ${end.count === 1 ? "time" : "times"}`]
  return [
    `until ${DateTime.formatIso(end.until)
      .replace("T", " ")
      .replace(/(\.0+)?Z$/, " UTC")}`
  ]
}

const without = (beginning: string, text: string): Array<string> =>
  text === beginning ? [] : [text.slice(beginning.length + 1)]

// Only in this form does the package know Monday to Friday as a whole.
const weekday = (number: number) => new LibraryWeekday(number)

const given = <A>(list: Array<A>): Array<A> | null => (list.length === 0 ? null : list)

const ascending = (list: ReadonlyArray<number> = []): Array<number> =>
  [...new Set(list)].sort((left, right) => left - right)

const enumerated = (items: ReadonlyArray<string | number>): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`

const plural = (word: string, items: ReadonlyArray<number>): string =>
  items.length === 1 ? word : `${word}s`

const two = (number: number): string => String(number).padStart(2, "0")
