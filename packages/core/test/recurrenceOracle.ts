/** The meaning of a rule, instant by instant, by `Date` and the lists of the rule alone. */
import { type RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"

/** True if an instant (epoch seconds) agrees with every list, with the step, and with the parts of the start. */
export const matches = (rule: RecurrenceRule, start: number, occurrence: number): boolean => {
  const [from, to] = [new Date(start * 1_000), new Date(occurrence * 1_000)]
  return (
    occurrence >= Math.floor(start) &&
    to.getUTCSeconds() === from.getUTCSeconds() &&
    has(lists(rule, from).minutes, to.getUTCMinutes()) &&
    has(lists(rule, from).hours, to.getUTCHours()) &&
    matchesDay(rule, from, to) &&
    periodOf(rule.frequency, from, to) % rule.interval === 0
  )
}

/** All instants from one (inclusive) to another (exclusive) at which a rule occurs that has no end. */
export const matching = (rule: RecurrenceRule, start: number, from: number, to: number): Array<number> => {
  const found: Array<number> = []
  const first = from + ((((start - from) % 60) + 60) % 60)
  for (let instant = first; instant < to; instant += 60) {
    if (matches(rule, start, instant)) found.push(instant)
  }
  return found
}

const has = <A>(list: ReadonlyArray<A> | undefined, ...items: Array<A>): boolean =>
  list === undefined || items.some((item) => list.includes(item))

const given = <A>(list: ReadonlyArray<A> | undefined): ReadonlyArray<A> | undefined =>
  list === undefined || list.length === 0 ? undefined : list

const weekdayOf = (date: Date): Weekday => Weekday.literals[(date.getUTCDay() + 6) % 7] as Weekday

/** The lists of a rule, and those that it leaves to the start. */
const lists = (rule: RecurrenceRule, from: Date) => {
  const { frequency } = rule
  const byDay = given(rule.byMonthDays) !== undefined || given(rule.byWeekdays) !== undefined
  const implied = <A>(holds: boolean, item: A) => (holds ? [item] : undefined)
  const byDate = !byDay && (frequency === "MONTHLY" || frequency === "YEARLY")
  return {
    minutes: given(rule.byMinutes) ?? implied(frequency !== "MINUTELY", from.getUTCMinutes()),
    hours:
      given(rule.byHours) ?? implied(frequency !== "MINUTELY" && frequency !== "HOURLY", from.getUTCHours()),
    weekdays: given(rule.byWeekdays) ?? implied(!byDay && frequency === "WEEKLY", weekdayOf(from)),
    monthDays: given(rule.byMonthDays) ?? implied(byDate, from.getUTCDate()),
    months: given(rule.byMonths) ?? implied(!byDay && frequency === "YEARLY", from.getUTCMonth() + 1)
  }
}

const matchesDay = (rule: RecurrenceRule, from: Date, to: Date): boolean => {
  const { monthDays, months, weekdays } = lists(rule, from)
  const length = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  const day = to.getUTCDate()
  return (
    has(months, to.getUTCMonth() + 1) && has(monthDays, day, day - length - 1) && has(weekdays, weekdayOf(to))
  )
}

/** The number of periods between two instants. */
const periodOf = (frequency: RecurrenceRule["frequency"], from: Date, to: Date): number => {
  const days = (date: Date) => Math.floor(date.getTime() / 86_400_000)
  switch (frequency) {
    case "YEARLY":
      return to.getUTCFullYear() - from.getUTCFullYear()
    case "MONTHLY":
      return 12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth()
    case "WEEKLY":
      return Math.floor((days(to) + 3) / 7) - Math.floor((days(from) + 3) / 7)
    case "DAILY":
      return days(to) - days(from)
    case "HOURLY":
      return Math.floor(to.getTime() / 3_600_000) - Math.floor(from.getTime() / 3_600_000)
    case "MINUTELY":
      return Math.floor(to.getTime() / 60_000) - Math.floor(from.getTime() / 60_000)
  }
}
