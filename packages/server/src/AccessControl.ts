/**
 * Access to the service: keys, rights, signatures and limits, checked before anything is looked up.
 *
 * @since 0.1.0
 */
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { Context, Effect, Layer, Metric } from "effect"
import { Mac } from "effect/crypto/Mac"
import { type AccessKey, AccessKeyStore } from "./AccessKeyStore.ts"
import type { Caller } from "./Caller.ts"
import type { IncomingCall } from "./IncomingCall.ts"
import type { StoreError } from "./DispatchStore.ts"
import * as Background from "./internal/background.ts"
import { identify, type ShownKey, type KnownKeys, spend } from "./internal/identification.ts"
import * as KeyLooks from "./internal/keyLooks.ts"
import { KeyRing } from "./internal/keyRing.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as NodeMac from "./internal/nodeMac.ts"
import { Rooms } from "./internal/rooms.ts"
import * as Metrics from "./Metrics.ts"
import { callsPerKeyMax, callsWaitingMax, streamsPerKeyMax } from "./ServiceLimits.ts"

/**
 * A call whose headers opened the gate.
 *
 * @category models
 * @since 0.1.0
 */
export interface Admission {
  /** The id of the key that was shown; `undefined` where none is needed. */
  readonly keyId: string | undefined
  /** The rights and bounds of that key; `undefined` where none is needed. */
  readonly key: (Pick<AccessKey, "rights" | "microgrids"> & { readonly name: string | undefined }) | undefined
  /** Waits for one of the places of the key; it is given back by what `whenOver` is called with. */
  readonly place: (
    kind: Place,
    whenOver: (release: () => void) => void
  ) => Effect.Effect<void, DispatchError.DispatchError>
  /**
   * Lets the call in, now that its message says which microgrid it is about. This spends its nonce, so it comes last:
   * what was refused before may be sent again as it is. A call that is about no microgrid gives none.
   */
  readonly enter: (microgridId: MicrogridId | undefined) => Effect.Effect<Caller, DispatchError.DispatchError>
  /** Acts when the key opens nothing any more; the returned function stops that. */
  readonly whenRevoked: (act: (error: DispatchError.DispatchError) => void) => () => void
}

/**
 * The places of a key: for calls that have one answer, which wait for each other, and for event streams.
 *
 * @category models
 * @since 0.1.0
 */
export type Place = "calls" | "streams"

/**
 * Lets calls in or refuses them.
 *
 * Refusals say nothing about dispatches: they are decided before one is looked up.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { AccessControl, type IncomingCall } from "@effect-dispatch/server"
 * import { Effect } from "effect"
 *
 * const call: IncomingCall.IncomingCall = {
 *   method: "GetMicrogridDispatch",
 *   metadata: () => undefined,
 *   remoteAddress: "127.0.0.1",
 *   right: "read"
 * }
 * const program = Effect.gen(function* () {
 *   const { gate } = yield* AccessControl.AccessControl
 *   const { enter } = yield* gate(call)
 *   assert.strictEqual((yield* enter(MicrogridId.make(1n))).name, "local")
 *   const stranger = gate({ ...call, remoteAddress: "192.0.2.7" })
 *   assert.strictEqual((yield* Effect.flip(stranger)).reason._tag, "Unauthenticated")
 * })
 * await Effect.runPromise(Effect.provide(program, AccessControl.layerLoopback))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class AccessControl extends Context.Service<
  AccessControl,
  {
    /** Looks at the headers of a call, before anything else of it is read: key, right, time and signature. */
    readonly gate: (call: IncomingCall) => Effect.Effect<Admission, DispatchError.DispatchError>
    /** True once there was a key; until then this machine is served without one, and no other. */
    readonly isKeyed: Effect.Effect<boolean>
  }
>()("@effect-dispatch/server/AccessControl") {}

