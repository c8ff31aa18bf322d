/** A rule in words. */
import type { DateTime } from "effect"
import type { CalendarRule } from "../../CalendarRule.ts"
import type { Rule } from "../../Recurrence.ts"
import { Weekday } from "../../RecurrenceRule.ts"
import { isFast } from "../recurrence/ruleNumbers.ts"
import { timeZoneOf } from "../recurrence/timeZone.ts"
import { partsOf, readingOf } from "../recurrence/wallClock.ts"

/**
 * Describes a rule in English: `every week on Monday and Wednesday at 08:00 Europe/Berlin, for 10 times`. With the
 * start it says as well what the rule takes from there: time of day, day of the week, day of the month.
 *
 * All times are those of the rule's zone, which is named; UTC for a rule without one.
 *
 * @category formatting
 * @since 0.1.0
 */
export const describe = (rule: Rule, start?: DateTime.Utc): string => {
  const clock = clockOf(rule)
  const anchor = start && partsOf(clock.reading(start))
  const daily = timesOf(rule, anchor)
  const at = timeWords(daily, clock.name)
  const words = [period(rule), ...days(rule, anchor), ...months(rule), ...at].join(" ")
  // The zone is named once.
  const until = at.length > 0 ? clock : { ...clock, suffix: ` ${clock.name}` }
  return [words, ...end(rule, until), ...exceptions(rule, clock, daily)].join(", ")
}

type Reading = ReturnType<typeof partsOf>

interface Clock {
  readonly name: string
  /** Stands behind a time. */
  readonly suffix: string
  readonly reading: (instant: DateTime.Utc) => number
}

/** The clock of a rule. That of an unknown zone cannot be read, so its instants are told in UTC. */
const clockOf = ({ timeZone = "UTC" }: Rule): Clock => {
  const zone = timeZoneOf(timeZone)
  return {
    name: zone === undefined ? "UTC" : timeZone,
    suffix: "",
    reading: ({ epochMilliseconds }) => {
      const instant = Math.floor(epochMilliseconds / 1_000)
      return zone === undefined ? instant : readingOf(zone, instant)
    }
  }
}

const units = {
  MINUTELY: "minute",
  HOURLY: "hour",
  DAILY: "day",
  WEEKLY: "week",
  MONTHLY: "month",
  YEARLY: "year"
} as const

const period = (rule: Rule): string => {
  if (isEveryWeekday(rule)) return "every weekday"
  const unit = units[rule.frequency]
  const every = rule.interval === 1 ? `every ${unit}` : `every ${rule.interval} ${unit}s`
  return rule.timeZone === undefined || weekStartOf(rule) === "MONDAY"
    ? every
    : `${every} (from ${nameOf(weekStartOf(rule))})`
}

/** The day that begins the weeks, where it means something. */
const weekStartOf = ({ frequency, interval, positions = [], weekStart = "MONDAY" }: CalendarRule): Weekday =>
  frequency === "WEEKLY" && (interval > 1 || positions.length > 0) ? weekStart : "MONDAY"

const isEveryWeekday = (rule: Rule): boolean =>
  rule.interval === 1 &&
  (rule.frequency === "DAILY" || rule.frequency === "WEEKLY") &&
  given(rule.byMonthDays).length === 0 &&
  given(localParts(rule).positions).length === 0 &&
  isWorkWeek(weekdaysOf(rule))

const isWorkWeek = (weekdays: ReadonlyArray<number>): boolean => weekdays.join() === "0,1,2,3,4"

const localParts = (rule: Rule): Partial<CalendarRule> => (rule.timeZone === undefined ? {} : rule)

const weekdaysOf = ({ byWeekdays }: Rule): Array<number> =>
  ascending(byWeekdays?.map((name) => Weekday.literals.indexOf(name)))

