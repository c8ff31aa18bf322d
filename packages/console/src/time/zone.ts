/** Time zones: the clock on the wall at an instant, and the instants of a time on the wall. Instants are milliseconds. */

/** A time on the wall, as if it were one of UTC. */
type Wall = number

const hour = 3_600_000
export const day = 24 * hour

/** Offsets change at a whole quarter of an hour, so each is asked for once. */
const quarter = hour / 4

/** A zone by its name in the database of zones, such as `Europe/Berlin`. */
export class Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #offsets = new Map<number, number>()

  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric"
    })
  }

  /** The lead of the wall over UTC. */
  offset(at: number): number {
    const key = Math.floor(at / quarter)
    const known = this.#offsets.get(key)
    if (known !== undefined) return known
    const begin = key * quarter
    const found = this.#wallOf(begin) - begin
    if (this.#offsets.size > 20_000) this.#offsets.clear()
    this.#offsets.set(key, found)
    return found
  }

  wall(at: number): Wall {
    return at + this.offset(at)
  }

  /** The instants at which the wall shows a time: two when the clock was set back, none when it was set forward. */
  instantsOf(wall: Wall): ReadonlyArray<number> {
    const candidates = [...new Set([this.offset(wall - day), this.offset(wall + day)])]
    return candidates
      .map((offset) => wall - offset)
      .filter((at) => this.wall(at) === wall)
      .sort((left, right) => left - right)
  }

  /** The first instant at which the wall shows this time or a later one. */
  firstInstant(wall: Wall): number {
    const [first] = this.instantsOf(wall)
    if (first !== undefined) return first
    // The time is missing: the clock jumps over it.
    const before = this.offset(wall - day)
    const jump = this.nextChange(wall - before - 3 * hour, wall - before + 3 * hour)
    return jump ?? wall - before
  }

  /** The first instant of the day of an instant. */
  startOfDay(at: number): number {
    return this.firstInstant(Math.floor(this.wall(at) / day) * day)
  }

  /** The first instant of the day that follows by so many days. */
  addDays(at: number, days: number): number {
    return this.firstInstant((Math.floor(this.wall(at) / day) + days) * day)
  }

  /** The first instant within a stretch at which the clock is set. */
  nextChange(from: number, to: number): number | undefined {
    for (let begin = from; begin < to; begin += 7 * day) {
      const end = Math.min(begin + 7 * day, to)
      if (this.offset(begin) === this.offset(end)) continue
      let [low, high] = [begin, end]
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        if (this.offset(middle) === this.offset(begin)) low = middle
        else high = middle
      }
      return high
    }
    return undefined
  }

  #wallOf(at: number): Wall {
    const parts: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(at)) parts[type] = Number(value)
    const { day: date = 1, hour: hours = 0, minute = 0, month = 1, second = 0, year = 1970 } = parts
    return Date.UTC(year, month - 1, date, hours, minute, second)
  }
}

/** An offset in words: `+02:00`, or `UTC` for none. */
export const offsetText = (offset: number): string => {
  if (offset === 0) return "UTC"
  const minutes = Math.abs(Math.round(offset / 60_000))
  return `${offset < 0 ? "−" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

export const two = (number: number): string => String(number).padStart(2, "0")
