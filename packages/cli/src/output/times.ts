/** Instants as text for people, in the local time zone or in UTC. */
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import { DateTime, Effect } from "effect"
import { localClock, utcClock } from "../input/zone.ts"

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

/** Writes instants on the clock of a zone. An hour that it shows twice is told with its offset. */
export const make = (local: LocalClock): Times => {
  const partsOf = (at: DateTime.Utc) =>
    DateTime.toPartsUtc(DateTime.makeUnsafe(at.epochMilliseconds + 1_000 * local.offset(at)))
  const date = (at: DateTime.Utc) => {
    const { day, month, year } = partsOf(at)
    return `${pad(year, 4)}-${pad(month)}-${pad(day)}`
  }
  const time = (at: DateTime.Utc) => {
    const { hour, minute, second } = partsOf(at)
    return `${pad(hour)}:${pad(minute)}:${pad(second)}`
  }
  const clock = (at: DateTime.Utc) => `${time(at)}${offsetOf(local, at)}`
  const instant = (at: DateTime.Utc) => `${date(at)} ${clock(at)}`
  const weekday = (at: DateTime.Utc) => weekdays[partsOf(at).weekDay] ?? ""
  const timeShort = (at: DateTime.Utc) => time(at).replace(/:00$/, "")
  const short = (at: DateTime.Utc, now: DateTime.Utc) => {
    if (date(at) === date(now)) return timeShort(at)
    const distance = at.epochMilliseconds - now.epochMilliseconds
    return distance > 0 && distance < sixDaysMillis ? `${weekday(at)} ${time(at).slice(0, 5)}` : date(at)
  }
  return {
    zone: local.timeZone,
    offsetMillis: (at) => 1_000 * local.offset(at),
    instant,
    iso: (at) => isoOf(local, at),
    date,
    day: (at) => `${weekday(at)} ${date(at)}`,
    moment: (at) => `${weekday(at)} ${date(at)} ${timeShort(at)}${offsetOf(local, at)}`,
    short,
    clock,
    clockMillis: (at) => `${time(at)}.${pad(partsOf(at).millisecond, 3)}`,
    near: (at, other) => (date(at) === date(other) ? clock(at) : instant(at)),
    midnight: (at) => local.timeOf(secondsPerDay * Math.floor(local.reading(at) / secondsPerDay)).at
  }
}

const secondsPerDay = 86_400

/** The offset of a time that its clock shows twice. */
const offsetOf = (local: LocalClock, at: DateTime.Utc): string => {
  const { at: first, shown } = local.timeOf(local.reading(at))
  const isFirst = Math.floor(at.epochMilliseconds / 1_000) === first.epochMilliseconds / 1_000
  return isFirst && shown !== "Twice" ? "" : ` ${offsetText(local.offset(at))}`
}

/** An instant with its offset. Offsets of long ago have seconds, for which there is no form: they are told in UTC. */
const isoOf = (local: LocalClock, at: DateTime.Utc): string => {
  const offset = local.offset(at)
  const isUtc = local.isUtc || offset % 60 !== 0
  const shown = isUtc ? at : DateTime.add(at, { seconds: offset })
  const text = DateTime.formatIso(shown).replace(/(\.000)?Z$/, "")
  return `${text}${isUtc ? "Z" : offsetText(offset)}`
}

/** An offset as ISO 8601 writes it: `+02:00`. */
export const offsetText = (seconds: number): string => {
  const minutes = Math.floor(Math.abs(seconds) / 60)
  return `${seconds < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

/** The day of a reading of a clock: `Sun 2026-03-01`. */
export const dayText = (reading: number): string => make(utcClock).day(DateTime.makeUnsafe(1_000 * reading))

/** The time of day of a reading of a clock: `08:00`, with seconds if there are any. */
export const timeText = (reading: number): string =>
  make(utcClock)
    .clock(DateTime.makeUnsafe(1_000 * reading))
    .replace(/:00$/, "")

/** The forms of instants in the local zone, or in UTC. */
export const forScreen = ({ utc }: { readonly utc: boolean }) =>
  Effect.map(utc ? Effect.succeed(utcClock) : localClock, make)
