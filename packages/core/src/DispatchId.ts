/**
 * Identifies one dispatch within its microgrid.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/** Largest value of an unsigned 64-bit integer, the widest id the wire can carry. */
const uint64Max = 18_446_744_073_709_551_615n

/**
 * Accepts the id of a dispatch: an unsigned 64-bit integer, kept as a `bigint` and never narrowed to a number.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DispatchId = Schema.BigInt.check(
  Schema.isBetweenBigInt(
    { minimum: 0n, maximum: uint64Max },
    { expected: "a dispatch id from 0 to 2^64 - 1" }
  )
).pipe(Schema.brand("DispatchId"))

/**
 * The id of a dispatch.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchId = typeof DispatchId.Type
