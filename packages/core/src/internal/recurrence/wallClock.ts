/** Readings of the clock of a zone, as seconds as if it were UTC, and the instants of readings. */
import { monthAndDay, secondsPerDay, weekdayOf } from "./calendar.ts"
import type { TimeZone } from "./timeZone.ts"

/** The reading of a zone's clock at an instant. */
export const readingOf = (zone: TimeZone, instant: number): number =>
  instant + zone.segmentAt(Math.floor(instant)).offset

/**
 * The instant of a reading: the first of two, and where the clock leaps over it, as much later as the leap is long
 * (RFC 5545, 3.3.5).
 */
export const instantOf = (zone: TimeZone, reading: number): number => {
  const { before, begin, offset } = zone.segmentOfLocal(reading, zone.segmentAt(reading).offset)
  return reading - (reading < begin + offset ? before : offset)
}

/** The parts of a reading; `month` counts from 1, `weekday` from Monday = 0. */
export const partsOf = (reading: number) => {
  const dayNumber = Math.floor(reading / secondsPerDay)
  const date = monthAndDay(dayNumber)
  const month = date >> 5
  const second = reading - secondsPerDay * dayNumber
  return {
    year: Math.floor(month / 12),
    month: month - 12 * Math.floor(month / 12) + 1,
    day: date & 31,
    weekday: weekdayOf(dayNumber),
    hour: Math.floor(second / 3_600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60
  }
}
