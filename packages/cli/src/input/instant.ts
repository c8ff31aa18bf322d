/** Instants as people write them: `now`, ISO 8601, or in words, in the local time zone. */
import * as chrono from "chrono-node/en"
import { DateTime, Result } from "effect"
import { isInCalendar } from "./isoDate.ts"

/** The forms that are understood, for messages. */
export const instantForms =
  'now, a date and time such as 2026-03-01T08:00, or words such as "in 10 minutes" or "tomorrow 8:00"'

const isoDateAlone = /^\d{4}-\d{2}-\d{2}$/
const isoDateTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/

/**
 * Reads an instant; `now` is epoch milliseconds. Without a zone it is local, a date alone is local midnight, and a time
 * of day alone is the next one.
 */
export const parseInstant = (text: string, now: number): Result.Result<DateTime.Utc, string> => {
  const trimmed = text.trim()
  if (trimmed.toLowerCase() === "now") return Result.succeed(DateTime.makeUnsafe(now))
  if (isoDateAlone.test(trimmed)) return inCalendar(trimmed, `${trimmed}T00:00`)
  if (isoDateTime.test(trimmed)) return inCalendar(trimmed, trimmed.replace(" ", "T"))
  return parseInWords(trimmed, new Date(now))
}

/** Reads ISO 8601. The parser counts on beyond the end of a month, which a person does not mean. */
const inCalendar = (text: string, iso: string): Result.Result<DateTime.Utc, string> => {
  const millis = Date.parse(iso)
  return isInCalendar(text) && !Number.isNaN(millis)
    ? Result.succeed(DateTime.makeUnsafe(millis))
    : Result.fail("is not in the calendar")
}

const parseInWords = (text: string, now: Date): Result.Result<DateTime.Utc, string> => {
  const [found] = chrono.parse(text, now, { forwardDate: true })
  if (found === undefined || found.text.trim().length !== text.length) {
    return Result.fail(`is not understood as a time; use ${instantForms}`)
  }
  if (found.end != null) return Result.fail("is two times; give one")
  const date = found.date()
  return Result.succeed(
    DateTime.makeUnsafe(isDayAlone(text, found.start, date, now) ? midnightOf(date) : date)
  )
}

const midnightOf = (date: Date): number =>
  new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

type Components = ReturnType<typeof chrono.parse>[number]["start"]

/** True if the words name a day and no time of it, for which noon or the present time of day was put in. */
const isDayAlone = (text: string, start: Components, date: Date, now: Date): boolean => {
  if (start.isCertain("hour") || /^in\b|\b(ago|later|from now)$/i.test(text)) return false
  const timeOfDay = (at: Date) => at.getHours() * 3_600 + at.getMinutes() * 60 + at.getSeconds()
  return timeOfDay(date) === 12 * 3_600 || timeOfDay(date) === timeOfDay(now)
}
