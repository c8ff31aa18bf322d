/**
 * Who may do what: keys, rights, signatures and limits, checked before anything is looked up.
 *
 * @since 0.1.0
 */
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { DispatchError, Unauthenticated } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import {
  Clock,
  Context,
  DateTime,
  Duration,
  Effect,
  Layer,
  Metric,
  Redacted,
  Schedule,
  type Scope
} from "effect"
import { hashOf } from "./AccessKeys.ts"
import { type AccessKey, AccessKeyStore, type AccessRight } from "./AccessKeyStore.ts"
import type { Caller } from "./Caller.ts"
import type { StoreError } from "./DispatchStore.ts"
import { KeyRing } from "./internal/keyRing.ts"
import { isLoopbackAddress } from "./internal/loopback.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import * as Metrics from "./Metrics.ts"
import {
  callsPerKeyMax,
  keyRefreshInterval,
  nonceLengthMax,
  signatureWindow,
  streamsPerKeyMax
} from "./ServiceLimits.ts"

/**
 * What is known of a call before it is let in.
 *
 * @category models
 * @since 0.1.0
 */
export interface IncomingCall {
  /** The last part of its path, such as `GetMicrogridDispatch`. */
  readonly method: string
  /** Its metadata by name, in lower case. */
  readonly metadata: (name: string) => string | undefined
  /** Where it comes from, as an IP address. */
  readonly remoteAddress: string | undefined
  readonly right: AccessRight
  readonly microgridId: MicrogridId
}

/**
 * Lets calls in or refuses them.
 *
 * Refusals say nothing about dispatches: they are decided before one is looked up.
 *
 * @category services
 * @since 0.1.0
 */
