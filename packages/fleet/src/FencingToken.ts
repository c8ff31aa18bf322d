/**
 * The right of one process to act for a microgrid, and the number that proves it to others.
 *
 * @since 0.1.0
 */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, type Effect } from "effect"

/**
 * The process that speaks for a microgrid: each that takes it over has a higher `epoch` than all before. A device or
 * a database that remembers the highest epoch, and refuses lower ones, is safe from a process that was replaced and does
 * not know it yet.
 *
 * @see {@link TokenGate} for a memory of the highest
 * @category models
 * @since 0.1.0
 */
export interface Token {
  readonly microgridId: MicrogridId
  readonly epoch: bigint
}

/**
 * The token of the activation that the code of a site runs in.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { FencingToken } from "@effect-dispatch/fleet"
 * import { Effect } from "effect"
 *
 * const setPower = Effect.fn(function* (watts: number) {
 *   const token = yield* FencingToken.FencingToken
 *   yield* token.confirm
 *   return { watts, epoch: token.epoch }
 * })
 * const token = FencingToken.FencingToken.of({
 *   microgridId: MicrogridId.make(7n),
 *   epoch: 3n,
 *   confirm: Effect.void
 * })
 * const order = await Effect.runPromise(Effect.provideService(setPower(5_000), FencingToken.FencingToken, token))
 * assert.deepStrictEqual(order, { watts: 5_000, epoch: 3n })
 * ```
 *
 * @see BEHAVIOUR F3, F4
 * @category services
 * @since 0.1.0
 */
export class FencingToken extends Context.Service<
  FencingToken,
  Token & {
    /**
     * Completes at once in the usual case. After a pause of the process it waits until the database has been asked who
     * owns the microgrid; if that is another process by now, it never completes, and the site is being ended.
     */
    readonly confirm: Effect.Effect<void>
  }
>()("@effect-dispatch/fleet/FencingToken") {}
