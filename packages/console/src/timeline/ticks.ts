/** The ticks of an axis of time, by the calendar of a zone: days have 23 or 25 hours where the clock is set. */
import * as Times from "../time/times.ts"
import { day, offsetText, type Zone } from "../time/zone.ts"

/** A mark on the axis. */
export interface Tick {
  readonly at: number
  readonly label: string
  /** A midnight, or the first of a month. */
  readonly isMajor: boolean
  /** The clock is set here, to this offset. */
  readonly shift?: string
}

/** A stretch of time, in epoch milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

const minute = 60_000
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * minute)
const daySteps = [1, 2, 7, 14]
const monthSteps = [1, 2, 3, 6, 12]

/** The ticks of a stretch, no nearer to each other than `gap` pixels. */
export const ticks = ({ from, to }: Span, width: number, zone: Zone, gap = 84): ReadonlyArray<Tick> => {
  const fits = (length: number) => (length / (to - from)) * width >= gap
  const step = steps.find(fits)
  if (step !== undefined) return hours(from, to, step, zone)
  const count = daySteps.find((each) => fits(each * day))
  return count === undefined
    ? months(from, to, monthSteps.find((each) => fits(each * 30 * day)) ?? 12, zone)
    : days(from, to, count, zone)
}

/** The first days of months; a year begins with a mark of its own. */
const months = (from: number, to: number, step: number, zone: Zone): ReadonlyArray<Tick> => {
  const found: Array<Tick> = []
  const begin = new Date(zone.wall(from))
  for (let month = begin.getUTCMonth() - (begin.getUTCMonth() % step); ; month += step) {
    const wall = Date.UTC(begin.getUTCFullYear(), month, 1)
    const at = zone.firstInstant(wall)
    if (at > to) return found
    const isMajor = new Date(wall).getUTCMonth() === 0
    if (at >= from) found.push({ at, label: Times.month(zone, at, isMajor ? "with year" : "short"), isMajor })
  }
}

const days = (from: number, to: number, step: number, zone: Zone): ReadonlyArray<Tick> => {
  const found: Array<Tick> = []
  // Counted from a fixed Monday, so that ticks stay where they are while the view moves.
  const first = Math.floor(zone.wall(from) / day)
  const aligned = first - ((first - 4) % step)
  for (let number = aligned; ; number += step) {
    const at = zone.firstInstant(number * day)
    if (at > to) return found
    if (at < from) continue
    const date = new Date(number * day)
    const shift = shiftWithin(zone, at, zone.addDays(at, 1))
    found.push({
      at,
      label: Times.date(zone, at, at),
      isMajor: date.getUTCDate() <= step,
      ...(step === 1 && shift !== undefined ? { shift } : undefined)
    })
  }
}

const hours = (from: number, to: number, step: number, zone: Zone): ReadonlyArray<Tick> => {
  const found: Array<Tick> = []
  for (let midnight = zone.startOfDay(from); midnight <= to; midnight = zone.addDays(midnight, 1)) {
    const next = zone.addDays(midnight, 1)
    // Times on the wall: a missing one has no tick, and one that comes twice has two.
    const wall = Math.floor(zone.wall(midnight) / day) * day
    for (let time = wall; time < wall + day; time += step)
      for (const at of time === wall ? [midnight] : zone.instantsOf(time)) {
        if (at < Math.max(from, midnight) || at > to || at >= next) continue
        const isMajor = at === midnight
        found.push({ at, isMajor, label: isMajor ? Times.date(zone, at, at) : Times.clock(zone, at) })
      }
    const change = zone.nextChange(midnight, next)
    if (change !== undefined && change >= from && change <= to) mark(found, change, zone)
  }
  return found.sort((left, right) => left.at - right.at)
}

/** Longest stretch in which weekends are told apart. */
const weekendsWithin = 70 * day

/** The weekends of a stretch, by the days of the zone. */
export const weekends = ({ from, to }: Span, zone: Zone): ReadonlyArray<Span> => {
  if (to - from > weekendsWithin) return []
  const found: Array<Span> = []
  // Day 0 of the calendar was a Thursday.
  const first = Math.floor(zone.wall(from) / day)
  for (let saturday = first - ((first + 5) % 7); ; saturday += 7) {
    const begin = zone.firstInstant(saturday * day)
    if (begin >= to) return found
    const end = zone.firstInstant((saturday + 2) * day)
    if (end > from) found.push({ from: begin, to: end })
  }
}

/** The first tick from a change of the clock on says so. */
const mark = (ticks: Array<Tick>, change: number, zone: Zone): void => {
  const shift = offsetText(zone.offset(change))
  const index = ticks.findIndex(({ at }) => at === change)
  if (index >= 0 && ticks[index] !== undefined) ticks[index] = { ...ticks[index], shift }
  else ticks.push({ at: change, label: Times.clock(zone, change), isMajor: false, shift })
}

const shiftWithin = (zone: Zone, from: number, to: number): string | undefined =>
  zone.offset(from) === zone.offset(to) ? undefined : offsetText(zone.offset(to))