export class AccessControl extends Context.Service<
  AccessControl,
  {
    /** Lets a unary call in for as long as it is at work. */
    readonly enter: <A, E, R>(
      call: IncomingCall,
      work: (caller: Caller) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | DispatchError, R>
    /** Lets a stream in for the life of the scope; `revoked` fails when its key opens nothing any more. */
    readonly open: (
      call: IncomingCall
    ) => Effect.Effect<
      { readonly caller: Caller; readonly revoked: Effect.Effect<never, DispatchError> },
      DispatchError,
      Scope.Scope
    >
    /** Whether keys are configured; as long as none ever was, this machine is served without one, and no other. */
    readonly isKeyed: Effect.Effect<boolean>
  }
>()("@effect-dispatch/server/AccessControl") {
  /** Serves this machine without keys, and no other. */
  static readonly layerLoopback: Layer.Layer<AccessControl> = Layer.effect(
    AccessControl,
    Effect.sync(() => make(new KeyRing(), Effect.void, () => Effect.succeed(true)))
  )

  /**
   * Goes by the keys in the store. They are read every `keyRefreshInterval`, and whenever a key is shown that is not
   * known; while the store is away, those known go on to count.
   */
  static readonly layer: Layer.Layer<AccessControl, StoreError, AccessKeyStore> = Layer.effect(
    AccessControl,
    Effect.gen(function* () {
      const store = yield* AccessKeyStore
      const ring = new KeyRing()
      const read = yield* ring.reader(store.keys)
      yield* read
      yield* read.pipe(
        Effect.catch(({ message }) => Effect.logWarning(`The keys could not be read again: ${message}`)),
        Effect.repeat(Schedule.spaced(keyRefreshInterval)),
        Effect.delay(keyRefreshInterval),
        UnseenSpans.unasked,
        Effect.forkScoped
      )
      return make(ring, read, store.useNonce)
    })
  ).pipe(Layer.provide(MeasuredStore.layerKeys))
}

const make = (
  ring: KeyRing,
  read: Effect.Effect<void, StoreError>,
  useNonce: AccessKeyStore["Service"]["useNonce"]
): AccessControl["Service"] => {
  const identify = Effect.fnUntraced(function* (call: IncomingCall) {
    const shown = call.metadata(RequestSignature.metadataNames.key)
    // Perhaps the first key was made just now.
    if (!ring.isKeyed && shown !== undefined) yield* Effect.mapError(read, unavailable)
    if (!ring.isKeyed) {
      return isLoopbackAddress(call.remoteAddress) ? undefined : yield* unauthenticated(anonymous)
    }
    if (shown === undefined || shown === "") return yield* unauthenticated(anonymous)
    const secret = Redacted.make(shown)
    const hash = hashOf(secret)
    if (ring.find(hash) === undefined) yield* Effect.mapError(read, unavailable)
    const key = ring.find(hash)
    if (key === undefined || key.revokedAt !== undefined) return yield* unauthenticated(anonymous)
    if (key.secret !== undefined) yield* checkSignature(key, key.secret, secret, call)
    return key
  })

  const checkSignature = Effect.fnUntraced(function* (
    key: AccessKey,
    secret: Redacted.Redacted,
    shown: Redacted.Redacted,
    { metadata, method }: IncomingCall
  ) {
    const {
      nonce: nonceName,
      signature: signatureName,
      timestamp: timestampName
    } = RequestSignature.metadataNames
    const timestamp = metadata(timestampName)
    const nonce = metadata(nonceName)
    const signature = metadata(signatureName)
    if (timestamp === undefined || nonce === undefined || signature === undefined || nonce === "")
      return yield* unauthenticated(
        `the key needs a signature: ${timestampName}, ${nonceName}, ${signatureName}`
      )
    const request = { timestamp, nonce, signature }
    const seconds = RequestSignature.timestampOf(request)
    if (seconds === undefined)
      return yield* unauthenticated(
        `${timestampName} is no number of unix seconds, in plain digits such as 1767225600`
      )
    const isRight =
      nonce.length <= nonceLengthMax && RequestSignature.verify({ key: shown, secret, method }, request)
    if (!isRight) return yield* unauthenticated("the signature is wrong")
    const now = yield* Clock.currentTimeMillis
    if (Math.abs(seconds * 1_000 - now) > Duration.toMillis(signatureWindow))
      return yield* unauthenticated("the signature is too far from the present; is the clock right?")
    const isFresh = yield* Effect.mapError(useNonce(key.id, nonce, DateTime.makeUnsafe(now)), unavailable)
    if (!isFresh) return yield* unauthenticated("the nonce was used before")
  })

  /** Who calls, if the key opens what is asked for; `undefined` where no key is needed. */
  const admit = Effect.fnUntraced(function* (call: IncomingCall) {
    const key = yield* Effect.tapError(identify(call), ({ reason }) =>
      reason._tag === "Unauthenticated"
        ? Metric.update(Metrics.refusals.at("unauthenticated"), 1)
        : Effect.void
    )
    if (key !== undefined && !allows(key, call)) {
      yield* Metric.update(Metrics.refusals.at("permission"), 1)
      return yield* permissionDenied(call.microgridId)
    }
    return key
  })

  const take = (kind: "calls" | "streams", key: AccessKey | undefined) =>
    Effect.suspend(() => {
      const most = kind === "calls" ? callsPerKeyMax : streamsPerKeyMax
      if (ring.take(kind, key?.id, most)) return Effect.void
      return Effect.andThen(Metric.update(Metrics.refusals.at("limit"), 1), exhausted(kind, most))
    })
  const give = (kind: "calls" | "streams", key: AccessKey | undefined) =>
    Effect.sync(() => ring.give(kind, key?.id))

  return {
    enter: (call, work) =>
      Effect.flatMap(admit(call), (key) =>
        Effect.acquireUseRelease(
          take("calls", key),
          () => work(callerOf(key)),
          () => give("calls", key)
        )
      ),
    open: (call) =>
      Effect.gen(function* () {
        const key = yield* admit(call)
        yield* Effect.acquireRelease(take("streams", key), () => give("streams", key))
        const revoked = Effect.andThen(ring.whenRevoked(key?.id), unauthenticated("the key was revoked"))
        return { caller: callerOf(key), revoked }
      }),
    isKeyed: Effect.sync(() => ring.isKeyed)
  }
}

const callerOf = (key: AccessKey | undefined): Caller =>
  key === undefined ? { name: "local" } : { name: key.name, id: key.id }

const allows = (key: AccessKey, { microgridId, right }: IncomingCall): boolean =>
  key.rights.includes(right) && (key.microgrids === "all" || key.microgrids.includes(microgridId))

const anonymous = "a valid key is needed"

const unauthenticated = (message: string): Effect.Effect<never, DispatchError> =>
  Effect.fail(DispatchError.unauthenticated(message))

const permissionDenied = (microgridId: MicrogridId): Effect.Effect<never, DispatchError> =>
  Effect.fail(DispatchError.permissionDenied(`the key does not allow this in microgrid ${microgridId}`))

const exhausted = (kind: "calls" | "streams", most: number): Effect.Effect<never, DispatchError> =>
  Effect.fail(DispatchError.resourceExhausted(`the key has ${most} ${kind} open, which is the most it may`))

const unavailable = ({ message }: StoreError): DispatchError => DispatchError.unavailable(message)
