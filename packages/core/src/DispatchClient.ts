/**
 * The port through which everything here talks to a dispatch service.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { DispatchCalls } from "./DispatchCalls.ts"
import { checked } from "./internal/port/checkedClient.ts"

export * from "./DispatchCalls.ts"

/**
 * The port through which everything here talks to a dispatch service: over gRPC in production, straight into the
 * service's logic in tests.
 *
 * `DispatchClient.of` makes a client that checks values before it sends anything: one of another type or out of the
 * range of the wire is refused with `InvalidArgument` and the field.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Duration, Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* DispatchClient.DispatchClient
 *   const microgridId = MicrogridId.make(1n)
 *   const target = Target.componentCategories("BATTERY")
 *   const { id } = yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", target })
 *   const changed = yield* client.update(microgridId, id, { duration: "2 hours" })
 *   assert.deepStrictEqual(changed.duration, Duration.hours(2))
 * })
 * await Effect.runPromise(Effect.provide(program, ServiceClient.layerMemory))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category services
 * @since 0.1.0
 */
export class DispatchClient extends Context.Service<DispatchClient, DispatchCalls>()(
  "@effect-dispatch/core/DispatchClient"
) {
  /** The client that makes these calls, after it has checked their arguments. */
  static override of(this: void, calls: DispatchCalls): DispatchCalls {
    return checked(calls)
  }
}
