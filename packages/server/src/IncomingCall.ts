/**
 * A call before it is let in.
 *
 * @since 0.1.0
 */
import type { AccessRight } from "./AccessKeyStore.ts"

/**
 * The facts about a call before its message is read.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import type { IncomingCall } from "@effect-dispatch/server"
 *
 * const call = (metadata: ReadonlyMap<string, string>): IncomingCall.IncomingCall => ({
 *   method: "ListMicrogridDispatches",
 *   metadata: (name) => metadata.get(name),
 *   remoteAddress: "127.0.0.1",
 *   right: "read"
 * })
 * assert.strictEqual(call(new Map([["key", "dk_example"]])).metadata("key"), "dk_example")
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface IncomingCall {
  /** The last part of its path, such as `GetMicrogridDispatch`. */
  readonly method: string
  /** Its metadata by name, in lower case. */
  readonly metadata: (name: string) => string | undefined
  /** Its origin, as an IP address. */
  readonly remoteAddress: string | undefined
  /** The right that the key must have; any key will do without one. */
  readonly right: AccessRight | undefined
}
