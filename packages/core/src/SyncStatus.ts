/**
 * The quality of an actor's knowledge of the service.
 *
 * @since 0.1.0
 */
import { Data, type DateTime } from "effect"

/**
 * - `Connecting`: nothing has been listed yet, and the actor does not go on from what an earlier process knew; `cause`
 *   says why the last attempt failed.
 * - `Synchronised`: the event stream stands, everything was listed after it stood, and nothing contradicts it.
 * - `Stale`: something broke, or the service's answers cannot be trusted; the schedule goes on from what is known.
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
