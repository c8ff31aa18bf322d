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
  /** The lead of the zone's clock over UTC, in milliseconds. */
  readonly offsetMillis: (at: DateTime.Utc) => number
  /** The instant at which its day begins. */
  readonly midnight: (at: DateTime.Utc) => DateTime.Utc
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

const pad = (number: number, length = 2): string => String(number).padStart(length, "0")

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
  return {
    zone: local.timeZone,
    offsetMillis: (at) => 1_000 * local.offset(at),
    instant,
    date,
    day: (at) => `${weekdays[partsOf(at).weekDay]} ${date(at)}`,
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
