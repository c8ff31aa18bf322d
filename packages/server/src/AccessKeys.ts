/**
 * Makes keys to the service. A key is shown once, to its user; the store keeps its hash.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { DateTime, Effect, Redacted } from "effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import type { AccessKey, AccessRight } from "./AccessKeyStore.ts"
import { randomBytes } from "./internal/randomness.ts"

/**
 * The rights and bounds of a new key.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccessKeyOptions {
  /** The owner of the key. */
  readonly name: string
  readonly microgrids: AccessKey["microgrids"]
  readonly rights: ReadonlyArray<AccessRight>
  /** True if it comes with a secret that every request must be signed with. */
  readonly signed: boolean
}

/**
 * A fresh key: the user's part, and the part to keep.
 *
 * @category models
 * @since 0.1.0
 */
export interface FreshKey {
  readonly key: Redacted.Redacted
  readonly secret: Redacted.Redacted | undefined
  readonly kept: AccessKey
}

/**
 * Makes a key of 32 random bytes, and a secret of as many if one is asked for.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { AccessKeys } from "@effect-dispatch/server"
 * import { Effect, Redacted } from "effect"
 *
 * const options = { name: "plant-7", microgrids: "all", rights: ["read", "write"], signed: false } as const
 * const { kept, key, secret } = await Effect.runPromise(AccessKeys.make(options))
 * assert.match(Redacted.value(key), /^dk_/)
 * assert.strictEqual(secret, undefined)
 * assert.ok(!kept.hash.includes(Redacted.value(key)))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (options: AccessKeyOptions): Effect.fn.Return<FreshKey> {
  const { microgrids, name, rights, signed } = options
  const key = Redacted.make(`dk_${Base64Url.encode(yield* randomBytes(32))}`, { label: "auth key" })
  const secret = signed
    ? Redacted.make(`ds_${Base64Url.encode(yield* randomBytes(32))}`, { label: "sign secret" })
    : undefined
  const id = Hex.encode(yield* randomBytes(4))
  const createdAt = yield* DateTime.now
  const kept = { id, name, hash: hashOf(key), secret, microgrids, rights, createdAt, revokedAt: undefined }
  return { key, secret, kept }
})

/**
 * The hash that a key is looked up by: SHA-256 in hexadecimal digits. A key is random and long, so nothing slower is
 * needed.
 *
 * @internal
 * @category hashing
 * @since 0.1.0
 */
export const hashOf = (key: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(key), "utf8").digest("hex")
