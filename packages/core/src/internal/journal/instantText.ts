/** The texts of instants, as `DateTime.formatIso` gives them, in a tenth of the time: a journal writes five in each line. */
import { DateTime } from "effect"

const dayMillis = 86_400_000
/** The end of the year 9999: later years, and those before 1970, are written in the slow way. */
const quickBefore = 253_402_300_800_000

const digits = (count: number, length: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, number) => String(number).padStart(length, "0"))

const two = digits(60, 2)
const three = digits(1_000, 3)

/** Most instants of a journal are of one day. */
let known = { day: NaN, date: "" }

const dateOf = (day: number, at: DateTime.Utc): string => {
  if (known.day !== day) known = { day, date: DateTime.formatIso(at).slice(0, 10) }
  return known.date
}

/** The text of an instant. */
export const of = (at: DateTime.Utc): string => {
  const { epochMilliseconds } = at
  if (!(epochMilliseconds >= 0 && epochMilliseconds < quickBefore)) return DateTime.formatIso(at)
  const day = Math.floor(epochMilliseconds / dayMillis)
  const time = epochMilliseconds - day * dayMillis
  const seconds = Math.floor(time / 1_000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const clock = `${two[hours]}:${two[minutes - 60 * hours]}:${two[seconds - 60 * minutes]}`
  return `${dateOf(day, at)}T${clock}.${three[Math.floor(time) - 1_000 * seconds]}Z`
}
