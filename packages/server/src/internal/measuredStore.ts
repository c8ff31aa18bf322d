/** The store, measured: how long each operation takes, and how often one fails. */
import { Cause, Effect, Exit, Layer, Metric, Option, Predicate } from "effect"
import { AccessKeyStore } from "../AccessKeyStore.ts"
import { DispatchStore } from "../DispatchStore.ts"
import * as Metrics from "../Metrics.ts"

const measured =
  (operation: Metrics.Operation) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.clockWith((clock) => {
      const began = clock.monotonicTimeNanosUnsafe()
      return Effect.onExit(effect, (exit) => {
        // What was given up is neither an answer nor a failure.
        if (Exit.hasInterrupts(exit)) return Effect.void
        const took = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
        const timed = Metric.update(Metrics.storeDuration.at(operation), took)
        return isOfStore(exit)
          ? Effect.andThen(timed, Metric.update(Metrics.storeFailures.at(operation), 1))
          : timed
      })
    })

/** Whether the store failed, and not what was to be decided. */
const isOfStore = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Option.exists(Cause.findErrorOption(exit.cause), Predicate.isTagged("StoreError"))

/** Measures the store at hand, whichever that is: each use is a layer of its own. */
export const layer: Layer.Layer<DispatchStore, never, DispatchStore> = Layer.fresh(
  Layer.effect(
    DispatchStore,
    Effect.map(DispatchStore, (store) =>
      DispatchStore.of({
        insert: (...parameters) => measured("insert")(store.insert(...parameters)),
        modify: (...parameters) => measured("modify")(store.modify(...parameters)),
        get: (...parameters) => measured("get")(store.get(...parameters)),
        page: (query) => measured("page")(store.page(query)),
        count: (...parameters) => measured("count")(store.count(...parameters)),
        changesAfter: (...parameters) => measured("changesAfter")(store.changesAfter(...parameters)),
        lastChange: (microgridId) => measured("lastChange")(store.lastChange(microgridId)),
        wakeUps: store.wakeUps,
        audit: (...parameters) => measured("audit")(store.audit(...parameters)),
        prune: (...parameters) => measured("prune")(store.prune(...parameters)),
        check: measured("check")(store.check),
        secret: measured("secret")(store.secret)
      })
    )
  )
)

/** Measures what calls ask the store of keys at hand; changing keys is no part of a call. */
export const layerKeys: Layer.Layer<AccessKeyStore, never, AccessKeyStore> = Layer.fresh(
  Layer.effect(
    AccessKeyStore,
    Effect.map(AccessKeyStore, (store) =>
      AccessKeyStore.of({
        ...store,
        keys: measured("keys")(store.keys),
        useNonce: (...parameters) => measured("useNonce")(store.useNonce(...parameters))
      })
    )
  )
)
