/** Finds the key of a call by its headers, and checks its signature; writes nothing. */
import * as RequestMetadata from "@effect-dispatch/api/RequestMetadata"
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

/** A key as it came, and as it is looked up. */
interface Given {
  readonly secret: Redacted.Redacted
  readonly hash: string
}

/** The caller of a call. It is known at once, unless the call shows an unknown key or a signature. */
export const identify = (
  keys: KnownKeys,
  call: IncomingCall
): Effect.Effect<ShownKey, DispatchError.DispatchError> => {
  const { looks, ring } = keys
  const shown = call.metadata(RequestMetadata.names.key)
  if (shown === undefined || shown === "") return judge(keys, call)
  const secret = Redacted.make(shown)
  const hash = hashOf(secret)
  const known = () => judge(keys, call, { secret, hash })
  if (ring.find(hash) !== undefined) return known()
  // Perhaps it was made just now; where it would be the first one, all are served meanwhile.
  const isVain = ring.isKeyed ? Effect.succeed(false) : looks.isVain(hash)
  return Effect.flatMap(isVain, (vain) => (vain ? known() : Effect.flatMap(looks.next(hash), known)))
}

/** The caller by the keys that are known now. */
const judge = (
  { ring, verify }: KnownKeys,
  call: IncomingCall,
  given?: Given
): Effect.Effect<ShownKey, DispatchError.DispatchError> => {
  if (!ring.isKeyed) return isLoopbackAddress(call.remoteAddress) ? withoutKey : refuse()
  const key = given && ring.find(given.hash)
  if (given === undefined || key === undefined || !ring.counts(key.id)) return refuse()
  return key.secret === undefined
    ? Effect.succeed({ key, unspent: undefined })
    : Effect.map(
        checkSignature(verify, { secret: key.secret, key: given.secret, method: call.method }, call),
        (unspent) => ({ key, unspent })
      )
}

const withoutKey = Effect.succeed({ key: undefined, unspent: undefined })

/** Spends the nonce of a call that is about to be handled, if it has one. */
export const spend = (keys: KnownKeys, shown: ShownKey): Effect.Effect<void, DispatchError.DispatchError> => {
  const { key, unspent } = shown
  if (!keys.ring.counts(key?.id)) return refuse()
  return key === undefined || unspent === undefined ? Effect.void : spendNonce(keys, key, unspent)
}

/** The time of a signature may have passed since its headers arrived. */
const spendNonce = Effect.fnUntraced(function* (
  { useNonce }: KnownKeys,
  { id, name }: AccessKey,
  { nonce, seconds }: UnspentNonce
): Effect.fn.Return<void, DispatchError.DispatchError> {
  const now = yield* checkTime(seconds)
  const isFresh = yield* useNonce(id, nonce, DateTime.makeUnsafe(now)).pipe(
    Effect.provideService(Caller, { id, name }),
    Effect.mapError(unavailable)
  )
  if (!isFresh) return yield* DispatchError.unauthenticated("the nonce was used before")
})

const refuse = () => Effect.fail(DispatchError.unauthenticated("a valid key is needed"))

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
  const { names } = RequestMetadata
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
