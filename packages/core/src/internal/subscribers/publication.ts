import type { RunningStateChange } from "../../RunningStateChange.ts"

/** What is published of running states at one moment. */
export interface Publication {
  /** The latest evaluation (epoch milliseconds): what merging makes of it is decided then. */
  readonly evaluatedAt: number
  /** Told now, in order. */
  readonly changes: ReadonlyArray<RunningStateChange>
  /** Decided, and told later in slices: `Running` of runs with a length only. */
  readonly upcoming: ReadonlyArray<RunningStateChange>
  /** The same objects as were upcoming before, which will never be told. */
  readonly withdrawn: ReadonlyArray<RunningStateChange>
}
