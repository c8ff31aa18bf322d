/**
 * What is made to go wrong in a simulation, and what became of one.
 *
 * @since 0.1.0
 */
import { faultKinds } from "./FaultyNetwork.ts"

/**
 * Everything that is made to go wrong.
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
  "startedWhileStopping",
  "onlyAnotherTypeListens"
] as const

/**
 * One of the things that are made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureMode = (typeof failureModes)[number]

/**
 * What a running-state change says and why: every combination there can be of a subscriber that merges nothing.
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
 * What became of a simulation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  /** What was wrong, in words; empty if nothing was. */
  readonly violations: ReadonlyArray<string>
  /** How often each thing went wrong. */
  readonly occurred: { readonly [mode in FailureMode]?: number }
  /** How many changes each kind of thing led to: `Running ClockJump` and so on. */
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
