/** Times as RFC 5545 writes them: `20260105T100000Z`, or a reading of some clock without the `Z`. */
import { DateTime } from "effect"
import { firstOfMonth, daysInMonth, secondsPerDay } from "../recurrence/calendar.ts"
import type { TimeZone } from "../recurrence/timeZone.ts"
import { instantOf, partsOf } from "../recurrence/wallClock.ts"
import { type RecurrenceTextError, refuse } from "./textError.ts"

/** A time of a text. */
export interface TextTime {
  /** Seconds, as if it were UTC. */
  readonly reading: number
  /** Absent for a date and for the reading of some clock. */
  readonly isUtc: boolean
  readonly isDate: boolean
}

/** Reads `20260105T100000Z`, `20260105T100000` or `20260105`. */
export const parseTime = (part: string, text: string): TextTime | RecurrenceTextError => {
  const [all, date = "", time = "000000", utc] = /^(\d{8})(?:T(\d{6})(Z?))?$/i.exec(text) ?? []
  const number = (digits: string, from: number, length = 2) => Number(digits.slice(from, from + length))
  const month = 12 * number(date, 0, 4) + number(date, 4) - 1
  const [day, hour, minute, second] = [number(date, 6), number(time, 0), number(time, 2), number(time, 4)]
  const isRight =
    all !== undefined &&
    number(date, 0, 4) > 0 &&
    number(date, 4) >= 1 &&
    number(date, 4) <= 12 &&
    day >= 1 &&
    day <= daysInMonth(month) &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  if (!isRight) {
    const isDate = /^\d+$/.test(text)
    return refuse(part, `${text} is not a ${isDate ? "date" : "time"}, as 20260105T100000Z is`)
  }
  const reading = secondsPerDay * (firstOfMonth(month) + day - 1) + 3_600 * hour + 60 * minute + second
  return { reading, isUtc: utc === "Z" || utc === "z", isDate: utc === undefined }
}

/** The instant of a time; `zone` is that of its clock, UTC if there is none. */
export const instantOfTime = ({ isUtc, reading }: TextTime, zone: TimeZone | undefined): DateTime.Utc =>
  DateTime.makeUnsafe(1_000 * (isUtc || zone === undefined ? reading : instantOf(zone, reading)))

/** Writes an instant, fractions of a second cut off downwards. One beyond the years 1 to 9999 becomes their edge. */
export const formatInstant = (instant: DateTime.Utc): string =>
  `${formatReading(Math.floor(clamp(instant).epochMilliseconds / 1_000))}Z`

/** Writes the reading of a clock. */
export const formatReading = (reading: number): string => {
  const { day, hour, minute, month, second, year } = partsOf(reading)
  return `${digits(year, 4)}${digits(month)}${digits(day)}T${digits(hour)}${digits(minute)}${digits(second)}`
}

const digits = (number: number, length = 2): string => String(number).padStart(length, "0")

const clamp = DateTime.clamp({
  minimum: DateTime.makeUnsafe("0001-01-01T00:00:00Z"),
  maximum: DateTime.makeUnsafe("9999-12-31T23:59:59Z")
})
