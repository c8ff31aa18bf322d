/** Time zones: the clock on the wall at an instant, and the instants of a time on the wall. Instants are milliseconds. */
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import { DateTime } from "effect"

/** A time on the wall, as if it were one of UTC. */
type Wall = number

const hour = 3_600_000
export const day = 24 * hour

/** True for the name of a zone, also for one of several that it has: browsers list one of them alone. */
export const isZone = (name: string): boolean => LocalClock.make(name) !== undefined

/** A zone by its name in the database of zones, such as `Europe/Berlin`. */
export class Zone {
  readonly name: string
  readonly #clock: LocalClock

  constructor(name: string) {
    const clock = LocalClock.make(name) ?? LocalClock.make("UTC")
    if (clock === undefined) throw new Error("this browser knows no time zones")
    this.name = clock.timeZone
    this.#clock = clock
  }

  /** The lead of the wall over UTC. */
  offset(at: number): number {
    return 1_000 * this.#clock.offset(DateTime.makeUnsafe(at))
  }

  wall(at: number): Wall {
    return at + this.offset(at)
  }

  /** The instants at which the wall shows a time: two when the clock was set back, none when it was set forward. */
  instantsOf(wall: Wall): ReadonlyArray<number> {
    const { first, shown } = this.#timeOf(wall)
    if (shown === "Never") return []
    if (shown === "Once") return [first]
    const change = this.nextChange(first, first + day) ?? first
    const { after, before } = this.#clock.change(DateTime.makeUnsafe(change))
    return [first, first + 1_000 * (before - after)]
  }

  /** The first instant at which the wall shows this time or a later one. */
  firstInstant(wall: Wall): number {
    const { first, shown } = this.#timeOf(wall)
    // The clock leaps over this time: the leap is the first instant after it.
    return shown === "Never" ? (this.nextChange(first - day, first + 1) ?? first) : first
  }

  /** The first instant of the day of an instant. */
  startOfDay(at: number): number {
    return this.firstInstant(Math.floor(this.wall(at) / day) * day)
  }

  /** The first instant of the day that follows by so many days. */
  addDays(at: number, days: number): number {
    return this.firstInstant((Math.floor(this.wall(at) / day) + days) * day)
  }

  /** The instant at an hour of the day of an instant. */
  atHour(at: number, hours: number): number {
    return this.firstInstant(Math.floor(this.wall(at) / day) * day + hours * hour)
  }

  /** The first instant within a stretch at which the clock is set. */
  nextChange(from: number, to: number): number | undefined {
    return this.#clock.nextChange(DateTime.makeUnsafe(from), DateTime.makeUnsafe(to - 1))?.epochMilliseconds
  }

  #timeOf(wall: Wall) {
    const seconds = Math.floor(wall / 1_000)
    const { at, shown } = this.#clock.timeOf(seconds)
    return { first: at.epochMilliseconds + wall - 1_000 * seconds, shown }
  }
}

/** An offset in words: `+02:00`, or `UTC` for none. */
export const offsetText = (offset: number): string => {
  if (offset === 0) return "UTC"
  const minutes = Math.abs(Math.round(offset / 60_000))
  return `${offset < 0 ? "−" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

export const two = (number: number): string => String(number).padStart(2, "0")
