/** Instants as text for people, in the local time zone or in UTC. */
import { DateTime } from "effect"

/** The forms of instants in one time zone. */
export interface Times {
  /** The name of the zone. */
  readonly zone: string
  /** Date and time: `2026-03-01 08:00:00`. */
  readonly instant: (at: DateTime.Utc) => string
  /** ISO 8601 with the offset of the zone: `2026-03-01T08:00:00+01:00`. */
  readonly iso: (at: DateTime.Utc) => string
  /** The date: `2026-03-01`. */
  readonly date: (at: DateTime.Utc) => string
  /** The day of the week and the date: `Sun 2026-03-01`. */
  readonly day: (at: DateTime.Utc) => string
  /** The time of day: `08:00:00`. */
  readonly clock: (at: DateTime.Utc) => string
  /** The time of day with milliseconds: `08:00:00.000`. */
  readonly clockMillis: (at: DateTime.Utc) => string
  /** The time of day, after the date unless the other instant has the same date. */
  readonly near: (at: DateTime.Utc, other: DateTime.Utc) => string
  /** Day, date and time of day, without seconds where there are none: `Sun 2026-03-01 08:00`. */
  readonly moment: (at: DateTime.Utc) => string
  /** The same in at most ten columns, as far as a person needs it now: `08:00`, `Sun 08:00`, `2026-03-01`. */
  readonly short: (at: DateTime.Utc, now: DateTime.Utc) => string
  /** The lead of the zone's clock over UTC, in milliseconds. */
  readonly offsetMillis: (at: DateTime.Utc) => number
  /** The instant at which its day begins. */
  readonly midnight: (at: DateTime.Utc) => DateTime.Utc
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

const pad = (number: number, length = 2): string => String(number).padStart(length, "0")

/** As long as a weekday names one day alone. */
const sixDaysMillis = 6 * 86_400_000

/** Clocks change at quarters of an hour alone, so one instant of a quarter stands for all of it. */
const quarterMillis = 900_000

/** Writes instants in the local time zone, or in UTC. */
export const make = (options: { readonly utc: boolean }): Times => {
  const zone = options.utc ? DateTime.zoneMakeNamedUnsafe("UTC") : DateTime.zoneMakeLocal()
  const zoned = (at: DateTime.Utc) => DateTime.setZone(at, zone)
  const offsets = new Map<number, number>()
  const offsetOf = (at: DateTime.Utc): number => {
    const quarter = Math.floor(at.epochMilliseconds / quarterMillis)
    let offset = offsets.get(quarter)
    if (offset === undefined) offsets.set(quarter, (offset = DateTime.zonedOffset(zoned(at))))
    return offset
  }
  const partsOf = (at: DateTime.Utc) =>
    DateTime.toPartsUtc(DateTime.makeUnsafe(at.epochMilliseconds + offsetOf(at)))
  const date = (at: DateTime.Utc) => {
    const { day, month, year } = partsOf(at)
    return `${pad(year, 4)}-${pad(month)}-${pad(day)}`
  }
  const clock = (at: DateTime.Utc) => {
    const { hour, minute, second } = partsOf(at)
    return `${pad(hour)}:${pad(minute)}:${pad(second)}`
  }
  const instant = (at: DateTime.Utc) => `${date(at)} ${clock(at)}`
  const weekday = (at: DateTime.Utc) => weekdays[partsOf(at).weekDay] ?? ""
  const clockShort = (at: DateTime.Utc) => clock(at).replace(/:00$/, "")
  const short = (at: DateTime.Utc, now: DateTime.Utc) => {
    if (date(at) === date(now)) return clockShort(at)
    const distance = at.epochMilliseconds - now.epochMilliseconds
    return distance > 0 && distance < sixDaysMillis ? `${weekday(at)} ${clock(at).slice(0, 5)}` : date(at)
  }
  return {
    zone: DateTime.zoneToString(zone),
    offsetMillis: offsetOf,
    instant,
    iso: (at) => DateTime.formatIsoOffset(zoned(at)).replace(".000", ""),
    date,
    day: (at) => `${weekday(at)} ${date(at)}`,
    moment: (at) => `${weekday(at)} ${date(at)} ${clockShort(at)}`,
    short,
    clock,
    clockMillis: (at) => `${clock(at)}.${pad(partsOf(at).millisecond, 3)}`,
    near: (at, other) => (date(at) === date(other) ? clock(at) : instant(at)),
    midnight: (at) => DateTime.toUtc(DateTime.startOf(zoned(at), "day"))
  }
}
