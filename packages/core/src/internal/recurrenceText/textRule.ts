/** The rule of a text, from its parts. */
import type { NthWeekday } from "../../CalendarRule.ts"
import { Frequency, Weekday } from "../../RecurrenceRule.ts"
import { lists, numberMax, rangeOf } from "../recurrence/ruleNumbers.ts"
import { isRefused, type RecurrenceTextError, refuse } from "./textError.ts"
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
  const interval = readNumbers("INTERVAL", parts.get("INTERVAL") ?? "1", counted)
  if (isRefused(interval)) return interval
  if (interval[0] === 0) return refuse("INTERVAL", "0, must be at least 1")
  const count = readNumbers("COUNT", parts.get("COUNT") ?? "1", counted)
  if (isRefused(count)) return count
  const positions = readNumbers("BYSETPOS", parts.get("BYSETPOS"), "a whole number such as 1 or -1")
  if (isRefused(positions)) return positions
  const numbers: { -readonly [List in keyof TextRule["lists"]]: ReadonlyArray<number> } = {}
  for (const [part, list] of listOfPart) {
    const read = readNumbers(part, parts.get(part), rangeOf(list))
    if (isRefused(read)) return read
    if (read.length > 0) numbers[list] = read
  }
  const [countOf] = parts.has("COUNT") ? count : []
  return {
    frequency,
    interval: interval[0] ?? 1,
    count: countOf,
    ...days,
    positions,
    weekStart,
    lists: numbers
  }
}

const listOfPart = [
  ["BYMINUTE", "byMinutes"],
  ["BYHOUR", "byHours"],
  ["BYMONTHDAY", "byMonthDays"],
  ["BYMONTH", "byMonths"]
] as const

const counted = `a whole number from 1 to ${numberMax}`

const readFrequency = (text: string | undefined): Frequency | RecurrenceTextError => {
  if (text === undefined) return refuse("FREQ", "is missing, as in FREQ=DAILY")
  const frequency = Frequency.literals.find((name) => name === text)
  if (frequency !== undefined) return frequency
  const why = text === "SECONDLY" ? "is too fast for a rule" : "is not a frequency"
  return refuse("FREQ", `${text} ${why}; known are ${Frequency.literals.join(", ")}`)
}

const readNumbers = (
  part: string,
  text: string | undefined,
  expected: string
): ReadonlyArray<number> | RecurrenceTextError => {
  const items = text === undefined ? [] : itemsOf(text)
  const wrong = items.find((item) => !/^[+-]?\d+$/.test(item))
  return wrong === undefined ? items.map(Number) : refuse(part, `${wrong || text}, must be ${expected}`)
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
