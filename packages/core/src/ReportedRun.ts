/**
 * Runs as the service was told of them. Section "Journal and reports" of the behaviour.
 *
 * @since 0.1.0
 */
import type { DateTime } from "effect"
import type { Reporter } from "./JournalStore.ts"
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
