/** Finds the key of a call, and checks its signature. */
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Clock, DateTime, Duration, Effect, Redacted } from "effect"
import { hashOf } from "../AccessKeys.ts"
import type { AccessKey, AccessKeyStore } from "../AccessKeyStore.ts"
import { Caller } from "../Caller.ts"
import type { StoreError } from "../DispatchStore.ts"
import type { IncomingCall } from "../IncomingCall.ts"
import { nonceLengthMax, signatureWindow } from "../ServiceLimits.ts"
import type { KeyRing } from "./keyRing.ts"
import { isLoopbackAddress } from "./loopback.ts"

/** The known keys, and the way to learn of more. */
export interface KnownKeys {
  readonly ring: KeyRing
  /** Reads them again. */
  readonly read: Effect.Effect<void, StoreError>
  readonly useNonce: AccessKeyStore["Service"]["useNonce"]
}

/** The key of a known caller; `undefined` if none is needed. */
export const identify = Effect.fnUntraced(function* (keys: KnownKeys, call: IncomingCall) {
  const { read, ring } = keys
  const shown = call.metadata(RequestSignature.metadataNames.key)
  // Perhaps the first key was made just now.
  if (!ring.isKeyed && shown !== undefined) yield* Effect.mapError(read, unavailable)
  if (!ring.isKeyed) {
    return isLoopbackAddress(call.remoteAddress) ? undefined : yield* DispatchError.unauthenticated(anonymous)
  }
  if (shown === undefined || shown === "") return yield* DispatchError.unauthenticated(anonymous)
  const secret = Redacted.make(shown)
  const hash = hashOf(secret)
  if (ring.find(hash) === undefined) yield* Effect.mapError(read, unavailable)
  const key = ring.find(hash)
  if (key === undefined || key.revokedAt !== undefined) return yield* DispatchError.unauthenticated(anonymous)
  if (key.secret !== undefined) yield* checkSignature(keys, key, secret, call)
  return key
})

const anonymous = "a valid key is needed"

const checkSignature = Effect.fnUntraced(function* (
  { useNonce }: KnownKeys,
  { id, name, secret }: AccessKey,
  key: Redacted.Redacted,
  call: IncomingCall
) {
  if (secret === undefined) return
  const request = yield* signatureOf(call)
  const { method } = call
  const isRight =
    request.nonce.length <= nonceLengthMax && RequestSignature.verify({ key, secret, method }, request)
  if (!isRight) return yield* DispatchError.unauthenticated("the signature is wrong")
  const now = yield* Clock.currentTimeMillis
  if (Math.abs(request.seconds * 1_000 - now) > Duration.toMillis(signatureWindow))
    return yield* DispatchError.unauthenticated(
      "the signature is too far from the present; is the clock right?"
    )
  const isFresh = yield* useNonce(id, request.nonce, DateTime.makeUnsafe(now)).pipe(
    Effect.provideService(Caller, { id, name }),
    Effect.mapError(unavailable)
  )
  if (!isFresh) return yield* DispatchError.unauthenticated("the nonce was used before")
})

/** The parts of a signature, if all are there. */
const signatureOf = Effect.fnUntraced(function* ({ metadata }: IncomingCall) {
  const names = RequestSignature.metadataNames
  const timestamp = metadata(names.timestamp)
  const nonce = metadata(names.nonce)
  const signature = metadata(names.signature)
  if (timestamp === undefined || nonce === undefined || signature === undefined || nonce === "")
    return yield* DispatchError.unauthenticated(
      `the key needs a signature: ${names.timestamp}, ${names.nonce}, ${names.signature}`
    )
  const request = { timestamp, nonce, signature }
  const seconds = RequestSignature.timestampOf(request)
  if (seconds === undefined)
    return yield* DispatchError.unauthenticated(
      `${names.timestamp} is no number of unix seconds, in plain digits such as 1767225600`
    )
  return { ...request, seconds }
})

const unavailable = ({ message }: StoreError): DispatchError.DispatchError =>
  DispatchError.unavailable(message)
