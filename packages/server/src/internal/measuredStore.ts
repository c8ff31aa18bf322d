/** The store, measured: the time of each operation, and the number of failures and their reasons. */
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Cause, Effect, Exit, Layer, Metric, Option } from "effect"
import { AccessKeyStore } from "../AccessKeyStore.ts"
import { DispatchStore, StoreError } from "../DispatchStore.ts"
import * as Metrics from "../Metrics.ts"
import { ReportStore } from "../ReportStore.ts"

type Measured = <A, E, R>(
  operation: Metrics.Operation,
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R>

/** Measures, and logs the reason of a failure once until the operation succeeds again: callers are told less. */
const measuring = (): Measured => {
  const failing = new Set<Metrics.Operation>()
  const failed = (operation: Metrics.Operation, error: StoreError) =>
    Effect.suspend(() => {
      if (failing.has(operation)) return Effect.void
      failing.add(operation)
      return Effect.logWarning(
        `The store fails in ${operation}: ${Thrown.messageOf(Thrown.innermost(error))}`
      )
    })
  return (operation, effect) =>
    Effect.clockWith((clock) => {
      const began = clock.monotonicTimeNanosUnsafe()
      return Effect.onExit(effect, (exit) => {
        // An interruption is neither an answer nor a failure.
        if (Exit.hasInterrupts(exit)) return Effect.void
        const took = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
        const timed = Metric.update(Metrics.storeDuration.at(operation), took)
        const error = failureOf(exit)
        if (error === undefined) {
          failing.delete(operation)
          return timed
        }
        return timed.pipe(
          Effect.andThen(Metric.update(Metrics.storeFailures.at(operation), 1)),
          Effect.andThen(failed(operation, error))
        )
      })
    })
}

/** The failure of the store, if it failed: a refusal by the decision is none. */
const failureOf = (exit: Exit.Exit<unknown, unknown>): StoreError | undefined => {
  const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause)) : undefined
  return error instanceof StoreError ? error : undefined
}

/** The reports of the store at hand, measured. */
export const measureReports = (store: ReportStore["Service"]): ReportStore["Service"] => {
  const measured = measuring()
  return ReportStore.of({
    report: (reports) => measured("report", store.report(reports)),
    page: (query) => measured("reportPage", store.page(query)),
    last: (...parameters) => measured("lastReports", store.last(...parameters)),
    lastOf: (...parameters) => measured("lastReports", store.lastOf(...parameters)),
    days: (query) => measured("reportDays", store.days(query)),
    pruneReports: (...parameters) => measured("pruneReports", store.pruneReports(...parameters)),
    trimReports: (...parameters) => measured("pruneReports", store.trimReports(...parameters))
  })
}

/** Measures the store at hand, whichever that is: each use is a layer of its own. */
export const layer: Layer.Layer<DispatchStore, never, DispatchStore> = Layer.fresh(
  Layer.effect(
    DispatchStore,
    Effect.map(DispatchStore, (store) => {
      const measured = measuring()
      return DispatchStore.of({
        insert: (...parameters) => measured("insert", store.insert(...parameters)),
        modify: (...parameters) => measured("modify", store.modify(...parameters)),
        get: (...parameters) => measured("get", store.get(...parameters)),
        begin: (query) => measured("begin", store.begin(query)),
        page: (query) => measured("page", store.page(query)),
        changesAfter: (...parameters) => measured("changesAfter", store.changesAfter(...parameters)),
        lastChange: (microgridId) => measured("lastChange", store.lastChange(microgridId)),
        hints: store.hints,
        audit: (...parameters) => measured("audit", store.audit(...parameters)),
        moveRetentionTime: (decide) => measured("moveRetentionTime", store.moveRetentionTime(decide)),
        trimNonces: (...parameters) => measured("trimNonces", store.trimNonces(...parameters)),
        prune: (...parameters) => measured("prune", store.prune(...parameters)),
        check: measured("check", store.check),
        secret: measured("secret", store.secret)
      })
    })
  )
)

/** Measures what calls need of the store of keys; changing keys is no part of a call. */
export const layerKeys: Layer.Layer<AccessKeyStore, never, AccessKeyStore> = Layer.fresh(
  Layer.effect(
    AccessKeyStore,
    Effect.map(AccessKeyStore, (store) => {
      const measured = measuring()
      return AccessKeyStore.of({
        ...store,
        keys: measured("keys", store.keys),
        useNonce: (...parameters) => measured("useNonce", store.useNonce(...parameters))
      })
    })
  )
)
