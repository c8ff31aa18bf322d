/**
 * Access to the service: keys, rights, signatures and limits, checked before anything is looked up.
 *
 * @since 0.1.0
 */
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Context, Effect, Layer, Metric, Schedule, type Scope } from "effect"
import { type AccessKey, AccessKeyStore } from "./AccessKeyStore.ts"
import type { Caller } from "./Caller.ts"
import type { IncomingCall } from "./IncomingCall.ts"
import type { StoreError } from "./DispatchStore.ts"
import { identify, type KnownKeys } from "./internal/identification.ts"
import { KeyRing } from "./internal/keyRing.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import * as Metrics from "./Metrics.ts"
import { callsPerKeyMax, keyRefreshInterval, streamsPerKeyMax } from "./ServiceLimits.ts"

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
 *   right: "read",
 *   microgridId: MicrogridId.make(1n)
 * }
 * const program = Effect.gen(function* () {
 *   const { enter } = yield* AccessControl.AccessControl
 *   assert.strictEqual(yield* enter(call, ({ name }) => Effect.succeed(name)), "local")
 *   const stranger = enter({ ...call, remoteAddress: "192.0.2.7" }, () => Effect.void)
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
    /** Lets a unary call in while it is at work. */
    readonly enter: <A, E, R>(
      call: IncomingCall,
      work: (caller: Caller) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | DispatchError.DispatchError, R>
    /** Lets a stream in for the life of the scope; `revoked` fails when its key opens nothing any more. */
    readonly open: (
      call: IncomingCall
    ) => Effect.Effect<
      { readonly caller: Caller; readonly revoked: Effect.Effect<never, DispatchError.DispatchError> },
      DispatchError.DispatchError,
      Scope.Scope
    >
    /** True once there was a key; until then this machine is served without one, and no other. */
    readonly isKeyed: Effect.Effect<boolean>
  }
>()("@effect-dispatch/server/AccessControl") {}

/**
 * Serves this machine without keys, and no other.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerLoopback: Layer.Layer<AccessControl> = Layer.effect(
  AccessControl,
  Effect.sync(() => make({ ring: new KeyRing(), read: Effect.void, useNonce: () => Effect.succeed(true) }))
)

/**
 * Lets in by the keys in the store. They are read every `keyRefreshInterval`, and whenever an unknown key is shown;
 * while the store is away, the known ones go on to count.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<AccessControl, StoreError, AccessKeyStore> = Layer.effect(
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
    return make({ ring, read, useNonce: store.useNonce })
  })
).pipe(Layer.provide(MeasuredStore.layerKeys))

const make = (keys: KnownKeys): AccessControl["Service"] => ({
  enter: (call, work) =>
    Effect.flatMap(admit(keys, call), (key) =>
      Effect.acquireUseRelease(
        take(keys, "calls", key),
        () => work(callerOf(key)),
        () => give(keys, "calls", key)
      )
    ),
  open: (call) =>
    Effect.gen(function* () {
      const key = yield* admit(keys, call)
      yield* Effect.acquireRelease(take(keys, "streams", key), () => give(keys, "streams", key))
      const whenRevoked = keys.ring.whenRevoked(key?.id)
      return {
        caller: callerOf(key),
        revoked: Effect.andThen(
          whenRevoked,
          Effect.fail(DispatchError.unauthenticated("the key was revoked"))
        )
      }
    }),
  isKeyed: Effect.sync(() => keys.ring.isKeyed)
})

/** The key that opens the call; `undefined` if none is needed. */
const admit = Effect.fnUntraced(function* (keys: KnownKeys, call: IncomingCall) {
  const key = yield* Effect.tapError(identify(keys, call), ({ reason }) =>
    reason._tag === "Unauthenticated" ? Metric.update(Metrics.refusals.at("unauthenticated"), 1) : Effect.void
  )
  if (key !== undefined && !allows(key, call)) {
    yield* Metric.update(Metrics.refusals.at("permission"), 1)
    return yield* DispatchError.permissionDenied(
      `the key does not allow this in microgrid ${call.microgridId}`
    )
  }
  return key
})

type Place = "calls" | "streams"

const take = ({ ring }: KnownKeys, kind: Place, key: AccessKey | undefined) =>
  Effect.suspend(() => {
    const most = kind === "calls" ? callsPerKeyMax : streamsPerKeyMax
    if (ring.take(kind, key?.id, most)) return Effect.void
    return Effect.andThen(
      Metric.update(Metrics.refusals.at("limit"), 1),
      DispatchError.resourceExhausted(`the key has ${most} ${kind} open, which is the most it may`)
    )
  })

const give = ({ ring }: KnownKeys, kind: Place, key: AccessKey | undefined) =>
  Effect.sync(() => ring.give(kind, key?.id))

const callerOf = (key: AccessKey | undefined): Caller =>
  key === undefined ? { name: "local" } : { name: key.name, id: key.id }

const allows = (key: AccessKey, { microgridId, right }: IncomingCall): boolean =>
  key.rights.includes(right) && (key.microgrids === "all" || key.microgrids.includes(microgridId))
