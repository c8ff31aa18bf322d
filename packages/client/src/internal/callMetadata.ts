/** The metadata that say who makes a call and, with a secret, prove it. */
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { Clock, Effect, Redacted } from "effect"
import { Mac } from "effect/crypto/Mac"
import { SecureRandom } from "effect/crypto/SecureRandom"
import type { Credentials } from "../Credentials.ts"

/** The metadata of one call, by name. They are as secret as the key: never logged, never part of an error. */
export interface Metadata {
  [name: string]: string
}

/** Makes the metadata of one call. */
export type CallMetadata = (method: string) => Effect.Effect<Metadata>

/** Metadata with the given credentials, each signature with a nonce of its own. */
export const make = Effect.fnUntraced(function* (
  credentials: Credentials | undefined
): Effect.fn.Return<CallMetadata, never, Mac | SecureRandom> {
  const random = yield* SecureRandom
  const mac = yield* Mac
  if (credentials === undefined) return () => Effect.sync(() => ({}))
  const { authKey: key, signSecret: secret } = credentials
  const names = RequestSignature.metadataNames
  const withKey = (): Metadata => ({ [names.key]: Redacted.value(key) })
  if (secret === undefined) return () => Effect.sync(withKey)
  return Effect.fnUntraced(function* (method) {
    const nonce = yield* random.randomBytes(RequestSignature.nonceSizeBytes)
    const timestamp = (yield* Clock.currentTimeMillis) / 1_000
    const signing = RequestSignature.sign({ key, secret, method }, { timestamp, nonce })
    const signed = yield* Effect.provideService(signing, Mac, mac)
    return {
      ...withKey(),
      [names.timestamp]: signed.timestamp,
      [names.nonce]: signed.nonce,
      [names.signature]: signed.signature
    }
  })
})
