import type { RunningStateChange } from "../../RunningStateChange.ts"

/** The publication of running states at one moment. */
export interface Publication {
  /** The latest evaluation (epoch milliseconds): the instant of the decisions of merging. */
  readonly evaluatedAt: number
  /** Told now, in order. */
  readonly changes: ReadonlyArray<RunningStateChange>
  /** Decided, and told later in slices: `Running` of runs with a length only. */
  readonly upcoming: ReadonlyArray<RunningStateChange>
  /** The same objects that were upcoming before; they will never be told. */
  readonly withdrawn: ReadonlyArray<RunningStateChange>
  /**
   * The ends of runs that an earlier process announced, of versions that have gone on as others: for identities that
   * they have left.
   */
  readonly moved: ReadonlyArray<RunningStateChange>
}
