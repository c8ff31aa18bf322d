import type { RunningStateChange } from "../../RunningStateChange.ts"

/** What is published of running states at one moment. */
export interface Publication {
  /** Told now, in order. */
  readonly changes: ReadonlyArray<RunningStateChange>
  /** Decided at this moment and told later, in slices: each the `Running` of a run with a length. */
  readonly upcoming: ReadonlyArray<RunningStateChange>
  /** Was upcoming, and will never be told. */
  readonly withdrawn: ReadonlyArray<RunningStateChange>
}
