/**
 * The features beyond the upstream API that a service announces, so that a client sends nothing that would be lost.
 *
 * @since 0.1.0
 */

/**
 * The header of every answer that holds them, with commas between.
 *
 * @category constants
 * @since 0.1.0
 */
export const featuresHeader = "dispatch-features"

/**
 * A feature: `calendar` are rules in local time, `name` are names of dispatches, `report` are reports of runs.
 *
 * @category models
 * @since 0.1.0
 */
export type Feature = "calendar" | "name" | "report"

/**
 * Writes the value of the header.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ServiceFeatures } from "@effect-dispatch/api"
 *
 * const value = ServiceFeatures.print(["calendar"])
 * assert.deepStrictEqual([...ServiceFeatures.parse(value)], ["calendar"])
 * ```
 *
 * @category encoding
 * @since 0.1.0
 */
export const print = (features: Iterable<Feature>): string => [...features].join(",")

/**
 * Reads the value of the header; unknown features stay in.
 *
 * @category decoding
 * @since 0.1.0
 */
export const parse = (value: string): ReadonlySet<string> =>
  new Set(value.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()])))
