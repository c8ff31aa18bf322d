/**
 * The proof that the sender of a request holds the secret that belongs to its key, without sending the secret.
 *
 * A signed request carries, beside `key`, the metadata `ts`, `nonce` and `sig`. The signature is the HMAC-SHA256 under
 * the secret over key, timestamp, nonce and method name, one after the other with nothing in between (RFC 2104, RFC
 * 4648 section 5). Both sides use this module.
 *
 * @since 0.1.0
 */
import { Effect, Redacted } from "effect"
import * as Mac from "effect/crypto/Mac"
import * as Base64Url from "effect/encoding/Base64Url"

/**
 * The number of random bytes in a nonce: enough that none is drawn twice. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const nonceSizeBytes = 16

/**
 * The signer of a call: a key, its secret, and the name of a method, such as `GetMicrogridDispatch`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Signer {
  readonly key: Redacted.Redacted
  readonly secret: Redacted.Redacted
  readonly method: string
}

/**
 * The signature that goes with a request, as its metadata carry it.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestSignature {
  /** Unix seconds in decimal digits. */
  readonly timestamp: string
  /** Never used twice with the same key. */
  readonly nonce: string
  readonly signature: string
}

/**
 * Signs a request. `timestamp` is in unix seconds, cut to whole ones. The nonce is `nonceSizeBytes` random bytes and is
 * written in URL-safe base64 with padding; the signature is written without.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RequestSignature } from "@effect-dispatch/api"
 * import { Effect, Layer, Redacted } from "effect"
 * import { Mac, SecureRandom } from "effect/crypto"
 *
 * const program = Effect.gen(function* () {
 *   const signer = { key: Redacted.make("key"), secret: Redacted.make("secret"), method: "GetMicrogridDispatch" }
 *   const nonce = new Uint8Array(RequestSignature.nonceSizeBytes)
 *   const signature = yield* RequestSignature.sign(signer, { timestamp: 1_795_435_200, nonce })
 *   assert.ok(yield* RequestSignature.verify(signer, signature))
 *   assert.ok(!(yield* RequestSignature.verify({ ...signer, method: "DeleteMicrogridDispatch" }, signature)))
 * })
 * const layer = Layer.provide(Mac.layerWebCrypto, SecureRandom.layerWebCrypto)
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @category signing
 * @since 0.1.0
 */
export const sign = Effect.fnUntraced(function* (
  signer: Signer,
  request: { readonly timestamp: number; readonly nonce: Uint8Array }
): Effect.fn.Return<RequestSignature, never, Mac.Mac> {
  const timestamp = String(Math.floor(request.timestamp))
  const nonce = Base64Url.encodePadded(request.nonce)
  return { timestamp, nonce, signature: yield* signatureOf(signer, timestamp, nonce) }
})

/**
 * True if a signature was made with the signer's key and secret, for its method. The check takes the same time wherever
 * the signature is wrong.
 *
 * **Gotchas**
 *
 * It says nothing about age and repetition: check that `timestampOf` is near to now, and that the nonce is new.
 *
 * @category verifying
 * @since 0.1.0
 */
export const verify = (signer: Signer, request: RequestSignature): Effect.Effect<boolean, never, Mac.Mac> =>
  Effect.map(signatureOf(signer, request.timestamp, request.nonce), (expected) =>
    Mac.timingSafeEqual(bytesOf(request.signature), bytesOf(expected))
  )

/**
 * The unix seconds of a signature, or `undefined` unless they are plain decimal digits.
 *
 * Nothing separates timestamp and nonce under the signature, so a digit may be moved from one to the other. That makes
 * the timestamp ten times as large or small, which is never near to now. A leading zero is therefore refused.
 *
 * @category verifying
 * @since 0.1.0
 */
export const timestampOf = ({ timestamp }: RequestSignature): number | undefined =>
  /^[1-9]\d{0,14}$/.test(timestamp) ? Number(timestamp) : undefined

/**
 * The method name that is signed: the last segment of the path of a call, as in `/package.Service/Method`.
 *
 * @category signing
 * @since 0.1.0
 */
export const methodOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const signatureOf = Effect.fnUntraced(function* (
  { key, method, secret }: Signer,
  timestamp: string,
  nonce: string
) {
  const mac = yield* Mac.Mac
  const macKey = yield* Mac.key(Mac.hmacSha256, keyBytesOf(Redacted.value(secret)))
  const tag = yield* mac.sign(macKey, bytesOf(Redacted.value(key) + timestamp + nonce + method))
  return Base64Url.encode(tag)
}, Effect.orDie)

/** HMAC fills up a key with zeros, so an empty one is as good as a zero, and only that can be given. */
const keyBytesOf = (secret: string): Uint8Array => (secret === "" ? new Uint8Array(1) : bytesOf(secret))

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
