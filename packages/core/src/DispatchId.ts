/**
 * Identifies one dispatch within its microgrid.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { sayingWhy, unsigned64 } from "./internal/unsigned64.ts"

/**
 * Accepts the id of a dispatch: an unsigned 64-bit integer, kept as a `bigint` and never narrowed to a number.
 * `make` throws an error that says so for anything else.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchId } from "@effect-dispatch/core"
 *
 * assert.strictEqual(DispatchId.make(2n ** 64n - 1n), 18_446_744_073_709_551_615n)
 * assert.throws(() => DispatchId.make(-1n), TypeError)
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category schemas
 * @since 0.1.0
 */
export const DispatchId = sayingWhy(unsigned64("dispatch").pipe(Schema.brand("DispatchId")), "dispatch")

/**
 * The id of a dispatch.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchId = typeof DispatchId.Type

/**
 * The id with this number. Throws a `TypeError` that says what is wrong for anything else than a `bigint` from `0n` to
 * `2n ** 64n - 1n`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (id: bigint): DispatchId => DispatchId.make(id)
