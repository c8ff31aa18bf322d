/** Writes the zones of a calendar: programs that know no names of zones read there when clocks are changed. */
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import { DateTime } from "effect"
import ICAL from "ical.js"

/** The span of a calendar whose changes of clocks are written. */
interface Span {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** A change of a clock from one lead over UTC to another, in seconds. */
interface Change {
  readonly before: number
  readonly after: number
  /** The local times at which it is made, as the clock shows them before it. */
  readonly readings: ReadonlyArray<number>
}

/** A zone with the changes of its clock in a span. */
export const zoneOf = (clock: LocalClock, span: Span): ICAL.Component => {
  const zone = new ICAL.Component("vtimezone")
  zone.updatePropertyWithValue("tzid", clock.timeZone)
  for (const change of changesOf(clock, span)) zone.addSubcomponent(observanceOf(change))
  return zone
}

/** The changes by their kind; the first one stands for all that was before the span. */
const changesOf = (clock: LocalClock, { from, to }: Span): ReadonlyArray<Change> => {
  const offset = clock.offset(from)
  const kinds = new Map<string, Change>()
  for (
    let at = clock.nextChange(from);
    at !== undefined && DateTime.isLessThan(at, to);
    at = clock.nextChange(at)
  ) {
    const { after, before } = clock.change(at)
    const kind = `${before} ${after}`
    const { readings } = kinds.get(kind) ?? { readings: [] }
    kinds.set(kind, { before, after, readings: [...readings, at.epochMilliseconds / 1_000 + before] })
  }
  return [{ before: offset, after: offset, readings: [clock.reading(from)] }, ...kinds.values()]
}

const observanceOf = ({ after, before, readings }: Change): ICAL.Component => {
  const observance = new ICAL.Component(after > before ? "daylight" : "standard")
  const [first = 0] = readings
  observance.updatePropertyWithValue("dtstart", timeAt(first))
  observance.updatePropertyWithValue("tzoffsetfrom", ICAL.UtcOffset.fromSeconds(before))
  observance.updatePropertyWithValue("tzoffsetto", ICAL.UtcOffset.fromSeconds(after))
  // Some programs do not take the first one from DTSTART where there are others.
  if (readings.length === 1) return observance
  for (const reading of readings) observance.addPropertyWithValue("rdate", timeAt(reading))
  return observance
}

/** A local time: a reading of a clock. */
export const timeAt = (reading: number): ICAL.Time =>
  ICAL.Time.fromDateTimeString(
    DateTime.formatIso(DateTime.makeUnsafe(1_000 * reading)).replace(/\.\d+Z$/, "")
  )
