/** Instants as people write them: `now`, ISO 8601, or in words, in the local time zone. */
import * as chrono from "chrono-node"
import { DateTime, Result } from "effect"

/** What is understood, for messages. */
export const instantForms =
  'now, a date and time such as 2026-03-01T08:00, or words such as "in 10 minutes" or "tomorrow 8:00"'

const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/
const isoDateTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/

/** Reads an instant; `now` is epoch milliseconds. Without a zone it is local; a date alone is local midnight. */
export const parseInstant = (text: string, now: number): Result.Result<DateTime.Utc, string> => {
  const trimmed = text.trim()
  if (trimmed.toLowerCase() === "now") return Result.succeed(DateTime.makeUnsafe(now))
  const date = isoDate.exec(trimmed)
  if (date !== null) {
    const [year, month, day] = date.slice(1).map(Number) as [number, number, number]
    const midnight = new Date(year, month - 1, day)
    return midnight.getMonth() === month - 1 && midnight.getDate() === day
      ? Result.succeed(DateTime.makeUnsafe(midnight.getTime()))
      : Result.fail("is not in the calendar")
  }
  if (isoDateTime.test(trimmed)) {
    const millis = Date.parse(trimmed.replace(" ", "T"))
    return Number.isNaN(millis)
      ? Result.fail("is not in the calendar")
      : Result.succeed(DateTime.makeUnsafe(millis))
  }
  const [found] = chrono.parse(trimmed, new Date(now), { forwardDate: true })
  return found !== undefined && found.text.trim().length === trimmed.length
    ? Result.succeed(DateTime.makeUnsafe(found.date().getTime()))
    : Result.fail(`is not understood as a time; use ${instantForms}`)
}
