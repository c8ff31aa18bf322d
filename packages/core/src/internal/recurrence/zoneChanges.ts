/**
 * The changes of the clock in a zone, from the zone data of the machine: by `Temporal`, or by `Intl` where there is no
 * `Temporal`. Seconds throughout.
 */
import { firstOfMonth, secondsPerDay } from "./calendar.ts"

/** An instant and the offset from then on. */
export type Change = readonly [instant: number, offset: number]

/** The changes of one zone. */
export interface ZoneChanges {
  /** The length of a block: what is worth finding at once. */
  readonly blockSeconds: number
  /** The offset at an instant and the changes after it, before another instant. */
  readonly between: (from: number, to: number) => ReadonlyArray<Change>
}

const secondsPerYear = 31_556_952

/** The changes of a zone that the machine knows. */
export const changesOf = (zone: string): ZoneChanges =>
  "Temporal" in globalThis ? changesByTemporal(zone) : changesByIntl(zone)

const changesByTemporal = (zone: string): ZoneChanges => ({
  blockSeconds: 16 * secondsPerYear,
  between: (from, to) => {
    let at = Temporal.Instant.fromEpochMilliseconds(1_000 * from).toZonedDateTimeISO(zone)
    const changes: Array<Change> = [[from, offsetOf(at)]]
    for (;;) {
      const next = at.getTimeZoneTransition("next")
      if (next === null || next.epochMilliseconds >= 1_000 * to) return changes
      add(changes, Math.ceil(next.epochMilliseconds / 1_000), offsetOf(next))
      at = next
    }
  }
})

const offsetOf = ({ offsetNanoseconds }: Temporal.ZonedDateTime): number =>
  Math.round(offsetNanoseconds / 1e9)

/** A change of the name alone is none. */
const add = (changes: Array<Change>, instant: number, offset: number): void => {
  if (changes.at(-1)?.[1] !== offset) changes.push([instant, offset])
}

/** No zone changes its offset twice within so many seconds: two weeks, half of a Ramadan. */
const stride = 14 * secondsPerDay

const changesByIntl = (zone: string): ZoneChanges => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric"
  })
  const offsetAt = (instant: number): number => readingOf(format, instant) - instant
  return {
    blockSeconds: 2 * secondsPerYear,
    between: (from, to) => {
      const changes: Array<Change> = [[from, offsetAt(from)]]
      for (let low = from, offset = offsetAt(low); low < to; low += stride) {
        const high = Math.min(low + stride, to)
        const later = offsetAt(high)
        if (later !== offset) add(changes, firstWithout(offset, { offsetAt, low, high }), later)
        offset = later
      }
      return changes.filter(([instant]) => instant < to)
    }
  }
}

interface Range {
  readonly offsetAt: (instant: number) => number
  /** An instant with the offset. */
  readonly low: number
  /** A later one with another. */
  readonly high: number
}

/** The instant at which an offset ends, by halving. */
const firstWithout = (offset: number, { high, low, offsetAt }: Range): number => {
  let [last, first] = [low, high]
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2)
    if (offsetAt(middle) === offset) last = middle
    else first = middle
  }
  return first
}

/** The reading of a zone's clock at an instant, as if it were UTC. */
const readingOf = (format: Intl.DateTimeFormat, instant: number): number => {
  const parts = new Map(format.formatToParts(1_000 * instant).map(({ type, value }) => [type, value]))
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const year = parts.get("era")?.startsWith("B") === true ? 1 - number("year") : number("year")
  const day = firstOfMonth(12 * year + number("month") - 1) + number("day") - 1
  return secondsPerDay * day + 3_600 * number("hour") + 60 * number("minute") + number("second")
}
