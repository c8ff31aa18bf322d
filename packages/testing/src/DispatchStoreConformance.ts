/**
 * The duties of every store, as cases that the tests of a store run: each on a store of its own, under any clock.
 *
 * @since 0.1.0
 */
import type { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import type { Layer } from "effect"
import type { StoreCase } from "./internal/storeCase.ts"
import * as Days from "./internal/storeDays.ts"
import * as Forms from "./internal/storeForms.ts"
import * as Keeping from "./internal/storeRetention.ts"
import * as Listings from "./internal/storeListings.ts"
import * as Reports from "./internal/storeReports.ts"
import * as Targets from "./internal/storeTargets.ts"
import * as Writes from "./internal/storeWrites.ts"

export type { StoreCase } from "./internal/storeCase.ts"

/**
 * All promises of a store. The store of a case must be empty and nobody else's.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchFormatProtobuf, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { DispatchStoreConformance } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 *
 * const [first] = DispatchStoreConformance.cases
 * assert.ok(first !== undefined)
 * const store = Layer.provideMerge(DispatchStoreMemory.layerFormat, DispatchFormatProtobuf.layer)
 * await Effect.runPromise(Effect.provide(first.run, Layer.fresh(store)))
 * ```
 *
 * @category conformance
 * @since 0.1.0
 */
export const cases: ReadonlyArray<StoreCase> = [
  ...Forms.cases,
  ...Writes.cases,
  ...Listings.cases,
  ...Targets.cases,
  ...Keeping.cases,
  ...Reports.cases,
  ...Days.cases
]

/**
 * A form of dispatches that has nothing of the wire. A store must keep its promises in this one as well: it looks into
 * no bytes.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchStoreMemory } from "@effect-dispatch/server"
 * import { DispatchStoreConformance } from "@effect-dispatch/testing"
 * import { Effect, Exit, Layer } from "effect"
 *
 * const { cases, layerOtherForm } = DispatchStoreConformance
 * const store = Layer.provideMerge(DispatchStoreMemory.layerFormat, layerOtherForm)
 * for (const { name, run } of cases.slice(0, 3)) {
 *   const exit = await Effect.runPromiseExit(Effect.provide(run, Layer.fresh(store)))
 *   assert.ok(Exit.isSuccess(exit), name)
 * }
 * ```
 *
 * @category conformance
 * @since 0.1.0
 */
export const layerOtherForm: Layer.Layer<DispatchFormat> = Forms.layerOtherForm
