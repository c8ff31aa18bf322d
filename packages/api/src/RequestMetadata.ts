/**
 * The metadata of a request that name its sender and prove it.
 *
 * @since 0.1.0
 */

/**
 * Their names: of the key, and of the parts of a `RequestSignature`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RequestMetadata } from "@effect-dispatch/api"
 *
 * const headers = new Headers({ [RequestMetadata.names.key]: "dk_example" })
 * assert.strictEqual(headers.get("key"), "dk_example")
 * ```
 *
 * @category constants
 * @since 0.1.0
 */
export const names = { key: "key", timestamp: "ts", nonce: "nonce", signature: "sig" } as const
