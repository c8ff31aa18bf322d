/**
 * Recurrence rules as text: the RRULE of RFC 5545, and words.
 *
 * A rule holds less than the RFC allows; a part that it cannot hold is refused, never dropped.
 *
 * @since 0.1.0
 */
import { type DateTime, Result } from "effect"
import { formatInstant, parseInstant } from "./internal/recurrenceText/textInstant.ts"
import { split } from "./internal/recurrenceText/textParts.ts"
import { isRefused, RecurrenceTextError, refuse } from "./internal/recurrenceText/textError.ts"
import { RRule } from "./internal/recurrenceText/rruleLibrary.ts"
import { findFault, Frequency, RecurrenceRule, Weekday } from "./RecurrenceRule.ts"

export { describe } from "./internal/recurrenceText/words.ts"
export { RecurrenceTextError } from "./internal/recurrenceText/textError.ts"

/**
 * The longest text that is read, in characters. A longer one is refused with `RecurrenceTextError`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const textLengthMax = 4_096

/**
 * The content of a text: the rule, and its start if there is a DTSTART line.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecurrenceText {
  readonly rule: RecurrenceRule
  readonly start: DateTime.Utc | undefined
}

/**
 * Reads `FREQ=WEEKLY;BYDAY=MO,WE`, with or without `RRULE:` before it and a DTSTART line (RFC 5545, 3.3.10). Upper and
 * lower case are the same.
 *
 * **Gotchas**
 *
 * All times are in UTC, also one without a `Z` and a mere date (midnight). The start is not part of a rule: give the
 * start of a DTSTART line to the dispatch.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RecurrenceText } from "@effect-dispatch/core"
 * import { Result } from "effect"
 *
 * const { rule } = Result.getOrThrow(RecurrenceText.parse("FREQ=WEEKLY;BYDAY=MO,WE"))
 * assert.deepStrictEqual(rule.byWeekdays, ["MONDAY", "WEDNESDAY"])
 * assert.strictEqual(RecurrenceText.format(rule), "RRULE:FREQ=WEEKLY;BYDAY=MO,WE")
 * ```
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<RecurrenceText, RecurrenceTextError> => {
  const read = text.length > textLengthMax ? tooLong(text) : readText(text)
  return isRefused(read) ? Result.fail(read) : Result.succeed(read)
}

/**
 * Writes a rule, `RRULE:FREQ=WEEKLY;BYDAY=MO,WE`, after a DTSTART line if the start is given. Reading it gives the same
 * rule; fractions of a second of the end are cut off, which changes no occurrence.
 *
 * @category encoding
 * @since 0.1.0
 */
export const format = (rule: RecurrenceRule, start?: DateTime.Utc): string => {
  const until = rule.end?._tag === "Until" ? `;UNTIL=${formatInstant(rule.end.until)}` : ""
  const text = RRule.optionsToString({
    freq: RRule[rule.frequency],
    ...(rule.interval === 1 ? undefined : { interval: rule.interval }),
    count: rule.end?._tag === "Count" ? rule.end.count : null,
    byminute: listOf(rule.byMinutes),
    byhour: listOf(rule.byHours),
    byweekday: listOf(rule.byWeekdays?.map((name) => Weekday.literals.indexOf(name))),
    bymonthday: listOf(rule.byMonthDays),
    bymonth: listOf(rule.byMonths)
  })
  return `${start === undefined ? "" : `DTSTART:${formatInstant(start)}\n`}${text}${until}`
}

const listOf = (list: ReadonlyArray<number> | undefined): Array<number> | null =>
  list === undefined || list.length === 0 ? null : [...list]

const tooLong = (text: string): RecurrenceTextError =>
  refuse("RRULE", `${text.length} characters, must be at most ${textLengthMax}`)

const readText = (text: string): RecurrenceText | RecurrenceTextError => {
  const parts = split(text)
  if (isRefused(parts)) return parts
  const rule = readRule(parts.rule)
  return isRefused(rule) ? rule : { rule, start: parts.start }
}

