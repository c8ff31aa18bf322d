/**
 * Identifies one microgrid, the site whose dispatches an actor follows.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/** Largest value of an unsigned 64-bit integer, the widest id the wire can carry. */
const uint64Max = 18_446_744_073_709_551_615n

/**
 * Accepts the id of a microgrid: an unsigned 64-bit integer, kept as a `bigint` and never narrowed to a number.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MicrogridId = Schema.BigInt.check(
  Schema.isBetweenBigInt(
    { minimum: 0n, maximum: uint64Max },
    { expected: "a microgrid id from 0 to 2^64 - 1" }
  )
).pipe(Schema.brand("MicrogridId"))

/**
 * The id of a microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export type MicrogridId = typeof MicrogridId.Type
