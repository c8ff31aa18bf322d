/** The entries of a journal that are not written yet, in their order: a bounded buffer without time and effects (J3). */
import type { JournalEntry, JournalEvent } from "../../JournalEntry.ts"

/**
 * The number of entries that wait to be written. Beyond, entries are lost, which the journal says and a metric counts.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const unwrittenMax = 10_000

/**
 * The number of entries written together. The rest waits for the next group. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const groupMax = 1_000

/** An entry that waits; it has a number only if edges take numbers as well. */
export interface Unwritten extends Pick<JournalEntry, "at" | "status" | "event"> {
  readonly number: bigint | undefined
}

export class UnwrittenEntries {
  #waiting: Array<Unwritten> = []
  /** The entries that had no room, after all that wait. */
  #lost: { readonly count: number; readonly last: Unwritten } | undefined

  /** Adds an entry; false, if it is lost for want of room. */
  add(entry: Unwritten): boolean {
    if (this.#waiting.length >= unwrittenMax) {
      this.#lost = { count: (this.#lost?.count ?? 0) + 1, last: entry }
      return false
    }
    this.#sayLost()
    this.#waiting.push(entry)
    return true
  }

  /** The first number that waits, where entries have numbers. */
  get firstNumber(): bigint | undefined {
    return this.#waiting[0]?.number
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** True if a whole group waits. */
  get isGroup(): boolean {
    return this.#waiting.length >= groupMax
  }

  /** Takes the next group. */
  take(): ReadonlyArray<Unwritten> {
    const group = this.#waiting.slice(0, groupMax)
    this.#waiting = this.#waiting.slice(groupMax)
    this.#sayLost()
    return group
  }

  /** There is room: the journal says first which entries had none. */
  #sayLost(): void {
    if (this.#lost === undefined) return
    const { count, last } = this.#lost
    this.#lost = undefined
    const event: JournalEvent = { _tag: "Lost", count }
    this.#waiting.push({ ...last, event })
  }
}
