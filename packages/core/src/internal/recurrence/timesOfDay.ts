/**
 * The times of day at which a rule occurs, as minutes of the day (0 to 1,439), -1 for none.
 *
 * They are never listed: hours are one bit mask, minutes two of 30 bits, and the step of an HOURLY or MINUTELY rule is
 * a remainder that changes from day to day. The residue of a day selects the times: times `t` with `unit(t) mod
 * interval = residue`, where `unit` is the hour or the minute of the day.
 */
import * as Bits from "./bits.ts"

/** Times of day, without the step. */
export interface TimesOfDay {
  /** Bits 0 to 23. */
  readonly hours: number
  /** Bits 0 to 29 for minutes 0 to 29. */
  readonly minutesLow: number
  /** Bits 0 to 29 for minutes 30 to 59. */
  readonly minutesHigh: number
}

const nextMinute = ({ minutesHigh, minutesLow }: TimesOfDay, minute: number): number => {
  if (minute < 30) {
    const low = minutesLow & (-1 << minute)
    if (low !== 0) return Bits.lowest(low)
    return minutesHigh === 0 ? -1 : 30 + Bits.lowest(minutesHigh)
  }
  const high = minute > 59 ? 0 : minutesHigh & (-1 << (minute - 30))
  return high === 0 ? -1 : 30 + Bits.lowest(high)
}

const previousMinute = ({ minutesHigh, minutesLow }: TimesOfDay, minute: number): number => {
  if (minute >= 30) {
    const high = minutesHigh & Bits.firstBits(minute - 29)
    if (high !== 0) return 30 + Bits.highest(high)
    return Bits.highest(minutesLow)
  }
  return minute < 0 ? -1 : Bits.highest(minutesLow & Bits.firstBits(minute + 1))
}

/** The earliest time at or after `from` whose hour is in `hours`. */
export const next = (times: TimesOfDay, hours: number, from: number): number => {
  if (from >= 1_440) return -1
  const hour = Math.floor(from / 60)
  if ((hours >>> hour) & 1) {
    const minute = nextMinute(times, from - 60 * hour)
    if (minute >= 0) return 60 * hour + minute
  }
  const later = hour >= 23 ? 0 : hours & (-1 << (hour + 1))
  return later === 0 ? -1 : 60 * Bits.lowest(later) + nextMinute(times, 0)
}

/** The latest time at or before `to` whose hour is in `hours`. */
export const previous = (times: TimesOfDay, hours: number, to: number): number => {
  if (to < 0) return -1
  const hour = Math.min(23, Math.floor(to / 60))
  if ((hours >>> hour) & 1) {
    const minute = previousMinute(times, Math.min(59, to - 60 * hour))
    if (minute >= 0) return 60 * hour + minute
  }
  const earlier = hour === 0 ? 0 : hours & Bits.firstBits(hour)
  return earlier === 0 ? -1 : 60 * Bits.highest(earlier) + previousMinute(times, 59)
}

/** The number of times whose hour is in `hours`. */
export const count = (times: TimesOfDay, hours: number): number =>
  Bits.size(hours) * (Bits.size(times.minutesLow) + Bits.size(times.minutesHigh))

/** The number of them before `before`. */
export const countBefore = (times: TimesOfDay, hours: number, before: number): number => {
  if (before >= 1_440) return count(times, hours)
  const hour = Math.floor(before / 60)
  const whole = hour === 0 ? 0 : count(times, hours & Bits.firstBits(hour))
  const minute = before - 60 * hour
  if (((hours >>> hour) & 1) === 0 || minute === 0) return whole
  const low = times.minutesLow & Bits.firstBits(Math.min(minute, 30))
  const high = minute <= 30 ? 0 : times.minutesHigh & Bits.firstBits(minute - 30)
  return whole + Bits.size(low) + Bits.size(high)
}

/** The hours that leave this residue when divided by the interval. */
export const hoursOnStep = (hours: number, residue: number, interval: number): number => {
  let step = 0
  for (let hour = residue; hour < 24; hour += interval) step |= 1 << hour
  return hours & step
}

/** True if it is one of the times. */
export const has = (times: TimesOfDay, time: number): boolean => {
  const hour = Math.floor(time / 60)
  if (((times.hours >>> hour) & 1) === 0) return false
  const minute = time - 60 * hour
  const bits = minute < 30 ? times.minutesLow >>> minute : times.minutesHigh >>> (minute - 30)
  return (bits & 1) === 1
}

/** The earliest time at or after `from` that is `residue` more than a multiple of `interval`. */
export const nextOnStep = (times: TimesOfDay, residue: number, interval: number, from: number): number => {
  let time = from <= residue ? residue : residue + interval * Math.ceil((from - residue) / interval)
  while (time < 1_440) {
    if (has(times, time)) return time
    const allowed = next(times, times.hours, time + 1)
    if (allowed < 0) return -1
    time = residue + interval * Math.ceil((allowed - residue) / interval)
  }
  return -1
}

/** The latest time at or before `to` that is `residue` more than a multiple of `interval`. */
export const previousOnStep = (times: TimesOfDay, residue: number, interval: number, to: number): number => {
  let time = residue + interval * Math.floor((Math.min(to, 1_439) - residue) / interval)
  while (time >= residue) {
    if (has(times, time)) return time
    const allowed = previous(times, times.hours, time - 1)
    if (allowed < 0) return -1
    time = residue + interval * Math.floor((allowed - residue) / interval)
  }
  return -1
}
