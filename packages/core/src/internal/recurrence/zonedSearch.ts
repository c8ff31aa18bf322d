/**
 * The occurrences of a rule in local time: the instants at which the clock of its zone shows its local occurrences.
 *
 * A segment of constant offset has two streams of local times, each at a constant distance from its instants:
 *
 * - *shown*: what the clock shows. Where it was set back, the segment begins with times that were shown before; they
 *   belong to the segment before.
 * - *leapt over*: what the clock left out when it was set forward at the beginning of the segment. Such a time occurs
 *   later by the length of the leap, which is its distance by the offset before.
 *
 * The instants of both lie within the segment. So a question looks into one segment, and into that of the local
 * occurrence nearest to it.
 */
import { secondsPerDay } from "./calendar.ts"
import type { Compiled, Zoned } from "./compiledRule.ts"
import { countLocal, firstLocal, nextLocal, previousLocal } from "./localSearch.ts"
import type { Segment, TimeZone } from "./timeZone.ts"
import * as TimesOfDay from "./timesOfDay.ts"

/** The earliest occurrence at or after an instant, `NaN` if there is none. */
export const nextZoned = (rule: Compiled, zoned: Zoned, instant: number): number => {
  const { exceptions, until, zone } = zoned
  if (zone === undefined) return Number.NaN
  let from = Math.max(Math.ceil(instant), zoned.start)
  for (let skipped = -1; from <= until;) {
    const occurrence = nextInstant(rule, zoned, zone, from)
    if (!(occurrence <= until)) return Number.NaN
    skipped = skipped < 0 ? indexFrom(exceptions, occurrence) : skipped + 1
    while ((exceptions[skipped] ?? Infinity) < occurrence) skipped++
    if (exceptions[skipped] !== occurrence) return occurrence
    from = occurrence + 1
  }
  return Number.NaN
}

/** The latest occurrence at or before an instant, `NaN` if there is none. */
export const previousZoned = (rule: Compiled, zoned: Zoned, instant: number): number => {
  const { exceptions, start, until, zone } = zoned
  if (zone === undefined) return Number.NaN
  let to = Math.floor(Math.min(instant, until))
  for (let kept = -1; to >= start;) {
    const occurrence = previousInstant(rule, zoned, zone, to)
    if (occurrence !== occurrence) return Number.NaN
    kept = kept < 0 ? indexFrom(exceptions, occurrence) : kept - 1
    while ((exceptions[kept] ?? -Infinity) > occurrence) kept--
    if (exceptions[kept] !== occurrence) return occurrence
    to = occurrence - 1
  }
  return Number.NaN
}

/**
 * The number of occurrences from one instant to another, both inclusive. The cost grows with the number of changes of
 * the clock between them.
 */
export const countZoned = (rule: Compiled, zoned: Zoned, from: number, to: number): number => {
  const { exceptions, zone } = zoned
  const first = nextZoned(rule, zoned, from)
  const last = previousZoned(rule, zoned, to)
  if (!(first <= last) || zone === undefined) return 0
  const [begin, end] = [zone.segmentAt(first), zone.segmentAt(last)]
  const excluded = exceptions.filter(
    (exception) =>
      first <= exception && exception <= last && nextInstant(rule, zoned, zone, exception) === exception
  )
  return (
    countLocal(rule, firstOf(rule, zoned, begin), firstOf(rule, zoned, end) - 1) +
    countWithin(rule, zoned, end, last) -
    countWithin(rule, zoned, begin, first - 1) -
    countMerged(rule, zone, first, last) -
    excluded.length
  )
}

/** True if the rule has an occurrence, exceptions left aside. */
export const occursZoned = (rule: Compiled, zoned: Zoned): boolean =>
  zoned.zone !== undefined && nextInstant(rule, zoned, zoned.zone, zoned.start) <= zoned.until

/**
 * The first occurrence, if the rule occurs at the same instants when it starts there. It does not if the first local
 * time is excluded, or is not the first instant: the clock leaps over it.
 */
export const firstAsStart = (rule: Compiled, zoned: Zoned): number => {
  const first = nextZoned(rule, zoned, zoned.start)
  const offset = first === first ? (zoned.zone?.segmentAt(first).offset ?? Number.NaN) : Number.NaN
  return first + offset === firstLocal(rule) ? first : Number.NaN
}

/** The local occurrences of a segment up to an instant. */
const countWithin = (rule: Compiled, zoned: Zoned, segment: Segment, to: number): number => {
  const { before, begin, offset } = segment
  const leaptTo = Math.min(to + before, begin + offset - 1)
  return (
    countLocal(rule, firstShown(rule, zoned, segment), to + offset) +
    (before < offset ? countLocal(rule, firstOf(rule, zoned, segment), leaptTo) : 0)
  )
}

