/** The runs that entries which came late may have changed: a machine without time and effects. Rule J6. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { keyOf, type RunReport } from "@effect-dispatch/core/Run"

/**
 * Gathers runs while a journal is read from its beginning. An entry changes the runs that it tells of, and the time from
 * which on the next owner knows nothing of those that were on. All other runs are the same with it and without it.
 */
export class LateChanges {
  /** The first entry that came late. All those of its epoch from there on may have. */
  readonly #first: JournalPosition
  /** The place of the entry that says so. */
  readonly toldAt: JournalPosition
  readonly #runs = new Map<string, DispatchId>()
  #isOver = false

  constructor(first: JournalPosition, toldAt: JournalPosition) {
    this.#first = first
    this.toldAt = toldAt
  }

  /** The same, before anything is read. */
  get anew(): LateChanges {
    return new LateChanges(this.#first, this.toldAt)
  }

  /** The dispatches of the runs, by the names of these. */
  get runs(): ReadonlyMap<string, DispatchId> {
    return this.#runs
  }

  isToldAt(place: JournalPosition): boolean {
    return !isAfter(place, this.toldAt) && !isAfter(this.toldAt, place)
  }

  /** Takes the next entry, and the runs that it changed. */
  note(entry: JournalEntry, changed: ReadonlyArray<RunReport>): void {
    if (this.#isOver || isAfter(this.#first, entry)) return
    const isNext = entry.epoch > this.#first.epoch
    if (isNext && entry.event._tag !== "Began" && entry.event._tag !== "Lost") return
    this.#isOver = isNext
    for (const { run } of changed) this.#runs.set(keyOf(run), run.dispatch.id)
  }
}
