/** The rule of a text, from its parts. */
import type { NthWeekday } from "../../CalendarRule.ts"
import { Frequency, Weekday } from "../../RecurrenceRule.ts"
import { lists, numberMax, rangeOf } from "../recurrence/ruleNumbers.ts"
import { isRefused, type RecurrenceTextError, refuse } from "./textError.ts"
import { RRule } from "./rruleLibrary.ts"
import { itemsOf } from "./textParts.ts"

/** The parts of an RRULE line, but for its end. */
export interface TextRule {
  readonly frequency: Frequency
  readonly interval: number
  readonly count: number | undefined
  readonly byWeekdays: ReadonlyArray<Weekday>
  readonly nthWeekdays: ReadonlyArray<NthWeekday>
  readonly positions: ReadonlyArray<number>
  readonly weekStart: Weekday
  readonly lists: { readonly [List in keyof typeof lists]?: ReadonlyArray<number> }
}

/** Reads all parts but UNTIL. */
export const readRule = (parts: ReadonlyMap<string, string>): TextRule | RecurrenceTextError => {
  const frequency = readFrequency(parts.get("FREQ"))
  if (isRefused(frequency)) return frequency
  const days = readDays(parts.get("BYDAY"))
  if (isRefused(days)) return days
  const weekStart = readWeekStart(parts.get("WKST") ?? "MO")
  if (isRefused(weekStart)) return weekStart
  const options = optionsOf(parts)
  const interval = numbersIn("INTERVAL", options.interval ?? 1, counted)
  if (isRefused(interval)) return interval
  if (interval[0] === 0) return refuse("INTERVAL", "0, must be at least 1")
  const count = numbersIn("COUNT", options.count, counted)
  if (isRefused(count)) return count
  const positions = numbersIn("BYSETPOS", options.bysetpos, "a whole number such as 1 or -1")
  if (isRefused(positions)) return positions
  const numbers: { -readonly [List in keyof TextRule["lists"]]: ReadonlyArray<number> } = {}
  for (const [part, list, option] of listOfPart) {
    const read = numbersIn(part, options[option], rangeOf(list))
    if (isRefused(read)) return read
    if (read.length > 0) numbers[list] = read
  }
  return {
    frequency,
    interval: interval[0] ?? 1,
    count: count[0],
    ...days,
    positions,
    weekStart,
    lists: numbers
  }
}

/** The parts of numbers, as the library reads them. It throws for days that a refusal names. */
const optionsOf = (parts: ReadonlyMap<string, string>) =>
  RRule.parseString(
    [...parts]
      .filter(([name]) => !readHere.includes(name))
      .map(([name, value]) => `${name}=${itemsOf(value).join(",")}`)
      .join(";")
  )

const readHere = ["FREQ", "BYDAY", "WKST", "UNTIL"]

const listOfPart = [
  ["BYMINUTE", "byMinutes", "byminute"],
  ["BYHOUR", "byHours", "byhour"],
  ["BYMONTHDAY", "byMonthDays", "bymonthday"],
  ["BYMONTH", "byMonths", "bymonth"]
] as const

const counted = `a whole number from 1 to ${numberMax}`

const readFrequency = (text: string | undefined): Frequency | RecurrenceTextError => {
  if (text === undefined) return refuse("FREQ", "is missing, as in FREQ=DAILY")
  const frequency = Frequency.literals.find((name) => name === text)
  if (frequency !== undefined) return frequency
  const why = text === "SECONDLY" ? "is too fast for a rule" : "is not a frequency"
  return refuse("FREQ", `${text} ${why}; known are ${Frequency.literals.join(", ")}`)
}

/** The numbers of a part. The library leaves as text what is no whole number. */
const numbersIn = (
  part: string,
  read: unknown,
  expected: string
): ReadonlyArray<number> | RecurrenceTextError => {
  const items: ReadonlyArray<unknown> = read === undefined || read === null ? [] : [read].flat()
  const numbers = items.filter((item) => typeof item === "number")
  const wrong = items.find((item) => typeof item !== "number")
  return wrong === undefined
    ? numbers
    : refuse(part, `${wrong === "" ? "an empty item" : String(wrong)}, must be ${expected}`)
}

const dayNames = Weekday.literals.map((name) => name.slice(0, 2))

const weekdayOf = (name: string): Weekday | undefined => Weekday.literals[dayNames.indexOf(name)]

const readWeekStart = (text: string): Weekday | RecurrenceTextError =>
  weekdayOf(text) ?? refuse("WKST", `${text} is not a day; known are ${dayNames.join(", ")}`)

const readDays = (
  text: string | undefined
): Pick<TextRule, "byWeekdays" | "nthWeekdays"> | RecurrenceTextError => {
  const byWeekdays: Array<Weekday> = []
  const nthWeekdays: Array<NthWeekday> = []
  for (const item of text === undefined ? [] : itemsOf(text)) {
    const [, nth = "", name = ""] = /^([+-]?\d+)?([A-Z]{2})$/.exec(item) ?? []
    const weekday = weekdayOf(name)
    if (weekday === undefined)
      return refuse("BYDAY", `${item} is not a day; known are ${dayNames.join(", ")}`)
    if (nth === "") byWeekdays.push(weekday)
    else nthWeekdays.push({ nth: Number(nth), weekday })
  }
  return { byWeekdays, nthWeekdays }
}

/**
 * True if the first day of the week decides what occurs: then days on both of its sides count, or positions. `start`
 * is the weekday of the start (Monday = 0), if it is known.
 */
export const weekStartMatters = (rule: TextRule, start: number | undefined): boolean => {
  const { byWeekdays, frequency, interval, positions, weekStart } = rule
  if (weekStart === "MONDAY" || frequency !== "WEEKLY") return false
  if (positions.length > 0) return true
  if (interval === 1) return false
  const isAnyDay = byWeekdays.length === 0 && rule.lists.byMonthDays !== undefined
  if (byWeekdays.length === 0 && !isAnyDay) return false
  if (isAnyDay || start === undefined) return true
  const first = Weekday.literals.indexOf(weekStart)
  const isBefore = (day: number): boolean => day < first
  return byWeekdays.some((name) => isBefore(Weekday.literals.indexOf(name)) !== isBefore(start))
}

/** The last day of a month as Outlook writes it, among all seven days, as a day of the month. */
export const withoutAllDays = (rule: TextRule): TextRule => {
  const { byWeekdays, frequency, lists, nthWeekdays, positions } = rule
  const isAllDays =
    frequency === "MONTHLY" &&
    positions.length > 0 &&
    positions.every((position) => position !== 0 && Math.abs(position) <= 31) &&
    new Set(byWeekdays).size === 7 &&
    nthWeekdays.length === 0 &&
    lists.byMonthDays === undefined
  return isAllDays
    ? { ...rule, byWeekdays: [], positions: [], lists: { ...lists, byMonthDays: positions } }
    : rule
}
