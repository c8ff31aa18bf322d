/**
 * How well an actor knows what the service holds.
 *
 * @since 0.1.0
 */
import { Data, type DateTime } from "effect"

/**
 * - `Connecting`: nothing has been listed yet; `cause` says why the last attempt failed.
 * - `Synchronised`: the event stream stands and everything was listed since it does.
 * - `Stale`: it did, and something broke; the schedule goes on from what is known.
 *
 * @category models
 * @since 0.1.0
 */
export type SyncStatus = Data.TaggedEnum<{
  Connecting: { readonly cause?: string }
  Synchronised: { readonly since: DateTime.Utc }
  Stale: { readonly since: DateTime.Utc; readonly cause: string }
}>

/**
 * Constructors and guards of the states.
 *
 * @category constructors
 * @since 0.1.0
 */
export const SyncStatus = Data.taggedEnum<SyncStatus>()