/** The local occurrences that a leap of the clock puts on the instant of another one. */
const countMerged = (rule: Compiled, zone: TimeZone, from: number, to: number): number => {
  const isOnceADay = TimesOfDay.count(rule, rule.hours) === 1
  let merged = 0
  // The same segment comes twice where a block of the table ends.
  let seenTo = -Infinity
  for (let at = from; at <= to;) {
    const { before, begin, end, offset } = zone.segmentAt(at)
    const leap = offset - before
    if (begin > seenTo && leap > 0 && !(isOnceADay && leap < secondsPerDay)) {
      seenTo = begin
      const last = Math.min(to + before, begin + offset - 1)
      let local = nextLocal(rule, Math.max(from, begin) + before)
      for (; local <= last; local = nextLocal(rule, local + 1)) {
        if (nextLocal(rule, local + leap) === local + leap) merged++
      }
    }
    at = end
  }
  return merged
}

/** The first local time that a segment shows and that belongs to it. */
const firstShown = (rule: Compiled, zoned: Zoned, segment: Segment): number =>
  Math.max(segment.begin + segment.offset, firstOf(rule, zoned, segment))

/** The first local time of a segment, leapt over or shown. A start in a repeated hour is shown there, not before. */
const firstOf = (rule: Compiled, zoned: Zoned, segment: Segment): number =>
  segment.begin === zoned.repeatedFrom ? rule.start : segment.begin + segment.before

/** The segment of a local time. */
const segmentOf = (zoned: Zoned, zone: TimeZone, local: number, offset: number): Segment => {
  const segment = zone.segmentOfLocal(local, offset)
  // Nothing occurs before the start.
  return segment.begin < zoned.repeatedFrom ? zone.segmentAt(zoned.repeatedFrom) : segment
}

/** The first instant at or after one, exceptions and the end left aside. */
const nextInstant = (rule: Compiled, zoned: Zoned, zone: TimeZone, from: number): number => {
  const segment = zone.segmentAt(from)
  const leapt = nextLeapt(rule, segment, from)
  const shown = firstShown(rule, zoned, segment)
  const local = nextLocal(rule, Math.max(from + segment.offset, shown))
  if (local < segment.end + segment.offset) return earlier(leapt, local - segment.offset)
  return local === local ? earlier(leapt, instantFrom(rule, zoned, zone, local)) : leapt
}

/** The first instant of the segment that a local time belongs to, the first one of that segment. */
const instantFrom = (rule: Compiled, zoned: Zoned, zone: TimeZone, local: number): number => {
  const segment = segmentOf(zoned, zone, local, zone.segmentAt(local).offset)
  const shown = firstShown(rule, zoned, segment)
  if (local >= shown) return local - segment.offset
  // A time that is shown may come before one that was leapt over earlier.
  return earlier(local - segment.before, nextLocal(rule, shown) - segment.offset)
}

/** The first instant at or after one of what a segment leaps over. */
const nextLeapt = (rule: Compiled, { before, begin, offset }: Segment, from: number): number => {
  if (from >= begin + offset - before) return Number.NaN
  const local = nextLocal(rule, from + before)
  return local < begin + offset ? local - before : Number.NaN
}

/** The last instant at or before one, exceptions and the end left aside. */
const previousInstant = (rule: Compiled, zoned: Zoned, zone: TimeZone, to: number): number => {
  const segment = zone.segmentAt(to)
  const first = firstOf(rule, zoned, segment)
  const shown = firstShown(rule, zoned, segment)
  const isShown = to + segment.offset >= shown
  const local = previousLocal(rule, isShown ? to + segment.offset : first - 1)
  if (local >= shown) return lastOf(rule, segment, local, to)
  const leapt = local >= first ? previousLeapt(rule, segment, to) : Number.NaN
  if (leapt === leapt) return leapt
  const earlierLocal = local >= first ? previousLocal(rule, first - 1) : local
  if (earlierLocal !== earlierLocal) return Number.NaN
  return lastOf(rule, segmentOf(zoned, zone, earlierLocal, segment.before), earlierLocal, to)
}

/** The last instant of a segment up to one, by its last local time: what it leaps over may come after what it shows. */
const lastOf = (rule: Compiled, segment: Segment, local: number, to: number): number => {
  const instant = local - segment.offset
  return instant < segment.begin + segment.offset - segment.before
    ? later(instant, previousLeapt(rule, segment, to))
    : instant
}

/** The last instant at or before one of what a segment leaps over. */
const previousLeapt = (rule: Compiled, { before, begin, offset }: Segment, to: number): number => {
  if (before >= offset) return Number.NaN
  const local = previousLocal(rule, Math.min(to + before, begin + offset - 1))
  return local >= begin + before ? local - before : Number.NaN
}

/** The first of two instants, of which either may be none. */
const earlier = (one: number, other: number): number => (one <= other || other !== other ? one : other)

/** The last of two instants, of which either may be none. */
const later = (one: number, other: number): number => (one >= other || other !== other ? one : other)

/** The number of exceptions before an instant. */
const indexFrom = (exceptions: ReadonlyArray<number>, instant: number): number => {
  let low = 0
  let high = exceptions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((exceptions[middle] ?? 0) < instant) low = middle + 1
    else high = middle
  }
  return low
}
