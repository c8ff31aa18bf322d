/** What a case of the conformance of stores is. */
import type { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import type { DispatchStore, StoreError } from "@effect-dispatch/server/DispatchStore"
import type { Effect } from "effect"

/**
 * One promise of a store. A store that breaks it makes the effect die with what was expected and what was found.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoreCase {
  readonly name: string
  readonly run: Effect.Effect<void, StoreError, DispatchStore | AccessKeyStore>
}
