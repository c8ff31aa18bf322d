/**
 * The time that a caller gives a call, as gRPC writes it: at most eight digits and a unit.
 *
 * @since 0.1.0
 */

/**
 * The name of the header.
 *
 * @category constants
 * @since 0.1.0
 */
export const name = "grpc-timeout"

/**
 * The longest time of a call that is kept, in milliseconds: no timer of Node runs longer. A call with more has no
 * deadline. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const timeoutMillisMax = 2_147_483_647

const millisOf: { readonly [unit: string]: number } = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001
}

const digitsMax = 99_999_999

/**
 * Writes a time in milliseconds, in the finest unit that holds it, rounded up; more than any unit holds is 11,000 years.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { GrpcTimeout } from "@effect-dispatch/api"
 *
 * assert.strictEqual(GrpcTimeout.encode(1_500), "1500m")
 * assert.strictEqual(GrpcTimeout.decode("2S"), 2_000)
 * ```
 *
 * @category writing
 * @since 0.1.0
 */
export const encode = (millis: number): string => {
  for (const unit of ["m", "S", "M"]) {
    const count = Math.ceil(millis / (millisOf[unit] ?? 1))
    if (count <= digitsMax) return `${count}${unit}`
  }
  return `${Math.min(digitsMax, Math.ceil(millis / (millisOf["H"] ?? 1)))}H`
}

/**
 * Reads a time in milliseconds; `undefined` if it is none.
 *
 * @category reading
 * @since 0.1.0
 */
export const decode = (text: string): number | undefined => {
  const [, count, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  return count === undefined || unit === undefined
    ? undefined
    : Number(count) * (millisOf[unit] ?? Number.NaN)
}
