/** Who wants to be kept in sync, and what it is told. */
import type { Effect, Tracer } from "effect"
import type { DispatchClient, DispatchRecord, StreamEvent } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Listing } from "../../DispatchMirror.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { SyncSettings } from "../../SyncSettings.ts"
import type { Sequence } from "../mirror/sequence.ts"
import type { OpenStreams } from "./openStreams.ts"
import type { RecoveryWait } from "./recoveryWait.ts"

/** What was learned, and when in the order of inputs. */
export type SyncMessage = Learned & { readonly at: Sequence }

/** What the synchroniser learns, and the span of the call that brought it. */
export type Learned = { readonly origin?: Tracer.AnySpan | undefined } &
  /** A stream that was opened at this position of the inputs tells of something. */
  (
    | { readonly _tag: "Event"; readonly event: StreamEvent; readonly openedAt: number }
    | {
        readonly _tag: "Listed"
        readonly listing: Listing
        readonly records: ReadonlyArray<DispatchRecord>
        /** Whether an event stream stood all the while, so that nothing can have been missed. */
        readonly streamed: boolean
        readonly openStreamsSince: number
      }
    /** What the service, asked for one dispatch at this position of the inputs, has of it. */
    | {
        readonly _tag: "Read"
        readonly record: DispatchRecord
        readonly askedAt: number
        readonly by: "get" | "ids"
      }
    | { readonly _tag: "Missing"; readonly id: DispatchId; readonly askedAt: number }
    /** A stream ended, a listing failed, or asking for what is in doubt failed several times in a row. */
    | { readonly _tag: "Broken"; readonly call: "stream" | "listing" | "doubt"; readonly cause: string }
    /** What is in doubt can be asked for again, or nothing is in doubt any more. */
    | { readonly _tag: "Answered" }
    /** What an earlier process knew has waited for the first listing for long enough. */
    | { readonly _tag: "GoOn"; readonly cause: string }
  )

/** What the synchroniser needs of its owner. */
export interface SyncOwner {
  readonly client: DispatchClient["Service"]
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  /** The wait of what an earlier process knew. */
  readonly recovery: RecoveryWait
  /** The event streams that are open. */
  readonly streams: OpenStreams
  /** Hands over what was learned, at the next position in the order of inputs; waits while the owner is behind. */
  readonly tell: (learned: Learned) => Effect.Effect<unknown>
  /** Takes the next position in the order of inputs. */
  readonly mark: () => Sequence
  /** Begins a listing, as the mirror does. */
  readonly beginListing: (begun: Omit<Listing, "isRepetition">) => Listing
}
