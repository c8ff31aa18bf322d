/** The runs that are still to be reported: a machine without time and effects. Rule J26. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { keyOf, type RunReport } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import { LateChanges } from "./lateChanges.ts"

/**
 * Reads a journal from its beginning, since earlier entries tell what later ones mean, and keeps what has not been
 * reported. Of several reports of a run the latest is enough.
 *
 * Where an entry says that others came late, all is read anew: the runs that those may have changed are reported under
 * the place of that entry, which no report of them had before. So it does not matter what was reported meanwhile, or by
 * which process.
 */
export class RunsToReport {
  readonly #from: JournalPosition
  readonly #book = new RunBook()
  /** By the names of runs, in the order of places. */
  readonly #waiting = new Map<string, RunReport>()
  /** Those that were known before the first entry was read, and those that were found since. */
  readonly #late: ReadonlyArray<LateChanges>
  readonly #found: Array<LateChanges> = []
  #read: JournalPosition = beginning

  /** `from` is the place of the latest report that was taken: that entry may have told of more runs. */
  constructor(from: JournalPosition = beginning, late: ReadonlyArray<LateChanges> = []) {
    this.#from = from
    this.#late = late
  }

  /** True if an entry came late that may have been passed: it may tell what later ones mean, so all is to be read anew. */
  get isAmended(): boolean {
    return this.#found.length > 0
  }

  /** The same, to be read from the beginning; what was taken is not sent again. */
  get anew(): RunsToReport {
    const places = [...this.#waiting.values(), ...this.#found.map(({ toldAt }) => toldAt)]
    const from = places.reduce((first, place) => (isAfter(first, place) ? place : first), this.#read)
    const late = [...this.#late, ...this.#found].filter(({ toldAt }) => !isAfter(from, toldAt))
    return new RunsToReport(
      from,
      late.map((changes) => changes.anew)
    )
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
    for (const changes of this.#late) changes.note(entry, changed)
    if (this.isBehind) return
    for (const report of changed) if (!this.#isToldLater(report)) this.#wait(report)
    if (entry.event._tag === "Amended") this.#amend(this.#read, entry.event)
  }

  /** Entries came late: what they may have changed is known if they were looked for. */
  #amend(toldAt: JournalPosition, { epoch, number }: JournalPosition): void {
    const changes = this.#late.find((each) => each.isToldAt(toldAt))
    if (changes === undefined) return void this.#found.push(new LateChanges({ epoch, number }, toldAt))
    for (const [key, id] of changes.runs) {
      const run = this.#book.run(key, id)
      if (run !== undefined) this.#wait({ ...toldAt, run })
    }
  }

  /** Under its number another content may have been taken, without what came late. */
  #isToldLater({ run }: RunReport): boolean {
    return this.#late.some(({ runs, toldAt }) => isAfter(toldAt, this.#read) && runs.has(keyOf(run)))
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
