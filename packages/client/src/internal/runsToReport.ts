/** The runs that are still to be reported: a machine without time and effects. Rule J26. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { keyOf, type RunReport } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"

/**
 * Reads a journal from its beginning, since earlier entries tell what later ones mean, and keeps what has not been
 * reported. Of several reports of a run the latest is enough.
 */
export class RunsToReport {
  readonly #from: JournalPosition
  readonly #wholeUntil: JournalPosition
  readonly #book = new RunBook()
  /** By the names of runs, in the order of places. */
  readonly #waiting = new Map<string, RunReport>()
  #read: JournalPosition = beginning
  #isAmended = false

  /**
   * `from` is the place of the latest report that was taken: that entry may have told of more runs. `wholeUntil` is the
   * place up to which all late entries are there by now.
   */
  constructor(from: JournalPosition = beginning, wholeUntil: JournalPosition = beginning) {
    this.#from = from
    this.#wholeUntil = wholeUntil
  }

  /** True if an entry came late that was passed: it may tell what later ones mean, so all is to be read anew. */
  get isAmended(): boolean {
    return this.#isAmended
  }

  /** The same, to be read from the beginning. */
  get anew(): RunsToReport {
    return new RunsToReport(this.#from, this.#read)
  }

  /** The place of the last entry that was read. */
  get read(): JournalPosition {
    return this.#read
  }

  /** True if the journal has not come to the place of the latest report: perhaps it was set back. */
  get isBehind(): boolean {
    return isAfter(this.#from, this.#read)
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Takes the next entry. */
  add(entry: JournalEntry): void {
    const changed = this.#book.add(entry)
    this.#read = { epoch: entry.epoch, number: entry.number }
    if (entry.event._tag === "Amended" && isAfter(entry, this.#wholeUntil)) this.#isAmended = true
    if (this.isBehind) return
    for (const report of changed) {
      const key = keyOf(report.run)
      // Set anew, so that the order is that of places.
      this.#waiting.delete(key)
      this.#waiting.set(key, report)
    }
  }

  /** The next reports, so many at most. */
  next(limit: number): ReadonlyArray<RunReport> {
    const next: Array<RunReport> = []
    for (const report of this.#waiting.values()) {
      if (next.length === limit) break
      next.push(report)
    }
    return next
  }

  /** These were taken, or never will be; what was told of the runs meanwhile still waits. */
  done(reports: ReadonlyArray<RunReport>): void {
    for (const report of reports) {
      const key = keyOf(report.run)
      if (this.#waiting.get(key) === report) this.#waiting.delete(key)
    }
  }
}
