/** The metadata that say who makes a call and, with a secret, prove it. */
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { Clock, Effect, Redacted } from "effect"
import { Mac } from "effect/crypto/Mac"
import { SecureRandom } from "effect/crypto/SecureRandom"
import type { Credentials } from "../Credentials.ts"

/** Makes the metadata of one call. They are as secret as the key: never logged, never part of an error. */
export type CallMetadata = (method: string) => Effect.Effect<Headers>

/** Metadata with the given credentials, each signature with a nonce of its own. */
export const make = Effect.fnUntraced(function* (
  credentials: Credentials | undefined
): Effect.fn.Return<CallMetadata, never, Mac | SecureRandom> {
  const random = yield* SecureRandom
  const mac = yield* Mac
  if (credentials === undefined) return () => Effect.sync(() => new Headers())
  const { authKey: key, signSecret: secret } = credentials
  const names = RequestSignature.metadataNames
  const withKey = () => new Headers({ [names.key]: Redacted.value(key) })
  if (secret === undefined) return () => Effect.sync(withKey)
  return Effect.fnUntraced(function* (method) {
    const nonce = yield* random.randomBytes(RequestSignature.nonceSizeBytes)
    const timestamp = (yield* Clock.currentTimeMillis) / 1_000
    const signing = RequestSignature.sign({ key, secret, method }, { timestamp, nonce })
    const signed = yield* Effect.provideService(signing, Mac, mac)
    const headers = withKey()
    headers.set(names.timestamp, signed.timestamp)
    headers.set(names.nonce, signed.nonce)
    headers.set(names.signature, signed.signature)
    return headers
  })
})
