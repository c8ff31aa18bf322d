/**
 * How well an actor knows what the service holds.
 *
 * @since 0.1.0
 */
import { Data, type DateTime } from "effect"
import type { ClockOffset } from "./ClockOffset.ts"

/**
 * - `Connecting`: nothing has been listed yet; `cause` says why the last attempt failed.
 * - `Synchronised`: the event stream stands and everything was listed since it does.
 * - `Stale`: it did, and something broke; the schedule goes on from what is known.
 *
 * `clockOffset` is how far the service's clock is from the local one, as far as its answers tell; absent while they tell
 * nothing. Nothing is ordered by it.
 *
 * @category models
 * @since 0.1.0
 */
export type SyncStatus = Data.TaggedEnum<{
  Connecting: { readonly cause?: string; readonly clockOffset?: ClockOffset | undefined }
  Synchronised: { readonly since: DateTime.Utc; readonly clockOffset?: ClockOffset | undefined }
  Stale: {
    readonly since: DateTime.Utc
    readonly cause: string
    readonly clockOffset?: ClockOffset | undefined
  }
}>

/**
 * Constructors and guards of the states.
 *
 * @category constructors
 * @since 0.1.0
 */
export const SyncStatus = Data.taggedEnum<SyncStatus>()
