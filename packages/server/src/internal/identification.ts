/** Finds the key of a call by its headers, and checks its signature; writes nothing. */
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Clock, DateTime, Duration, Effect, Redacted } from "effect"
import { hashOf } from "../AccessKeys.ts"
import type { AccessKey, AccessKeyStore } from "../AccessKeyStore.ts"
import { Caller } from "../Caller.ts"
import type { StoreError } from "../DispatchStore.ts"
import type { IncomingCall } from "../IncomingCall.ts"
import { nonceLengthMax, signatureWindow } from "../ServiceLimits.ts"
import type { KeyLooks } from "./keyLooks.ts"
import type { KeyRing } from "./keyRing.ts"
import { isLoopbackAddress } from "./loopback.ts"

/** The known keys, and the way to learn of more. */
export interface KnownKeys {
  readonly ring: KeyRing
  readonly looks: KeyLooks
  readonly useNonce: AccessKeyStore["Service"]["useNonce"]
  /** Checks a signature. */
  readonly verify: (
    signer: RequestSignature.Signer,
    request: RequestSignature.RequestSignature
  ) => Effect.Effect<boolean>
}

/** The part of a signature that is still to be spent. */
export interface UnspentNonce {
  readonly nonce: string
  /** Unix seconds. */
  readonly seconds: number
}

/** A caller whose headers are right. */
export interface ShownKey {
  /** `undefined` if none is needed. */
  readonly key: AccessKey | undefined
  /** `undefined` if its key needs no signature. */
  readonly unspent: UnspentNonce | undefined
}

/** The caller of a call. */
export const identify = Effect.fnUntraced(function* (
  { looks, ring, verify }: KnownKeys,
  call: IncomingCall
): Effect.fn.Return<ShownKey, DispatchError.DispatchError> {
  const shown = call.metadata(RequestSignature.metadataNames.key)
  const secret = shown === undefined || shown === "" ? undefined : Redacted.make(shown)
  const hash = secret === undefined ? undefined : hashOf(secret)
  const isUnknown = hash !== undefined && ring.find(hash) === undefined
  // Perhaps it was made just now; where it would be the first one, all are served meanwhile.
  if (isUnknown && (ring.isKeyed || !(yield* looks.isVain(hash)))) yield* looks.next(hash)
  if (!ring.isKeyed) {
    if (isLoopbackAddress(call.remoteAddress)) return { key: undefined, unspent: undefined }
    return yield* DispatchError.unauthenticated(anonymous)
  }
  const key = hash === undefined ? undefined : ring.find(hash)
  if (secret === undefined || key === undefined || !ring.counts(key.id))
    return yield* DispatchError.unauthenticated(anonymous)
  const unspent =
    key.secret === undefined
      ? undefined
      : yield* checkSignature(verify, { secret: key.secret, key: secret, method: call.method }, call)
  return { key, unspent }
})

/** Spends the nonce of a call that is about to be handled. Its time may have passed since its headers arrived. */
export const spend = Effect.fnUntraced(function* (
  { ring, useNonce }: KnownKeys,
  { key, unspent }: ShownKey
): Effect.fn.Return<void, DispatchError.DispatchError> {
  if (!ring.counts(key?.id)) return yield* DispatchError.unauthenticated(anonymous)
  if (key === undefined || unspent === undefined) return
  const now = yield* checkTime(unspent.seconds)
  const { id, name } = key
  const isFresh = yield* useNonce(id, unspent.nonce, DateTime.makeUnsafe(now)).pipe(
    Effect.provideService(Caller, { id, name }),
    Effect.mapError(unavailable)
  )
  if (!isFresh) return yield* DispatchError.unauthenticated("the nonce was used before")
})

const anonymous = "a valid key is needed"

const checkSignature = Effect.fnUntraced(function* (
  verify: KnownKeys["verify"],
  signer: RequestSignature.Signer,
  call: IncomingCall
) {
  const { seconds, ...request } = yield* signatureOf(call)
  const isRight = request.nonce.length <= nonceLengthMax && (yield* verify(signer, request))
  if (!isRight) return yield* DispatchError.unauthenticated("the signature is wrong")
  yield* checkTime(seconds)
  return { nonce: request.nonce, seconds }
})

/** Gives the present, in milliseconds, if the time of a signature is near to it. */
const checkTime = (seconds: number): Effect.Effect<number, DispatchError.DispatchError> =>
  Effect.filterOrFail(
    Clock.currentTimeMillis,
    (now) => Math.abs(seconds * 1_000 - now) <= Duration.toMillis(signatureWindow),
    () => DispatchError.unauthenticated("the signature is too far from the present; is the clock right?")
  )

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