/** The days within the period. */
const days = (rule: Rule, anchor: Reading | undefined): Array<string> => {
  if (isEveryWeekday(rule)) return []
  const { nthWeekdays = [], positions = [] } = localParts(rule)
  const byWeekday = [...weekdayWords(rule, positions), ...nthWeekdays.map(nthWords)]
  const byNumber = dayNumbers(rule.byMonthDays)
  if (byWeekday.length === 0 && byNumber.length === 0 && positions.length === 0) return implied(rule, anchor)
  const listed =
    byWeekday.length === 0 && byNumber.length === 0
      ? impliedNumber(anchor)
      : weekdaysAndNumbers(byWeekday, byNumber)
  return [positions.length === 0 ? `on ${listed}` : `on the ${enumerated(ordinals(positions))} of ${listed}`]
}

/** Both lists must hold: a lone weekday stands before its numbers, as in Friday the 13th. */
const weekdaysAndNumbers = (weekdays: ReadonlyArray<string>, numbers: ReadonlyArray<string>): string => {
  const weekday = enumerated(weekdays)
  if (numbers.length === 0) return weekday
  if (weekdays.length === 0) return `the ${enumerated(numbers)}`
  const isLone = weekdays.length === 1 && weekday.endsWith("day") && !weekday.startsWith("the")
  return `${weekday}${isLone ? "" : ", if it is"} the ${enumerated(numbers)}`
}

/** A work week is one word, or a span where days are counted. */
const weekdayWords = (rule: Rule, positions: ReadonlyArray<number>): Array<string> => {
  const weekdays = weekdaysOf(rule)
  if (isWorkWeek(weekdays)) return [positions.length > 0 ? "Monday to Friday" : "weekdays"]
  return weekdays.length === 7 ? ["all days"] : weekdays.map((weekday) => nameOf(Weekday.literals[weekday]))
}

const nthWords = ({ nth, weekday }: { readonly nth: number; readonly weekday: Weekday }): string =>
  `the ${ordinal(nth)} ${nameOf(weekday)}`

/** The days that the rule takes from its start. */
const implied = ({ byMonths, frequency }: Rule, anchor: Reading | undefined): Array<string> => {
  if (anchor === undefined) return []
  if (frequency === "WEEKLY") return [`on ${nameOf(Weekday.literals[anchor.weekday])}`]
  if (frequency === "MONTHLY") return [`on ${impliedNumber(anchor)}`]
  if (frequency !== "YEARLY") return []
  return given(byMonths).length === 0
    ? [`on ${anchor.day} ${monthName(anchor.month)}`]
    : [`on ${impliedNumber(anchor)}`]
}

const impliedNumber = (anchor: Reading | undefined): string =>
  anchor === undefined ? "the day of its start" : `the ${ordinal(anchor.day)}`

const months = ({ byMonths }: Rule): Array<string> => {
  const numbers = ascending(byMonths)
  return numbers.length === 0 ? [] : [`in ${enumerated(numbers.map(monthName))}`]
}

/** The number of times of day up to which each is told. */
const timesMax = 12

interface Times {
  readonly hours: ReadonlyArray<number>
  readonly minutes: ReadonlyArray<number>
  readonly second: number | undefined
}

const timesOf = (rule: Rule, anchor: Reading | undefined): Times => {
  const hour = isFast(rule.frequency) ? undefined : anchor?.hour
  return {
    hours: ascending(withImplied(rule.byHours, hour)),
    minutes: ascending(
      withImplied(rule.byMinutes, rule.frequency === "MINUTELY" ? undefined : anchor?.minute)
    ),
    second: anchor?.second
  }
}

const timeWords = ({ hours, minutes, second }: Times, zone: string): Array<string> => {
  const number = hours.length * minutes.length
  if (number > 0 && number <= timesMax) {
    const clock = hours.flatMap((hour) => minutes.map((minute) => clockTime(hour, minute, second)))
    return [`at ${enumerated(clock)} ${zone}`]
  }
  return [
    ...(hours.length === 0 ? [] : [`in ${plural("hour", hours)} ${enumerated(hours)} ${zone}`]),
    ...secondsWords(minutes, second)
  ]
}

