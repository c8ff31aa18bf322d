/**
 * Runs as the service was told of them. Section "Journal and reports" of the behaviour.
 *
 * @since 0.1.0
 */
import type { DateTime } from "effect"
import type { DispatchId } from "./DispatchId.ts"
import type { JournalPosition, Reporter } from "./JournalStore.ts"
import type { MicrogridId } from "./MicrogridId.ts"
import type { Run, RunReport } from "./Run.ts"
import type { RunTally } from "./RunTally.ts"

/**
 * A run as one of its reporters tells it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportedRun extends RunReport {
  readonly reporter: Reporter
  /** The instant at which the service was told, by its own clock. */
  readonly arrivedAt: DateTime.Utc
  /** The clock of the service minus that of the site, in milliseconds, if the site knew it. */
  readonly clockOffsetMillis: number | undefined
  /** True if another reporter tells the contrary. */
  readonly contradicted: boolean
}

/**
 * Reports of one reporter, in its order.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportBatch {
  readonly microgridId: MicrogridId
  readonly reporter: Reporter
  /** The clock of the service minus that of the site, in milliseconds, if the site knows it. */
  readonly clockOffsetMillis?: number | undefined
  readonly reports: ReadonlyArray<RunReport>
  /** The latest place that the service is known to have taken; if it knows less, it takes nothing. */
  readonly after?: JournalPosition | undefined
}

/**
 * The answer to a batch.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchTaken {
  /** The places in the batch of reports whose number was taken with another content: refused. */
  readonly conflicts: ReadonlyArray<number>
  /** The place of the latest report of the reporter that was taken; none before the first. */
  readonly last: JournalPosition | undefined
  /** True if the service knows less than `after`: it was set back, and has taken nothing. */
  readonly isBehind: boolean
}

/**
 * The runs to list.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunFilter {
  /** Of these dispatches alone, of which there is a bound. */
  readonly ids?: ReadonlyArray<DispatchId> | undefined
  /** Planned to begin at or after this; of missed runs that are told as one, the last. */
  readonly from?: DateTime.Utc | undefined
  /** Planned to begin before this. */
  readonly to?: DateTime.Utc | undefined
  /** Only those that a reporter calls missed. */
  readonly missed?: boolean | undefined
}

/**
 * A request to list runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListRunsRequest {
  readonly microgridId: MicrogridId
  readonly filter: RunFilter
  /** 0 means the default. */
  readonly pageSize: number
  /** Empty for the first page. */
  readonly pageToken: string
}

/**
 * The runs of one day of UTC, of one type and one reporter.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunDay {
  /** Counted from 1970-01-01. */
  readonly day: number
  readonly type: string
  readonly reporter: Reporter
  readonly tally: RunTally
}

/**
 * The part of a run that reporters can contradict each other about: one says that it ran, the other that it was missed.
 * Nothing contradicts what is unknown.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict = "Ran" | "Missed" | "Open"

/**
 * The verdict of a run.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ReportedRun } from "@effect-dispatch/core"
 *
 * const missed = ReportedRun.verdictOf({ fate: { _tag: "Missed", reason: "LateWakeUp", count: 1 } })
 * assert.strictEqual(missed, "Missed")
 * assert.strictEqual(ReportedRun.verdictOf({ fate: { _tag: "Planned" } }), "Open")
 * ```
 *
 * @see BEHAVIOUR J23
 * @category queries
 * @since 0.1.0
 */
export const verdictOf = ({ fate }: Pick<Run, "fate">): Verdict => {
  switch (fate._tag) {
    case "Ran":
    case "Running":
      return "Ran"
    case "Missed":
      return "Missed"
    case "Planned":
    case "Unknown":
      return "Open"
  }
}

const dayMillis = 86_400_000

/**
 * The day of UTC of an instant, counted from 1970-01-01.
 *
 * @category queries
 * @since 0.1.0
 */
export const dayOf = (instant: DateTime.Utc): number => Math.floor(instant.epochMilliseconds / dayMillis)
