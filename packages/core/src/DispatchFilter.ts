/**
 * The choice of dispatches for a listing, and their order.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { DispatchId } from "./DispatchId.ts"
import { Target } from "./Target.ts"

/**
 * A span of time: `from` inclusive, `to` exclusive, either may be open.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TimeInterval = Schema.Struct({
  from: Schema.optionalKey(Schema.DateTimeUtc),
  to: Schema.optionalKey(Schema.DateTimeUtc)
})

/**
 * A span of time: `from` inclusive, `to` exclusive, either may be open.
 *
 * @category models
 * @since 0.1.0
 */
export type TimeInterval = typeof TimeInterval.Type

/**
 * The dispatches to list. Every given condition must hold; within `targets`, `ids`, `queries` and `names` one match is enough.
 *
 * - `targets`: the dispatch's target overlaps with one of these: it shares an id with it, or a category, and a category
 *   without a subtype stands for all its subtypes; an empty target finds nothing;
 * - `startTime`, `endTime`, `updateTime`: in the interval; the end of a dispatch is the end of its last run, and a
 *   dispatch that never ends matches every `endTime` interval;
 * - `queries`: `#12` asks for the id, any other text for a part of the type;
 * - `names`: the name is one of these.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { create, list } = yield* DispatchClient.DispatchClient
 *   const microgridId = MicrogridId.make(1n)
 *   yield* create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(1n, 2n) })
 *   yield* create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(3n) })
 *   const filter = { targets: [Target.componentIds(2n)], queries: ["CHAR"] }
 *   const found = yield* Stream.runCollect(list(microgridId, { filter }))
 *   assert.strictEqual(found.length, 1)
 * })
 * await Effect.runPromise(Effect.provide(program, ServiceClient.layerMemory))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category schemas
 * @since 0.1.0
 */
export const DispatchFilter = Schema.Struct({
  targets: Schema.optionalKey(Schema.Array(Target)),
  active: Schema.optionalKey(Schema.Boolean),
  dryRun: Schema.optionalKey(Schema.Boolean),
  recurring: Schema.optionalKey(Schema.Boolean),
  startTime: Schema.optionalKey(TimeInterval),
  endTime: Schema.optionalKey(TimeInterval),
  updateTime: Schema.optionalKey(TimeInterval),
  ids: Schema.optionalKey(Schema.Array(DispatchId)),
  queries: Schema.optionalKey(Schema.Array(Schema.String)),
  names: Schema.optionalKey(Schema.Array(Schema.String))
})

/**
 * The dispatches to list.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchFilter = typeof DispatchFilter.Type

/**
 * The order of a listing; equal keys are ordered by id.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DispatchSort = Schema.Struct({
  field: Schema.Literals(["startTime", "createTime", "updateTime"]),
  order: Schema.Literals(["ascending", "descending"])
})

/**
 * The order of a listing; equal keys are ordered by id.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchSort = typeof DispatchSort.Type

/**
 * The order of a listing without a given order: newest first.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultSort: DispatchSort = { field: "createTime", order: "descending" }