/** The minutes, and the second that a rule takes from its start. */
const secondsWords = (minutes: ReadonlyArray<number>, second = 0): Array<string> => {
  const parts = [
    ...(minutes.length === 0 ? [] : [`${plural("minute", minutes)} ${enumerated(minutes)}`]),
    ...(second === 0 ? [] : [`second ${second}`])
  ]
  return parts.length === 0 ? [] : [`at ${parts.join(", ")}`]
}

const withImplied = (list: ReadonlyArray<number> | undefined, value: number | undefined) =>
  given(list).length > 0 || value === undefined ? list : [value]

const end = ({ end }: Rule, clock: Clock): Array<string> => {
  if (end === undefined) return []
  if (end._tag === "Count") return [`for ${end.count} ${end.count === 1 ? "time" : "times"}`]
  const { day, hour, minute, month, second, weekday, year } = partsOf(clock.reading(end.until))
  const date = `${nameOf(Weekday.literals[weekday]).slice(0, 3)} ${day} ${shortMonth(month)} ${year}`
  return [`until ${date} ${clockTime(hour, minute, second)}${clock.suffix}`]
}

/** The number of exceptions up to which each is told. */
const exceptionsMax = 3

const exceptions = (rule: Rule, clock: Clock, { hours, minutes }: Times): Array<string> => {
  const { exceptions = [] } = localParts(rule)
  if (exceptions.length === 0) return []
  if (exceptions.length > exceptionsMax) return [`except ${exceptions.length} times`]
  const readings = exceptions.map((instant) => partsOf(clock.reading(instant)))
  // Of several times a day, the day alone does not tell which.
  const isOnceADay = hours.length < 2 && minutes.length < 2
  const isOneMonth = new Set(readings.map(({ month, year }) => 12 * year + month)).size === 1
  const [first] = readings
  if (isOnceADay && isOneMonth && first !== undefined) {
    const { month, year } = first
    return [`except ${enumerated(readings.map(({ day }) => day))} ${shortMonth(month)} ${year}`]
  }
  const each = readings.map(({ day, hour, minute, month, year }) => {
    const date = `${day} ${shortMonth(month)} ${year}`
    return isOnceADay ? date : `${date} ${clockTime(hour, minute, 0)}`
  })
  return [`except ${enumerated(each)}`]
}

const nameOf = (weekday: Weekday | undefined): string =>
  weekday === undefined ? "" : weekday.slice(0, 1) + weekday.slice(1).toLowerCase()

const monthNames =
  "January February March April May June July August September October November December".split(" ")

const monthName = (month: number): string => monthNames[month - 1] ?? ""

const shortMonth = (month: number): string => monthName(month).slice(0, 3)

const clockTime = (hour: number, minute: number, second = 0): string =>
  `${two(hour)}:${two(minute)}${second === 0 ? "" : `:${two(second)}`}`

const dayNumbers = (list: ReadonlyArray<number> | undefined): Array<string> =>
  ordinals(given(list)).map((number) => (number.endsWith("last") ? `${number} day` : number))

/** Numbers from the beginning first, then those from the end, as they follow each other. */
const ordinals = (list: ReadonlyArray<number>): Array<string> => {
  const numbers = ascending(list)
  return [...numbers.filter((number) => number > 0), ...numbers.filter((number) => number < 0)].map(ordinal)
}

const ordinal = (number: number): string => {
  if (number < 0) return number === -1 ? "last" : `${ordinal(-number)} last`
  const isTeen = number % 100 > 10 && number % 100 < 14
  return `${number}${(isTeen ? undefined : ["", "st", "nd", "rd"][number % 10]) || "th"}`
}

const given = <A>(list: ReadonlyArray<A> | undefined): ReadonlyArray<A> => list ?? []

const ascending = (list: ReadonlyArray<number> = []): Array<number> =>
  [...new Set(list)].sort((left, right) => left - right)

const enumerated = (items: ReadonlyArray<string | number>): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`

const plural = (word: string, items: ReadonlyArray<number>): string =>
  items.length === 1 ? word : `${word}s`

const two = (number: number): string => String(number).padStart(2, "0")
