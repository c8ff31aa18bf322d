/**
 * The outcome of a step of the mirror: changes, anomalies, and questions for the service.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "../../Dispatch.ts"
import type { UnreadableDispatch } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { ChangeCause } from "../../RunningStateChange.ts"
import type { Sequence } from "./sequence.ts"

/**
 * A change of what is known about one dispatch.
 *
 * `late` allows a command whose occurrence has just passed to be executed: the dispatch is new, and not only new to
 * this process.
 *
 * @category models
 * @since 0.1.0
 */
export type Transition =
  | {
      readonly _tag: "Created"
      readonly dispatch: Dispatch
      readonly cause: ChangeCause
      readonly late: boolean
    }
  | {
      readonly _tag: "Updated"
      readonly dispatch: Dispatch
      readonly previous: Dispatch
      readonly cause: ChangeCause
    }
  /** The service confirms an earlier process's `kept` as `dispatch`, or it counts as confirmed. */
  | {
      readonly _tag: "Confirmed"
      readonly dispatch: Dispatch
      readonly kept: Dispatch
      readonly cause: "Recovered"
    }
  /** A dispatch that only an earlier process knew is gone, or cannot be read: nobody was told of it. */
  | { readonly _tag: "Vanished"; readonly id: DispatchId; readonly cause: ChangeCause }
  | {
      readonly _tag: "Deleted" | "Retired"
      readonly id: DispatchId
      readonly dispatch: Dispatch
      readonly cause: ChangeCause
    }
  | { readonly _tag: "Unschedulable"; readonly id: DispatchId; readonly cause: ChangeCause }

/**
 * The reason why a version, an event or a listing was not simply applied. Each is counted under its name.
 *
 * @category models
 * @since 0.1.0
 */
export type Anomaly =
  | "staleVersion"
  | "duplicateVersion"
  | "divergentVersion"
  | "rolledBackVersion"
  | "correctedVersion"
  | "contradictedVersion"
  | "deletedButListed"
  | "deletedButTold"
  | "undoneDeletion"
  | "forgottenDeletion"
  | "unreadable"
  | "unknownEvent"

/**
 * The changes of one step, and its questions for the service.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome {
  readonly transitions: Array<Transition>
  readonly anomalies: Array<Anomaly>
  /** Records that could not be read, to be reported: each version once. */
  readonly unreadable: Array<UnreadableDispatch>
  /** True if a whole new listing is needed. */
  relist: boolean
  /** True if that listing repeats another, because the service tells another story (S5). */
  repeat: boolean
  /** True if a listing showed deleted dispatches, and another one must look at them in a while. */
  relistLater: boolean
  /** A whole listing began at this position of the inputs: doubts from before it are settled; absent if none was applied. */
  settledUpTo: Sequence | undefined
  /** Dispatches to ask the service for: a listing should have shown them, or they could not be read. */
  readonly ask: Array<DispatchId>
  /** Dispatches that are deleted, and shown all the same: the service must be asked for each by itself. */
  readonly verify: Array<DispatchId>
  /** Event streams opened no later than this position of the inputs must be replaced; absent if none must. */
  renewUpTo: Sequence | undefined
}
