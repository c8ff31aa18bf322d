/**
 * The clock of a time zone: what it shows at an instant, and at which instant it shows something.
 *
 * @since 0.1.0
 */
import { DateTime } from "effect"
import { type TimeZone, timeZoneOf } from "./internal/recurrence/timeZone.ts"
import { isUtcName, readTimeZone } from "./internal/recurrence/timeZoneName.ts"
import { zoneDataRelease as version } from "./internal/recurrence/zoneData.ts"

/**
 * The version of the zone data of this machine, such as `2026c`; `undefined` where its runtime does not tell.
 *
 * @category queries
 * @since 0.1.0
 */
export const zoneDataRelease: () => string | undefined = version

/**
 * An instant at which a clock shows a time. `shown` tells if it does so once, twice (this is the first of them), or
 * never: then it is the instant as much later as the clock leaps over.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClockTime {
  readonly at: DateTime.Utc
  readonly shown: "Once" | "Twice" | "Never"
}

/**
 * The clock of a time zone that this machine knows. A reading is what it shows, in seconds as if it were UTC.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { LocalClock } from "@effect-dispatch/core"
 * import { DateTime } from "effect"
 *
 * const clock = LocalClock.LocalClock.make("europe/berlin")
 * assert.strictEqual(clock?.timeZone, "Europe/Berlin")
 * // In the night of 29 March 2026 it leaps over 02:30.
 * const time = clock?.timeOf(Date.UTC(2026, 2, 29, 2, 30) / 1_000)
 * assert.strictEqual(time?.shown, "Never")
 * assert.strictEqual(time && DateTime.formatIso(time.at), "2026-03-29T01:30:00.000Z")
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category models
 * @since 0.1.0
 */
export class LocalClock {
  /** The name of the zone, as the zone database spells it. */
  readonly timeZone: string
  readonly #zone: TimeZone

  private constructor(timeZone: string, zone: TimeZone) {
    this.timeZone = timeZone
    this.#zone = zone
  }

  /** The clock of a zone by its name, in upper or lower case; `undefined` if this machine knows no such zone. */
  static make(name: string): LocalClock | undefined {
    const timeZone = readTimeZone(name)
    const zone = timeZone === undefined ? undefined : timeZoneOf(timeZone)
    return timeZone === undefined || zone === undefined ? undefined : new LocalClock(timeZone, zone)
  }

  /** True if the zone is UTC, by whatever name. */
  get isUtc(): boolean {
    return isUtcName(this.timeZone)
  }

  /** The lead over UTC at an instant, in seconds. */
  offset({ epochMilliseconds }: DateTime.Utc): number {
    return this.#zone.segmentAt(Math.floor(epochMilliseconds / 1_000)).offset
  }

  /** The lead over UTC before an instant and from it on, in seconds: they differ where the clock is changed. */
  change(at: DateTime.Utc): { readonly before: number; readonly after: number } {
    return { before: this.offset(DateTime.subtract(at, { seconds: 1 })), after: this.offset(at) }
  }

  /** The instant of the next change after one, `undefined` if there is none. */
  nextChange(after: DateTime.Utc): DateTime.Utc | undefined {
    // A segment may end where a block of years does, without a change.
    let segment = this.#zone.segmentAt(Math.floor(after.epochMilliseconds / 1_000))
    for (let end = segment.end; Number.isFinite(end); end = segment.end) {
      const { offset } = segment
      segment = this.#zone.segmentAt(end)
      if (segment.offset !== offset) return DateTime.makeUnsafe(1_000 * end)
    }
    return undefined
  }

  /** The reading at an instant. */
  reading(at: DateTime.Utc): number {
    return Math.floor(at.epochMilliseconds / 1_000) + this.offset(at)
  }

  /** The instant of a reading. */
  timeOf(reading: number): ClockTime {
    const segment = this.#zone.segmentOfLocal(reading, this.#zone.segmentAt(reading).offset)
    const { before, begin, end, offset } = segment
    if (reading < begin + offset) return time(reading - before, "Never")
    const later = Number.isFinite(end) ? this.#zone.segmentAt(end).offset : offset
    return time(reading - offset, reading >= end + later ? "Twice" : "Once")
  }
}

const time = (seconds: number, shown: ClockTime["shown"]): ClockTime => ({
  at: DateTime.makeUnsafe(1_000 * seconds),
  shown
})