/**
 * The number of event streams that one key may have open, `streamsPerKeyMax` unless something else is provided. A process
 * of a fleet takes one for each of its microgrids.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { AccessControl } from "@effect-dispatch/server"
 * import { Effect } from "effect"
 *
 * assert.strictEqual(Effect.runSync(AccessControl.StreamsPerKey), 4_096)
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const StreamsPerKey: Context.Reference<number> = Context.Reference<number>(
  "@effect-dispatch/server/StreamsPerKey",
  { defaultValue: () => streamsPerKeyMax }
)

/**
 * Serves this machine without keys, and no other.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerLoopback: Layer.Layer<AccessControl> = Layer.effect(
  AccessControl,
  Effect.map(StreamsPerKey, (streamsMax) =>
    make(
      {
        ring: new KeyRing(),
        looks: KeyLooks.none,
        useNonce: () => Effect.succeed(true),
        verify: () => Effect.succeed(false)
      },
      streamsMax
    )
  )
)

/**
 * Lets in by the keys in the store. They are read every `keyRefreshInterval`, and when an unknown key is shown, at most
 * once a second; while the store is away, the known ones go on to count.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<AccessControl, StoreError, AccessKeyStore> = Layer.effect(
  AccessControl,
  Effect.gen(function* () {
    const store = yield* AccessKeyStore
    const ring = new KeyRing()
    const tellFlaws = yield* flawsTold
    const looks = yield* KeyLooks.make(store.keys, (keys) =>
      Effect.andThen(ring.replace(keys), tellFlaws(keys))
    )
    const mac = yield* Mac
    const verify: KnownKeys["verify"] = (signer, request) =>
      Effect.provideService(RequestSignature.verify(signer, request), Mac, mac)
    return make({ ring, looks, useNonce: store.useNonce, verify }, yield* StreamsPerKey)
  })
).pipe(Layer.provide([MeasuredStore.layerKeys, NodeMac.layer]))

/** Tells of keys that cannot be read: in the log once, and in readiness until they are right or gone. */
const flawsTold = Effect.map(Background.trouble, (trouble) => {
  let told: string | undefined
  return (keys: ReadonlyArray<AccessKey>) =>
    Effect.suspend(() => {
      const flaws = keys.flatMap(({ flaw }) => (flaw === undefined ? [] : [flaw.message]))
      const line = flaws.length === 0 ? undefined : `A key opens nothing: ${flaws.join("; ")}`
      const isNew = line !== undefined && line !== told
      told = line
      return Effect.andThen(trouble(line), isNew ? Effect.logError(line) : Effect.void)
    })
})

const make = (keys: KnownKeys, streamsMax: number): AccessControl["Service"] => {
  const places = {
    calls: new Rooms({ units: callsPerKeyMax, waitingMax: callsWaitingMax }),
    streams: new Rooms({ units: streamsMax, waitingMax: 0 }),
    exhausted: (kind: Place) => exhausted(kind, streamsMax)
  }
  return {
    gate: (call) =>
      Effect.suspend(() =>
        Effect.mapEager(counted(admit(keys, call)), (shown) => admission(keys, places, shown))
      ),
    isKeyed: Effect.sync(() => keys.ring.isKeyed)
  }
}

/** The shown of a caller who has the right, in some microgrid at least. */
const admit = (keys: KnownKeys, call: IncomingCall): Effect.Effect<ShownKey, DispatchError.DispatchError> =>
  Effect.flatMapEager(identify(keys, call), (shown) =>
    shown.key === undefined || call.right === undefined || shown.key.rights.includes(call.right)
      ? Effect.succeed(shown)
      : Effect.fail(DispatchError.permissionDenied(`the key has no right to ${call.right}`))
  )

/** The rooms of all keys, and the refusal of one that finds none. */
interface Places extends Readonly<Record<Place, Rooms>> {
  readonly exhausted: (kind: Place) => DispatchError.DispatchError
}

const admission = (keys: KnownKeys, places: Places, shown: ShownKey): Admission => {
  const { key } = shown
  return {
    keyId: key?.id,
    key,
    place: (kind, whenOver) =>
      Effect.flatMap(places[kind].take(key?.id, 1, whenOver), (isTaken) =>
        isTaken ? Effect.void : counted(Effect.fail(places.exhausted(kind)))
      ),
    enter: (microgridId) =>
      Effect.suspend(() =>
        counted(
          allows(key, microgridId)
            ? Effect.mapEager(spend(keys, shown), () => callerOf(key))
            : Effect.fail(
                DispatchError.permissionDenied(`the key does not allow this in microgrid ${microgridId}`)
              )
        )
      ),
    whenRevoked: (act) =>
      keys.ring.whenRevoked(key?.id, () => act(DispatchError.unauthenticated("the key was revoked")))
  }
}

const refusals: { readonly [reason: string]: "unauthenticated" | "permission" | "limit" } = {
  Unauthenticated: "unauthenticated",
  PermissionDenied: "permission",
  ResourceExhausted: "limit"
}

/** Counts refusals by their reason. */
const counted = <A>(
  decision: Effect.Effect<A, DispatchError.DispatchError>
): Effect.Effect<A, DispatchError.DispatchError> =>
  Effect.catchEager(decision, (error) => {
    const kind = refusals[error.reason._tag]
    const refused = Effect.fail(error)
    return kind === undefined
      ? refused
      : Effect.andThen(Metric.update(Metrics.callersRefused.at(kind), 1), refused)
  })

const callerOf = (key: AccessKey | undefined): Caller =>
  key === undefined ? { name: "local" } : { name: key.name, id: key.id }

const allows = (key: AccessKey | undefined, microgridId: MicrogridId | undefined): boolean =>
  key === undefined ||
  microgridId === undefined ||
  key.microgrids === "all" ||
  key.microgrids.includes(microgridId)

const exhausted = (kind: Place, streamsMax: number): DispatchError.DispatchError =>
  DispatchError.resourceExhausted(
    kind === "calls"
      ? `${callsPerKeyMax} calls of the key are at work and ${callsWaitingMax} wait, which is the most there may be`
      : `the key has ${streamsMax} streams open, which is the most it may (--streams-per-key of the service): use another key as well`
  )
