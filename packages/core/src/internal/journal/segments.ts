/** The segments of a journal: which one an entry goes to, and which ones are surplus. Without time and effects (J4). */

/**
 * The number of days of a journal in files. The segments of earlier days are removed; days without an entry do not count,
 * so that a clock that was wrong for a while removes nothing. Set by `daysMax`.
 *
 * @category limits
 * @since 0.1.0
 */
export const journalDaysMax = 90

/**
 * The size of a journal in files, in bytes. Beyond, the oldest segments are removed. Set by `bytesMax`.
 *
 * @category limits
 * @since 0.1.0
 */
export const journalBytesMax = 64 * 1_024 * 1_024

/**
 * The size after which a segment of a journal is full, in bytes: the next group begins another one. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const segmentBytesMax = 1_024 * 1_024

/** A file with entries, which begin with a number. */
export interface Segment {
  readonly name: string
  readonly day: string
  readonly first: bigint
}

/** The segment of a file name; nothing, if it is the name of another file. */
export const segmentOf = (name: string): Segment | undefined => {
  const [, day, first] = /^(\d{4}-\d{2}-\d{2})-(\d{20})\.journal$/.exec(name) ?? []
  return day === undefined || first === undefined ? undefined : { name, day, first: BigInt(first) }
}

interface Sized extends Segment {
  bytes: number
}

interface Bounds {
  readonly daysMax?: number | undefined
  readonly bytesMax?: number | undefined
}

export class Segments {
  readonly #daysMax: number
  readonly #bytesMax: number
  /** By their first numbers. */
  #segments: Array<Sized>

  constructor(found: ReadonlyArray<Sized>, { bytesMax, daysMax }: Bounds) {
    this.#daysMax = daysMax ?? journalDaysMax
    this.#bytesMax = bytesMax ?? journalBytesMax
    this.#segments = [...found].sort((left, right) => (left.first < right.first ? -1 : 1))
  }

  get newestFirst(): ReadonlyArray<Segment> {
    return this.#segments.toReversed()
  }

  /** Those that may have entries after a number, in their order. */
  from(number: bigint): ReadonlyArray<Segment> {
    return this.#segments.filter((_, index) => {
      const next = this.#segments[index + 1]
      return next === undefined || next.first > number + 1n
    })
  }

  /** The segment for a group that begins with a number, on a day. */
  place(first: bigint, day: string): { readonly segment: Segment; readonly isNew: boolean } {
    const last = this.#segments.at(-1)
    if (last !== undefined && last.day === day && last.bytes < segmentBytesMax)
      return { segment: last, isNew: false }
    // Its first group was not written when it was begun.
    if (last !== undefined && last.first === first) return { segment: last, isNew: last.bytes === 0 }
    const segment = { name: `${day}-${String(first).padStart(20, "0")}.journal`, day, first, bytes: 0 }
    this.#segments.push(segment)
    return { segment, isNew: true }
  }

  /** Notes that a segment has grown. */
  grow({ name }: Segment, bytes: number): void {
    const grown = this.#segments.find((segment) => segment.name === name)
    if (grown !== undefined) grown.bytes += bytes
  }

  /** Takes out the oldest ones that are too many; the newest stays. */
  takeSurplus(): ReadonlyArray<Segment> {
    const days = [...new Set(this.#segments.map(({ day }) => day).toReversed())].slice(0, this.#daysMax)
    let bytes = 0
    const kept: Array<Sized> = []
    for (const segment of this.#segments.toReversed()) {
      bytes += segment.bytes
      const isKept = kept.length === 0 || (bytes <= this.#bytesMax && days.includes(segment.day))
      if (!isKept) break
      kept.unshift(segment)
    }
    const surplus = this.#segments.slice(0, this.#segments.length - kept.length)
    this.#segments = kept
    return surplus
  }
}
