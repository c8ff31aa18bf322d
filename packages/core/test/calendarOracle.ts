/**
 * The occurrences of a rule in local time, day by day with Temporal: no arithmetic of its own, and nothing that is
 * clever.
 */
import type { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Weekday } from "@effect-dispatch/core/RecurrenceRule"

type Date = Temporal.PlainDate

/** Monday = 1, as Temporal has it. */
const numberOf = (weekday: Weekday): number => Weekday.literals.indexOf(weekday) + 1

const weekOf = (date: Date, first: number): Date => date.subtract({ days: (date.dayOfWeek - first + 7) % 7 })

const weekStartOf = ({ weekStart = "MONDAY" }: CalendarRule): number => numberOf(weekStart)

/** The days of a span of days, both included. */
const span = (from: Date, to: Date): Array<Date> =>
  Array.from({ length: from.until(to, { largestUnit: "days" }).days + 1 }, (_, days) => from.add({ days }))

const monthOf = (date: Date): Array<Date> => span(date.with({ day: 1 }), date.with({ day: date.daysInMonth }))

const yearOf = (date: Date): Array<Date> =>
  span(date.with({ month: 1, day: 1 }), date.with({ month: 12, day: 31 }))

const isOnStep = (rule: CalendarRule, anchor: Date, date: Date): boolean => {
  const first = weekStartOf(rule)
  const passed = {
    DAILY: () => anchor.until(date, { largestUnit: "days" }).days,
    WEEKLY: () => weekOf(anchor, first).until(weekOf(date, first), { largestUnit: "days" }).days / 7,
    MONTHLY: () => 12 * (date.year - anchor.year) + date.month - anchor.month,
    YEARLY: () => date.year - anchor.year,
    HOURLY: () => Number.NaN,
    MINUTELY: () => Number.NaN
  }[rule.frequency]()
  return passed % rule.interval === 0
}

const isNth = (rule: CalendarRule, date: Date): boolean => {
  const { byMonths = [], frequency, nthWeekdays = [] } = rule
  return nthWeekdays.some(({ nth, weekday }) => {
    const period = frequency === "YEARLY" && byMonths.length === 0 ? yearOf(date) : monthOf(date)
    const days = period.filter(({ dayOfWeek }) => dayOfWeek === numberOf(weekday))
    return days.at(nth > 0 ? nth - 1 : nth)?.equals(date) === true
  })
}

const passesLists = (rule: CalendarRule, anchor: Date, date: Date): boolean => {
  const { byMonthDays = [], byMonths = [], byWeekdays = [], frequency, nthWeekdays = [] } = rule
  const isByDay = byMonthDays.length + byWeekdays.length + nthWeekdays.length > 0
  const isYearly = frequency === "YEARLY" && !isByDay
  if (byMonths.length > 0 ? !byMonths.includes(date.month) : isYearly && date.month !== anchor.month)
    return false
  if (!isByDay) {
    if (frequency === "WEEKLY") return date.dayOfWeek === anchor.dayOfWeek
    return frequency === "DAILY" || date.day === anchor.day
  }
  const fromEnd = date.day - date.daysInMonth - 1
  if (byMonthDays.length > 0 && !byMonthDays.includes(date.day) && !byMonthDays.includes(fromEnd))
    return false
  if (byWeekdays.length + nthWeekdays.length === 0) return true
  return byWeekdays.some((weekday) => numberOf(weekday) === date.dayOfWeek) || isNth(rule, date)
}

const isAtPosition = (rule: CalendarRule, anchor: Date, date: Date): boolean => {
  const { frequency, positions = [] } = rule
  if (positions.length === 0) return true
  const week = weekOf(date, weekStartOf(rule))
  const period =
    frequency === "WEEKLY"
      ? span(week, week.add({ days: 6 }))
      : frequency === "MONTHLY"
        ? monthOf(date)
        : yearOf(date)
  const days = period.filter((each) => passesLists(rule, anchor, each))
  return positions.some((position) => days.at(position > 0 ? position - 1 : position)?.equals(date) === true)
}

/** The occurrences of some days from the start on, in epoch seconds. */
export const expand = (rule: CalendarRule, start: number, days: number): Array<number> => {
  const begin = Temporal.Instant.fromEpochMilliseconds(1_000 * start).toZonedDateTimeISO(rule.timeZone)
  const anchor = begin.toPlainDateTime()
  const [byHours, byMinutes] = [rule.byHours ?? [], rule.byMinutes ?? []]
  const times = (byHours.length > 0 ? byHours : [anchor.hour]).flatMap((hour) =>
    (byMinutes.length > 0 ? byMinutes : [anchor.minute]).map((minute) => ({
      hour,
      minute,
      second: anchor.second
    }))
  )
  const date = begin.toPlainDate()
  const readings = span(date, date.add({ days }))
    .filter(
      (each) => isOnStep(rule, date, each) && passesLists(rule, date, each) && isAtPosition(rule, date, each)
    )
    .flatMap((each) => times.map((time) => each.toPlainDateTime(time)))
    .filter((reading) => Temporal.PlainDateTime.compare(reading, anchor) >= 0)
    .sort((one, other) => Temporal.PlainDateTime.compare(one, other))
  const distinct = readings.filter((reading, index) => readings[index - 1]?.equals(reading) !== true)
  const counted = rule.end?._tag === "Count" ? distinct.slice(0, rule.end.count) : distinct
  const instants = counted.map((reading) => {
    const first = reading.toZonedDateTime(rule.timeZone).epochMilliseconds / 1_000
    if (first >= start) return first
    return reading.toZonedDateTime(rule.timeZone, { disambiguation: "later" }).epochMilliseconds / 1_000
  })
  const until = rule.end?._tag === "Until" ? rule.end.until.epochMilliseconds / 1_000 : Infinity
  const exceptions = new Set(
    (rule.exceptions ?? []).map(({ epochMilliseconds }) => epochMilliseconds / 1_000)
  )
  return [...new Set(instants)]
    .filter((instant) => instant <= until && !exceptions.has(instant))
    .sort((one, other) => one - other)
}
