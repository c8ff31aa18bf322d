/** The entries of a segment that is read piece by piece: a machine without time and effects. */
import type { JournalEntry } from "../../JournalEntry.ts"
import { entryOf, newLine, numberIn } from "./journalText.ts"

/** The last entry that was read of a segment, and the place of the line after it, in bytes. */
export interface Stop {
  readonly number: bigint
  readonly offset: number
}

/** Each entry is found once: one that was written again after a failure has two lines. */
export class SegmentEntries {
  readonly found: Array<JournalEntry> = []
  readonly #limit: number
  #last: bigint
  #offset: number
  /** The beginning of a line that goes on in the next piece. */
  #rest = new Uint8Array()

  /** The first entries after a number; `stop` is a place in the segment that was read up to. */
  constructor(after: bigint, limit: number, stop?: Stop) {
    this.#last = after
    this.#limit = limit
    this.#offset = stop === undefined || stop.number > after ? 0 : stop.offset
  }

  get isEnough(): boolean {
    return this.found.length >= this.#limit
  }

  /** The place up to which all has been read. */
  get stop(): Stop {
    return { number: this.#last, offset: this.#offset }
  }

  /** Takes the next piece; nothing, at the end of the segment. */
  take(piece: Uint8Array | undefined): void {
    const bytes = piece === undefined ? this.#rest : joined(this.#rest, piece)
    let from = 0
    while (!this.isEnough) {
      const end = bytes.indexOf(newLine, from)
      if (end < 0) break
      this.#line(bytes.subarray(from, end))
      this.#offset += end + 1 - from
      from = end + 1
    }
    this.#rest = bytes.slice(from)
    // The last line may be whole and have no end yet. It is read once more then, and left out.
    if (piece === undefined && !this.isEnough) this.#line(this.#rest)
  }

  #line(line: Uint8Array): void {
    if (line.length === 0) return
    if ((numberIn(line) ?? this.#last + 1n) <= this.#last) return
    const entry = entryOf(line)
    if (entry === undefined || entry.number <= this.#last) return
    this.#last = entry.number
    this.found.push(entry)
  }
}

/** The number of the last entry of a segment; nothing, if it has none that can be read. */
export const lastNumberIn = (bytes: Uint8Array): bigint | undefined => {
  for (let end = bytes.length; end > 0;) {
    const begin = bytes.lastIndexOf(newLine, end - 1) + 1
    const entry = entryOf(bytes.subarray(begin, end))
    if (entry !== undefined) return entry.number
    end = begin - 1
  }
  return undefined
}

export const joined = (left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}
