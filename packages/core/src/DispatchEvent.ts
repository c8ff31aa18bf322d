/**
 * The life of a dispatch as subscribers see it: `Created`, any number of `Updated`, then `Deleted` or `Retired`, each
 * once and in order, whatever the network repeats.
 *
 * @since 0.1.0
 */
import { Data } from "effect"
import type { Dispatch } from "./Dispatch.ts"

/**
 * A step in the life of a dispatch.
 *
 * - `Created`: it became known (also when the service created it long ago).
 * - `Updated`: a newer version is known; `previous` is the one before.
 * - `Deleted`: it is gone for ever; `dispatch` is the last known version with `deleted` set.
 * - `Retired`: it is over and no longer listed, so it is forgotten here too. If it is extended later, it is `Created`
 *   again.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchEvent = Data.TaggedEnum<{
  Created: { readonly dispatch: Dispatch }
  Updated: { readonly dispatch: Dispatch; readonly previous: Dispatch }
  Deleted: { readonly dispatch: Dispatch }
  Retired: { readonly dispatch: Dispatch }
}>

/**
 * Constructors and guards of the steps: `DispatchEvent.Created({ dispatch })`, `DispatchEvent.$match(…)`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const DispatchEvent = Data.taggedEnum<DispatchEvent>()
