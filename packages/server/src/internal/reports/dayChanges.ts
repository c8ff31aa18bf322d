/** The changes to the counts of days that follow from a batch of reports. */
import * as RunTally from "@effect-dispatch/core/RunTally"
import type { RunCount } from "../../ReportStore.ts"

/** Gathers the changes of several reports. */
export class DayChanges {
  readonly #all = new Map<string, RunCount>()

  /** The changes so far, of which there is one for each day and type. */
  get all(): ReadonlyArray<RunCount> {
    return [...this.#all.values()]
  }

  /** Counts a run as it is told now, in the place of what was counted of it before. */
  replace(now: RunCount | undefined, before: RunCount | undefined): void {
    if (now !== undefined) this.#change(now, RunTally.plus)
    if (before !== undefined) this.#change(before, RunTally.minus)
  }

  #change({ day, tally, type }: RunCount, combine: typeof RunTally.plus): void {
    const name = `${day} ${type}`
    const before = this.#all.get(name)?.tally ?? RunTally.nothing
    this.#all.set(name, { day, type, tally: combine(before, tally) })
  }
}
