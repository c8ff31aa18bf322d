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
  "crash",
  "crashWhileWriting",
  "restartWithoutMemory",
  "serviceSetBack",
  "unreadable",
  "slowReader"
] as const

/**
 * One of the things that are made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureMode = (typeof failureModes)[number]

/**
 * What became of a simulation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome {
  /** What was wrong, in words; empty if nothing was. */
  readonly violations: ReadonlyArray<string>
  /** How often each thing went wrong. */
  readonly occurred: { readonly [mode in FailureMode]?: number }
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
