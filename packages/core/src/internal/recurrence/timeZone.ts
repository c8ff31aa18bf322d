/**
 * Time zones as segments of constant offset.
 *
 * A segment is the span between two changes of a zone's offset. The changes are found in blocks of some years, when a
 * question first falls into one: a question about the year 9990 builds a block or two, not eight thousand years.
 */
import { readTimeZone } from "./timeZoneName.ts"
import { changesOf, type ZoneChanges } from "./zoneChanges.ts"

/** A span of instants with one offset. All numbers are seconds. */
export interface Segment {
  /** The first instant. */
  readonly begin: number
  /** The first instant after it. */
  readonly end: number
  /** The clock shows the instant plus this. */
  readonly offset: number
  /** The offset before it; the same if nothing changes at its beginning. */
  readonly before: number
}

/** The blocks that are held; beyond that the oldest goes. */
export const blocksMax = 4_096

/** Blocks overlap by more than any gap or repetition, so that no change is at the edge of what a block shows. */
const overlapSeconds = 172_800

/** The years 1 to 9999; no question goes beyond. */
const earliest = -62_135_596_800
const latest = 253_402_473_600

/** The beginning of each segment, counted from that of its block, and its offset, in turn. */
type Block = Int32Array

/** The blocks held of all zones, oldest first. */
const held = new Set<() => void>()

/** The number of blocks held, of all zones. */
export const blockCount = (): number => held.size

const hold = (drop: () => void): void => {
  held.add(drop)
  if (held.size <= blocksMax) return
  for (const oldest of held) {
    held.delete(oldest)
    return oldest()
  }
}

/** The changes of the clock in one zone. */
export class TimeZone {
  readonly #changes: ZoneChanges
  readonly #blocks = new Map<number, Block>()
  readonly #first: number
  readonly #last: number
  /** The segment of the last question, and the first instant that it answers. */
  #recent: Segment = { begin: 0, end: 0, offset: 0, before: 0 }
  #recentFrom = 0

  constructor(name: string) {
    this.#changes = changesOf(name)
    this.#first = Math.ceil(earliest / this.#changes.blockSeconds)
    this.#last = Math.floor(latest / this.#changes.blockSeconds)
  }

  /** The segment of an instant. */
  segmentAt(instant: number): Segment {
    const recent = this.#recent
    if (this.#recentFrom <= instant && instant < recent.end) return recent
    const length = this.#changes.blockSeconds
    const number = Math.min(this.#last, Math.max(this.#first, Math.floor(instant / length)))
    const block = this.#blocks.get(number) ?? this.#build(number)
    const begin = number * length
    const index = indexOf(block, instant - begin)
    const offset = block[2 * index + 1] ?? 0
    const isFirst = index === 0 && number === this.#first
    const isLast = 2 * index + 2 === block.length
    const segment: Segment = {
      begin: isFirst ? -Infinity : begin + (block[2 * index] ?? 0),
      end: isLast ? (number === this.#last ? Infinity : begin + length) : begin + (block[2 * index + 2] ?? 0),
      offset,
      before: index === 0 ? offset : (block[2 * index - 1] ?? 0)
    }
    this.#recent = segment
    this.#recentFrom = isFirst ? -Infinity : Math.max(begin, segment.begin)
    return segment
  }

  /** The segment in which the clock shows a time, or whose beginning leaps over it. `offset` is near the right one. */
  segmentOfLocal(local: number, offset: number): Segment {
    let segment = this.segmentAt(local - offset)
    while (local >= segment.end + segment.offset) segment = this.segmentAt(segment.end)
    while (local < segment.begin + segment.before) segment = this.segmentAt(segment.begin - 1)
    return segment
  }

  #build(number: number): Block {
    const { between, blockSeconds } = this.#changes
    const begin = number * blockSeconds
    const from = begin - overlapSeconds
    const changes = between(from, begin + blockSeconds)
    const block = new Int32Array(2 * changes.length)
    changes.forEach(([instant, offset], index) => {
      block[2 * index] = instant - begin
      block[2 * index + 1] = offset
    })
    this.#blocks.set(number, block)
    hold(() => this.#blocks.delete(number))
    return block
  }
}

/** The last segment that begins at or before an instant, both counted from the beginning of the block. */
const indexOf = (block: Block, instant: number): number => {
  let low = 0
  let high = block.length / 2 - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((block[2 * middle] ?? 0) <= instant) low = middle
    else high = middle - 1
  }
  return low
}

const zones = new Map<string, TimeZone>()

/** The zone of a name, `undefined` if this machine does not know it. */
export const timeZoneOf = (name: string): TimeZone | undefined => {
  const known = zones.get(name)
  if (known !== undefined) return known
  const spelled = readTimeZone(name)
  if (spelled === undefined) return undefined
  const zone = zones.get(spelled) ?? new TimeZone(spelled)
  zones.set(spelled, zone)
  return zone
}
