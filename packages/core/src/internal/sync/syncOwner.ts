/** The owner of a synchroniser, and the messages it is told. */
import type { Effect, Tracer } from "effect"
import type { DispatchClient, DispatchRecord, StreamEvent } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Listing } from "../mirror/dispatchMirror.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { Errands } from "../errands.ts"
import type { SyncSettings } from "../../SyncSettings.ts"
import type { Sequence } from "../mirror/sequence.ts"
import type { OpenStreams } from "./openStreams.ts"
import type { RecoveryWait } from "./recoveryWait.ts"

/** A learned message, and its position in the order of inputs. */
export type SyncMessage = Learned & { readonly at: Sequence }

/** A message of the synchroniser, and the span of the call that brought it. */
export type Learned = { readonly origin?: Tracer.AnySpan | undefined } &
  /** A stream that was opened at this position of the inputs tells of an event. */
  (
    | { readonly _tag: "Event"; readonly event: StreamEvent; readonly openedAt: Sequence }
    | {
        readonly _tag: "Listed"
        readonly listing: Listing
        readonly records: ReadonlyArray<DispatchRecord>
        /** True if an event stream stood all the while, so that nothing can have been missed. */
        readonly streamed: boolean
        readonly openStreamsSince: Sequence
      }
    /** The service's answer about one dispatch, asked for at this position of the inputs. */
    | {
        readonly _tag: "Read"
        readonly record: DispatchRecord
        readonly askedAt: Sequence
        readonly by: "get" | "ids"
      }
    | { readonly _tag: "Missing"; readonly id: DispatchId; readonly askedAt: Sequence }
    /** A stream ended, a listing failed, or asking for doubts failed several times in a row. */
    | { readonly _tag: "Broken"; readonly call: "stream" | "listing" | "doubt"; readonly cause: string }
    /** Doubts can be asked for again, or there are none any more. */
    | { readonly _tag: "Answered" }
    /** Knowledge of an earlier process has waited for the first listing for long enough. */
    | { readonly _tag: "GoOn"; readonly cause: string }
  )

/** The parts of its owner that the synchroniser needs. */
export interface SyncOwner {
  readonly client: DispatchClient["Service"]
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  /** The wait of an earlier process's knowledge. */
  readonly recovery: RecoveryWait
  /** The event streams that are open. */
  readonly streams: OpenStreams
  /** The work of the synchroniser. */
  readonly errands: Errands
  /** Hands over a learned message, at the next position in the order of inputs; waits while the owner is behind. */
  readonly tell: (learned: Learned) => Effect.Effect<unknown>
  /** Takes the next position in the order of inputs. */
  readonly mark: () => Sequence
}
