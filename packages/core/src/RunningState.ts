/**
 * The running state of a dispatch, as seen by the handler of one type.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * `Running` and `Stopped` answer for a dispatch of the type asked about, `DifferentType` for any other.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, MicrogridId, type RunningState, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { DateTime, Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { create } = yield* DispatchClient.DispatchClient
 *   const target = Target.componentIds(7n)
 *   const charge = yield* create(MicrogridId.make(1n), { type: "CHARGE", startTime: "NOW", target })
 *   const now = yield* DateTime.now
 *   const stateFor = (type: string): RunningState.RunningState => charge.runningState(type, now)
 *   assert.strictEqual(stateFor("CHARGE"), "Running")
 *   assert.strictEqual(stateFor("HEAT"), "DifferentType")
 * })
 * await Effect.runPromise(Effect.provide(program, ServiceClient.layerMemory))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category schemas
 * @since 0.1.0
 */
export const RunningState = Schema.Literals(["Running", "Stopped", "DifferentType"])

/**
 * The running state of a dispatch, for the type asked about.
 *
 * @category models
 * @since 0.1.0
 */
export type RunningState = typeof RunningState.Type
