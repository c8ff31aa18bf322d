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
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { SyncStatus } from "@effect-dispatch/core"
 * import { DateTime } from "effect"
 *
 * const tell = SyncStatus.SyncStatus.$match({
 *   Connecting: () => "nothing is known yet",
 *   Synchronised: () => "all is known",
 *   Stale: ({ cause }) => `perhaps not all is known: ${cause}`
 * })
 * const since = DateTime.makeUnsafe("2026-11-23T12:00:00Z")
 * const stale = SyncStatus.SyncStatus.Stale({ since, cause: "no answer" })
 * assert.strictEqual(tell(stale), "perhaps not all is known: no answer")
 * ```
 *
 * @see BEHAVIOUR S9
 * @category constructors
 * @since 0.1.0
 */
export const SyncStatus = Data.taggedEnum<SyncStatus>()