const readRule = (parts: ReadonlyMap<string, string>): RecurrenceRule | RecurrenceTextError => {
  const frequency = readFrequency(parts.get("FREQ"))
  if (isRefused(frequency)) return frequency
  const days = parts.get("BYDAY")
  const fault = faultOfDays(days) ?? faultOfWeekStart(parts)
  if (fault !== undefined) return fault
  const untilText = parts.get("UNTIL")
  if (untilText !== undefined && parts.has("COUNT")) {
    return refuse("UNTIL", "cannot be given with COUNT; a rule ends one way")
  }
  const until = untilText === undefined ? undefined : parseInstant("UNTIL", untilText)
  if (isRefused(until)) return until
  const numbers = readNumbers(parts)
  if (isRefused(numbers)) return numbers
  const { count, interval = 1, ...lists } = numbers
  return RecurrenceRule.make({
    frequency,
    interval,
    ...lists,
    ...(count === undefined ? undefined : { end: { _tag: "Count", count } as const }),
    ...(until === undefined ? undefined : { end: { _tag: "Until", until } as const }),
    ...(days === undefined ? undefined : { byWeekdays: readDays(days) })
  })
}

/** The numbers of a rule, as far as they are given. */
interface Numbers {
  readonly interval?: number
  readonly count?: number
  readonly byMinutes?: ReadonlyArray<number>
  readonly byHours?: ReadonlyArray<number>
  readonly byMonthDays?: ReadonlyArray<number>
  readonly byMonths?: ReadonlyArray<number>
}

const readNumbers = (parts: ReadonlyMap<string, string>): Numbers | RecurrenceTextError => {
  const options = RRule.parseString(
    [...parts].flatMap(([name, value]) => (name === "UNTIL" ? [] : [`${name}=${value}`])).join(";")
  )
  if (options.interval === 0) return refuse("INTERVAL", "0, must be at least 1")
  const read = [
    ["INTERVAL", "interval", options.interval],
    ["COUNT", "count", options.count],
    ["BYMINUTE", "byMinutes", listed(options.byminute)],
    ["BYHOUR", "byHours", listed(options.byhour)],
    ["BYMONTHDAY", "byMonthDays", listed(options.bymonthday)],
    ["BYMONTH", "byMonths", listed(options.bymonth)]
  ] as const
  const numbers: { [part: string]: unknown } = {}
  for (const [name, part, value] of read) {
    if (value == null) continue
    const fault = findFault(part, value)
    if (fault !== undefined) return refuse(name, fault.message)
    numbers[part] = value
  }
  return numbers
}

const readFrequency = (text: string | undefined): Frequency | RecurrenceTextError => {
  if (text === undefined) return refuse("FREQ", "is missing, as in FREQ=DAILY")
  const frequency = Frequency.literals.find((name) => name === text)
  if (frequency !== undefined) return frequency
  const why = text === "SECONDLY" ? "is too fast for a rule" : "is not a frequency"
  return refuse("FREQ", `${text} ${why}; known are ${Frequency.literals.join(", ")}`)
}

const dayNames = Weekday.literals.map((name) => name.slice(0, 2))

const faultOfDays = (text: string | undefined): RecurrenceTextError | undefined => {
  for (const day of text?.split(",") ?? []) {
    if (dayNames.includes(day)) continue
    return /^[+-]?\d+[A-Z]{2}$/.test(day)
      ? refuse("BYDAY", `${day} cannot be expressed: a rule knows no nth weekday of a month or year`)
      : refuse("BYDAY", `${day} is not a day; known are ${dayNames.join(", ")}`)
  }
  return undefined
}

const readDays = (text: string): Array<Weekday> =>
  text.split(",").flatMap((day) => Weekday.literals.filter((name) => name.startsWith(day)))

/** Weeks begin on Monday. If each week counts, or only one day of it, the beginning does not matter. */
const faultOfWeekStart = (parts: ReadonlyMap<string, string>): RecurrenceTextError | undefined => {
  const day = parts.get("WKST")
  if (day === undefined || day === "MO") return undefined
  if (!dayNames.includes(day)) return refuse("WKST", `${day} is not a day; known are ${dayNames.join(", ")}`)
  const matters =
    parts.get("FREQ") === "WEEKLY" &&
    Number(parts.get("INTERVAL") ?? 1) !== 1 &&
    (parts.has("BYDAY") || parts.has("BYMONTHDAY"))
  return matters
    ? refuse("WKST", `${day} cannot be expressed: weeks begin on Monday, which matters with an INTERVAL`)
    : undefined
}

const listed = (value: number | Array<number> | null | undefined): ReadonlyArray<number> | undefined =>
  value == null ? undefined : [value].flat()
