/** The changes to the counts of days that follow from a batch of reports. */
import { dayOf } from "@effect-dispatch/core/ReportedRun"
import * as RunTally from "@effect-dispatch/core/RunTally"
import type { StoredReport } from "../../ReportStore.ts"

/** The counts to add to a day and type. */
export interface DayChange {
  readonly day: number
  readonly type: string
  readonly tally: RunTally.RunTally
}

/** Gathers the changes of several reports. */
export class DayChanges {
  readonly #all = new Map<string, DayChange>()

  /** The changes so far, of which there is one for each day and type. */
  get all(): ReadonlyArray<DayChange> {
    return [...this.#all.values()]
  }

  /** Counts a report in the place of an earlier one of the same run. */
  replace(
    { occurrence, type }: StoredReport,
    now: RunTally.RunTally,
    before: RunTally.RunTally = RunTally.nothing
  ): void {
    if (RunTally.isNothing(now) && RunTally.isNothing(before)) return
    const day = dayOf(occurrence)
    const name = `${day} ${type}`
    const { tally } = this.#all.get(name) ?? { tally: RunTally.nothing }
    this.#all.set(name, { day, type, tally: RunTally.minus(RunTally.plus(tally, now), before) })
  }
}
