/** The runs that are still to be reported: a machine without time and effects. Rule J26. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { keyOf, type Run, type RunReport } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import { DateTime } from "effect"

/** The runs as they were known before entries came late, and the place up to which all of those are there by now. */
interface Before {
  readonly book: RunBook
  readonly until: JournalPosition
}

/**
 * Reads a journal from its beginning, since earlier entries tell what later ones mean, and keeps what has not been
 * reported. Of several reports of a run the latest is enough.
 */
export class RunsToReport {
  readonly #from: JournalPosition
  readonly #book = new RunBook()
  /** By the names of runs, in the order of places. */
  readonly #waiting = new Map<string, RunReport>()
  #before: Before | undefined
  #read: JournalPosition = beginning
  #isAmended = false

  /** `from` is the place of the latest report that was taken: that entry may have told of more runs. */
  constructor(from: JournalPosition = beginning, before?: Before) {
    this.#from = from
    this.#before = before
  }

  /** True if an entry came late that was passed: it may tell what later ones mean, so all is to be read anew. */
  get isAmended(): boolean {
    return this.#isAmended
  }

  /** The same, to be read from the beginning; what was taken is not sent again. */
  get anew(): RunsToReport {
    const [next = this.isBehind ? this.#from : this.#read] = this.#waiting.values()
    return new RunsToReport(next, { book: this.#book, until: this.#read })
  }

  /** True until all is read anew: by then other runs may turn out to be as late entries tell. */
  get isReadAnew(): boolean {
    return this.#before !== undefined
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
    if (!this.isBehind) for (const report of changed) this.#wait(report)
    const until = this.#before?.until ?? beginning
    if (entry.event._tag === "Amended" && isAfter(entry, until)) this.#isAmended = true
    if (this.#before !== undefined && !isAfter(until, entry)) this.#compare(this.#before.book, entry)
  }

  /** All has been read anew: runs that are not as they were known before are reported as they are. */
  #compare(book: RunBook, { epoch, number }: JournalEntry): void {
    this.#before = undefined
    if (this.isBehind) return
    for (const run of this.#book.runs) {
      const before = book.run(keyOf(run), run.dispatch.id)
      if (before === undefined || accountOf(before) !== accountOf(run)) this.#wait({ epoch, number, run })
    }
  }

  /** Set anew, so that the order is that of places. */
  #wait(report: RunReport): void {
    const key = keyOf(report.run)
    this.#waiting.delete(key)
    this.#waiting.set(key, report)
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

/** All of a run that entries about other runs may change, as a text: ten times as fast as to compare its parts. */
const accountOf = ({ dispatch: { updateTime }, fate, until }: Run): string => {
  const parts = Object.entries({ updateTime, until, ...fate })
  return parts
    .map(([name, part]) => `${name} ${DateTime.isDateTime(part) ? part.epochMilliseconds : part}`)
    .join()
}
