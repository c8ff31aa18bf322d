/** The texts of instants, as `DateTime.formatIso` gives them, in a tenth of the time: a journal writes five in each line. */
import { DateTime } from "effect"

const minuteMillis = 60_000
const minutesADay = 1_440
/** The end of the year 9999: later years, and those before 1970, are written in the slow way. */
const quickBefore = 253_402_300_800_000

const numbers = (count: number, length: number, text: (digits: string) => string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, number) => text(String(number).padStart(length, "0")))

const minutes = numbers(24, 2, (hour) => `T${hour}:`).flatMap((hour) =>
  numbers(60, 2, (minute) => `${hour}${minute}:`)
)
const seconds = numbers(60, 2, (second) => `${second}.`)
const millis = numbers(1_000, 3, (milli) => `${milli}Z`)

/** Most instants of a journal are of a few days, which have a place each. */
const known = Array.from({ length: 16 }, () => ({ day: NaN, date: "" }))

const dateOf = (day: number, at: DateTime.Utc): string => {
  const place = day % known.length
  const found = known[place]
  if (found?.day === day) return found.date
  const date = DateTime.formatIso(at).slice(0, 10)
  known[place] = { day, date }
  return date
}

/** The text of an instant. */
export const of = (at: DateTime.Utc): string => {
  const { epochMilliseconds } = at
  if (!(epochMilliseconds >= 0 && epochMilliseconds < quickBefore)) return DateTime.formatIso(at)
  const minute = Math.floor(epochMilliseconds / minuteMillis)
  const day = Math.floor(minute / minutesADay)
  const milli = Math.floor(epochMilliseconds) - minute * minuteMillis
  const second = Math.floor(milli / 1_000)
  return `${dateOf(day, at)}${minutes[minute - day * minutesADay]}${seconds[second]}${millis[milli - 1_000 * second]}`
}
