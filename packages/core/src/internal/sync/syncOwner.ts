/** Who wants to be kept in sync, and what it is told. */
import type { Effect, Tracer } from "effect"
import type { DispatchClient, DispatchRecord, StreamEvent } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Listing } from "../../DispatchMirror.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { SyncSettings } from "../../SyncSettings.ts"

/** What the synchroniser learns, and the span of the call that brought it. */
export type SyncMessage = { readonly origin?: Tracer.AnySpan | undefined } & (
  | { readonly _tag: "Event"; readonly event: StreamEvent }
  | {
      readonly _tag: "Listed"
      readonly listing: Listing
      readonly records: ReadonlyArray<DispatchRecord>
      /** Whether an event stream stood all the while, so that nothing can have been missed. */
      readonly streamed: boolean
      readonly openStreamsSince: number
    }
  /** What the service, asked for one dispatch at this position of the inputs, has of it. */
  | { readonly _tag: "Read"; readonly record: DispatchRecord; readonly askedAt: number }
  | { readonly _tag: "Missing"; readonly id: DispatchId; readonly askedAt: number }
  | { readonly _tag: "Broken"; readonly cause: string }
)

/** What the synchroniser needs of its owner. */
export interface SyncOwner {
  readonly client: DispatchClient["Service"]
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  /** Hands over a message; waits while the owner is behind. */
  readonly tell: (message: SyncMessage) => Effect.Effect<unknown>
  /** Takes the next position in the order of inputs. */
  readonly mark: () => number
  readonly beginListing: (endedSince: number) => Listing
}
