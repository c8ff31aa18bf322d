/**
 * The faults of a simulation, and its result.
 *
 * @since 0.1.0
 */
import { faultKinds } from "./FaultyNetwork.ts"

/**
 * All kinds of faults.
 *
 * @category models
 * @since 0.1.0
 */
export const failureModes = [
  ...faultKinds,
  "clockForward",
  "clockBack",
  "clockDrift",
  "clockStandsStill",
  "actorStopped",
  "crash",
  "crashWhileWriting",
  "restartWithoutMemory",
  "serviceSetBack",
  "twoStories",
  "unreadable",
  "slowReader",
  "storeFails",
  "storeHangs",
  "storeFailsToRead",
  "storeFenced",
  "journalFails",
  "journalHangs",
  "startedWhileStopping",
  "onlyAnotherTypeListens"
] as const

/**
 * One kind of fault.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureMode = (typeof failureModes)[number]

/**
 * The state and cause of a running-state change: all combinations for a subscriber that merges nothing.
 *
 * @category models
 * @since 0.1.0
 */
export const statesAndCauses = [
  "Running Scheduled",
  "Running Created",
  "Running Updated",
  "Running Resync",
  "Running ClockJump",
  "Running Recovered",
  "Stopped Scheduled",
  "Stopped Created",
  "Stopped Updated",
  "Stopped Deleted",
  "Stopped Resync",
  "Stopped ClockJump",
  "Stopped Recovered"
] as const

/**
 * A state and a cause.
 *
 * @category models
 * @since 0.1.0
 */
export type StateAndCause = (typeof statesAndCauses)[number]

/**
 * The result of a simulation.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Simulation, SimulationPlan, type SimulationReport } from "@effect-dispatch/testing"
 * import { Effect } from "effect"
 *
 * const crash = { _tag: "Crash", downFor: 60_000, atWrite: false, written: false } as const
 * const plan = { ...SimulationPlan.make(7), steps: [crash] }
 * const report: SimulationReport.Report = await Effect.runPromise(Simulation.run(plan))
 * assert.strictEqual(report.occurred.crash, 1)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  /** The violations, in words; empty if there are none. */
  readonly violations: ReadonlyArray<string>
  /** The number of times that each fault occurred. */
  readonly occurred: { readonly [mode in FailureMode]?: number }
  /** The number of changes by state and cause: `Running ClockJump` and so on. */
  readonly causes: { readonly [cause in StateAndCause]?: number }
  readonly steps: number
  /** Running-state changes published. */
  readonly edges: number
  readonly stops: number
  /** Occurrences reported as missed. */
  readonly missedRuns: number
  /** Changes that a slow reader was spared. */
  readonly conflated: number
  /** Steps of the wall clock. */
  readonly jumps: number
  /** Everything published, a line each: the same for the same plan. */
  readonly trace: ReadonlyArray<string>
}
