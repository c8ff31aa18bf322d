/** The store of one microgrid (S10). */
import { Effect, Option, type Scope } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { MicrogridTaken } from "../../MicrogridTaken.ts"
import { type SiteFollower, SitePersistence } from "../../SitePersistence.ts"

/** The store of one microgrid, and what follows its changes. */
export interface Taken {
  readonly store: KeyValueStore.KeyValueStore
  readonly follower: SiteFollower | undefined
}

/** Takes it for the life of the scope, if there is one, and logs its place. */
export const take = Effect.fnUntraced(
  function* (microgridId: MicrogridId): Effect.fn.Return<Taken | undefined, MicrogridTaken, Scope.Scope> {
    const store = Option.getOrUndefined(yield* SitePersistence)
    if (store === undefined) {
      yield* Effect.logInfo(
        "Keeps nothing: what is known ends with the process, and so do stops still to come"
      )
      return undefined
    }
    yield* store.take?.(microgridId) ?? Effect.void
    // The process of many actors names their place once.
    const log = store.place === undefined ? Effect.logDebug : Effect.logInfo
    yield* log(`Keeps what it knows in ${store.place ?? "a store without a name"}`)
    return { store: KeyValueStore.prefix(store, `microgrid-${microgridId}/`), follower: store.follower }
  },
  (effect, microgridId) => Effect.annotateLogs(effect, "microgrid", String(microgridId))
)
