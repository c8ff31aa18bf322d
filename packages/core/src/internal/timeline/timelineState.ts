/** The state of a timeline, and of one step of it. All instants are epoch milliseconds. */
import type { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { ChangeCause, MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { DeadlineHeap, HeapItem } from "../deadlineHeap.ts"
import type { Executions } from "./executions.ts"
import type { GoneExecutions } from "./goneExecutions.ts"
import type { IdMap } from "../idMap.ts"

/** One dispatch, and the state of its runs. */
export interface Entry extends HeapItem {
  readonly id: DispatchId
  /** The id as a number, which compares sooner; large ids may share one. */
  readonly rank: number
  version: Dispatch | undefined
  /** Known from an earlier process alone: only the end of its run is told (S10). */
  unconfirmed: boolean
  /** The last change told, while it is a `Running`. */
  announced: RunningStateChange | undefined
  /** An earlier process announced it. */
  inherited: boolean
  /** Announced by earlier processes before `announced`, of the same kind: they end, or are `previous`, with the next change. */
  earlier: ReadonlyArray<RunningStateChange>
  /** A `Running` of a run or of a command that is decided and not told yet. */
  upcoming: RunningStateChange | undefined
  /** Occurrences before this instant have been dealt with. */
  pending: number
  /** The run announced last, whose occurrence is never executed as a command as well. */
  announcedLast: RunningStateChange | undefined
  /** The occurrences executed, of a command; made with the first. */
  executed: Executions | undefined
  /** The occurrences, both ends inclusive, that were due or over under an earlier version when an input came first. */
  overdue: { readonly version: Dispatch; readonly from: number; readonly to: number } | undefined
  /** The evaluation that last looked at it, and why. */
  touched: number
  cause: ChangeCause
}

/**
 * All dispatches, and the deadlines for looking at them. The functions of this folder change it in place, and nothing
 * else does.
 */
export interface Timeline extends GoneExecutions {
  /** The latest instant evaluated. */
  evaluatedAt: number
  evaluations: number
  readonly entries: IdMap<Entry>
  readonly deadlines: DeadlineHeap<Entry>
  /** The largest delay of a command that is still executed, in milliseconds, inclusive. */
  readonly catchUpWindow: number
  /** True if steps must say what outlives the process. */
  readonly remembers: boolean
}

/** Executions that a step has made unknown. */
export interface Losses {
  /** The number of joins of two ranges. */
  joined: number
  /** Ids that were gone, and are forgotten. */
  readonly forgotten: Array<DispatchId>
}

/** An evaluation under way. */
export interface Step {
  readonly now: number
  readonly instant: DateTime.Utc
  /** The beginning and the end of the run that was decided last: many have the same. */
  began: DateTime.Utc
  ended: DateTime.Utc
  readonly number: number
  readonly clockStepped: boolean
  readonly entries: Array<Entry>
  readonly stops: Array<RunningStateChange>
  /** The stops of runs that an earlier process announced. */
  readonly inherited: Array<RunningStateChange>
  readonly commands: Array<RunningStateChange>
  readonly starts: Array<RunningStateChange>
  readonly withdrawn: Array<RunningStateChange>
  /** The ends of runs that an earlier process announced, and that a start continues in another version. */
  readonly moved: Array<RunningStateChange>
  readonly missed: Array<MissedRun>
  readonly losses: Losses
}
