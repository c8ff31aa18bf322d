/** Signatures of calls, each with a nonce of its own. */
import * as RequestMetadata from "@effect-dispatch/api/RequestMetadata"
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { Clock, Effect, Layer, type Redacted } from "effect"
import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"

/** Makes the metadata that sign a call. */
type Signing = (method: string) => Effect.Effect<{ readonly [name: string]: string }>

/** Signs calls with a key and its secret. */
export const make = Effect.fnUntraced(
  function* (
    key: Redacted.Redacted,
    secret: Redacted.Redacted
  ): Effect.fn.Return<Signing, never, Mac.Mac | SecureRandom.SecureRandom> {
    const random = yield* SecureRandom.SecureRandom
    const mac = yield* Mac.Mac
    const names = RequestMetadata.names
    return Effect.fnUntraced(function* (method) {
      const nonce = yield* random.randomBytes(RequestSignature.nonceSizeBytes)
      const timestamp = (yield* Clock.currentTimeMillis) / 1_000
      const signing = RequestSignature.sign({ key, secret, method }, { timestamp, nonce })
      const signed = yield* Effect.provideService(signing, Mac.Mac, mac)
      return {
        [names.timestamp]: signed.timestamp,
        [names.nonce]: signed.nonce,
        [names.signature]: signed.signature
      }
    })
  },
  Effect.provide(Layer.provideMerge(Mac.layerWebCrypto, SecureRandom.layerWebCrypto))
)
