/** Instants as RFC 5545 writes them: `20260105T100000Z`. */
import { DateTime, Option } from "effect"
import { type RecurrenceTextError, refuse } from "./textError.ts"

/**
 * Reads `20260105T100000Z`; without the `Z`, or as a mere date, it is in UTC as well, as rules are.
 */
export const parseInstant = (part: string, text: string): DateTime.Utc | RecurrenceTextError => {
  const [, year, month, day, time, hour = "00", minute = "00", second = "00"] =
    /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)Z?)?$/i.exec(text) ?? []
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const instant = Option.getOrUndefined(DateTime.make(iso))
  // If writing it back gives another text, the month does not have that day.
  if (year !== undefined && instant !== undefined && DateTime.formatIso(instant) === iso) {
    return DateTime.toUtc(instant)
  }
  return refuse(part, `${text} is not a ${time === undefined ? "date" : "time"}, as 20260105T100000Z is`)
}

/** Writes an instant, fractions of a second cut off downwards. One beyond the years 1 to 9999 becomes their edge. */
export const formatInstant = (instant: DateTime.Utc): string =>
  DateTime.formatIso(clamp(instant))
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:]/g, "")

const clamp = DateTime.clamp({
  minimum: DateTime.makeUnsafe("0001-01-01T00:00:00Z"),
  maximum: DateTime.makeUnsafe("9999-12-31T23:59:59Z")
})
