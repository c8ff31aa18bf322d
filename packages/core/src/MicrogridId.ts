/**
 * Identifies one microgrid, the site whose dispatches an actor follows.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { sayingWhy, unsigned64 } from "./internal/unsigned64.ts"

/**
 * Accepts the id of a microgrid: an unsigned 64-bit integer, kept as a `bigint` and never narrowed to a number.
 * `make` throws an error that says so for anything else.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 *
 * assert.strictEqual(MicrogridId.make(7n), 7n)
 * assert.throws(() => MicrogridId.make(2n ** 64n), TypeError)
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category schemas
 * @since 0.1.0
 */
export const MicrogridId = sayingWhy(unsigned64("microgrid").pipe(Schema.brand("MicrogridId")), "microgrid")

/**
 * The id of a microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export type MicrogridId = typeof MicrogridId.Type

/**
 * The id with this number. Throws a `TypeError` that says what is wrong for anything else than a `bigint` from `0n` to
 * `2n ** 64n - 1n`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (id: bigint): MicrogridId => MicrogridId.make(id)
