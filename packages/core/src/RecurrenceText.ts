/**
 * Recurrence rules as text: the RRULE of RFC 5545 with its DTSTART and EXDATE lines, and words.
 *
 * A rule holds less than the RFC allows; a part that it cannot hold is refused, never dropped.
 *
 * @since 0.1.0
 */
import { DateTime, Result } from "effect"
import type { CalendarRule } from "./CalendarRule.ts"
import { timeZoneOf } from "./internal/recurrence/timeZone.ts"
import { instantOf, readingOf } from "./internal/recurrence/wallClock.ts"
import { formatRule } from "./internal/recurrenceText/formatRule.ts"
import { isRefused, RecurrenceTextError, refuse } from "./internal/recurrenceText/textError.ts"
import { split } from "./internal/recurrenceText/textParts.ts"
import { type Known, read } from "./internal/recurrenceText/textRead.ts"
import { formatInstant, formatReading } from "./internal/recurrenceText/textTime.ts"
import type { Rule } from "./Recurrence.ts"
import type { RecurrenceRule } from "./RecurrenceRule.ts"

export { describe } from "./internal/recurrenceText/words.ts"
export { RecurrenceTextError } from "./internal/recurrenceText/textError.ts"

/**
 * The longest text that is read, in characters: a rule with as many exceptions as there may be. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const textLengthMax = 16_384

/**
 * The content of a text: the rule, and its start if there is a DTSTART line.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecurrenceText {
  readonly rule: Rule
  readonly start: DateTime.Utc | undefined
}

/**
 * Facts that a text may leave out. `timeZone` is the zone of a text that names none; `start` is that of a text
 * without DTSTART.
 *
 * @category models
 * @since 0.1.0
 */
export interface ParseOptions extends Known {}

/**
 * Reads `FREQ=WEEKLY;BYDAY=MO,WE`, with or without `RRULE:` before it, and lines of DTSTART and EXDATE (RFC 5545, 3.3.10
 * and 3.8). Upper and lower case are the same.
 *
 * The zone of DTSTART is that of the rule: `DTSTART;TZID=Europe/Berlin:20260302T180000` gives a rule in local time,
 * `DTSTART:20260302T170000Z` one in UTC. Without DTSTART it is `timeZone`, and UTC if that is not given either. A rule
 * in UTC is a `CalendarRule` only if it needs to be one: for exceptions, nth weekdays, positions or the first day of
 * its weeks. Hourly and minutely rules without a zone of their own stay in UTC.
 *
 * **Gotchas**
 *
 * A DTSTART without zone and `Z` is refused unless `timeZone` is given. The start is not part of a rule: give the start
 * of a DTSTART line to the dispatch. UNTIL as a date is the whole day in a zone, but midnight where no zone is known.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RecurrenceText } from "@effect-dispatch/core"
 * import { Result } from "effect"
 *
 * const text = "DTSTART;TZID=Europe/Berlin:20260302T180000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE"
 * const { rule, start } = Result.getOrThrow(RecurrenceText.parse(text))
 * assert.strictEqual(RecurrenceText.describe(rule, start), "every week on Monday and Wednesday at 18:00 Europe/Berlin")
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category decoding
 * @since 0.1.0
 */
export const parse = (
  text: string,
  options: ParseOptions = {}
): Result.Result<RecurrenceText, RecurrenceTextError> => {
  const found = text.length > textLengthMax ? tooLong(text) : readText(text, options)
  return isRefused(found) ? Result.fail(found) : Result.succeed(found)
}

const tooLong = (text: string): RecurrenceTextError =>
  refuse("RRULE", `${text.length} characters, must be at most ${textLengthMax}`)

const readText = (text: string, options: ParseOptions): RecurrenceText | RecurrenceTextError => {
  const parts = split(text)
  return isRefused(parts) ? parts : read(parts, options)
}

/**
 * Writes a rule in UTC, `RRULE:FREQ=WEEKLY;BYDAY=MO,WE`, after a DTSTART line if the start is given. Reading it gives
 * the same rule; fractions of a second of the end are cut off, which changes no occurrence.
 *
 * @category encoding
 * @since 0.1.0
 */
export const format = (rule: RecurrenceRule, start?: DateTime.Utc): string =>
  `${start === undefined ? "" : `DTSTART:${formatInstant(start)}\n`}${formatRule(rule)}`

/**
 * Writes a rule in local time: `DTSTART;TZID=Europe/Berlin:20260302T180000`, the RRULE line, and an EXDATE line for its
 * exceptions. Reading it gives the same rule and start, of a rule that needs its zone.
 *
 * Fails for a start in the second half of an hour that is there twice, which such a text cannot say.
 *
 * @category encoding
 * @since 0.1.0
 */
export const formatCalendar = (
  rule: CalendarRule,
  start: DateTime.Utc
): Result.Result<string, RecurrenceTextError> => {
  const zone = timeZoneOf(rule.timeZone)
  if (zone === undefined) return Result.fail(refuse("TZID", `${rule.timeZone} is unknown to this machine`))
  const readingBack = (instant: DateTime.Utc): number | undefined => {
    const seconds = Math.floor(instant.epochMilliseconds / 1_000)
    const reading = readingOf(zone, seconds)
    return instantOf(zone, reading) === seconds ? reading : undefined
  }
  const begin = readingBack(start)
  if (begin === undefined) {
    const why = "the clock shows it for the second time, and a text with TZID means the first"
    return Result.fail(refuse("DTSTART", `${DateTime.formatIso(start)}: ${why}`))
  }
  const instants = (rule.exceptions ?? []).map((instant) => [instant, readingBack(instant)] as const)
  const readings = instants.flatMap(([, reading]) => (reading === undefined ? [] : [formatReading(reading)]))
  const others = instants.flatMap(([instant, reading]) =>
    reading === undefined ? [formatInstant(instant)] : []
  )
  const lines = [
    `DTSTART;TZID=${rule.timeZone}:${formatReading(begin)}`,
    formatRule(rule),
    ...(readings.length === 0 ? [] : [`EXDATE;TZID=${rule.timeZone}:${readings.join(",")}`]),
    ...(others.length === 0 ? [] : [`EXDATE:${others.join(",")}`])
  ]
  return Result.succeed(lines.join("\n"))
}
