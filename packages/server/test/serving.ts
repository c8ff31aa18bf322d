/** The service on loopback over a store that does what a test wants, under the test clock. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import { DispatchStore, StoreError } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Logger, Redacted, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { after, atNoon } from "./services.ts"
import type { Dispatches } from "./wire.ts"

/** The state of the store, as a test wants it. */
export class Weather {
  isAway = false
  /** The messages and causes of the log. */
  readonly logged: Array<string> = []
  /** Calls of `get` die. */
  isBroken = false
  /** Looks at its health wait for ever. */
  isSilent = false
  /** Calls of `get` wait for ever. */
  isStuck = false
  /** The number of those that do. */
  stuck = 0
  /** Nonces are never written, as while another program has the lock. */
  isLocked = false
  /** The number that wait for that. */
  locked = 0
}

export const storeIn = (weather: Weather) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const inner = yield* DispatchStore
      const keys = yield* AccessKeyStore
      const away = Effect.fail(new StoreError({ message: "the store is away" }))
      const store = DispatchStore.of({
        ...inner,
        get: (...args) =>
          Effect.suspend(() => {
            if (weather.isBroken) return Effect.die(new Error("the store is broken"))
            if (!weather.isStuck) return weather.isAway ? away : inner.get(...args)
            weather.stuck += 1
            return Effect.onInterrupt(Effect.never, () => Effect.sync(() => weather.stuck--))
          }),
        check: Effect.suspend(() => (weather.isSilent ? Effect.never : weather.isAway ? away : inner.check))
      })
      const locked: AccessKeyStore["Service"] = {
        ...keys,
        useNonce: (...args) =>
          Effect.suspend(() => {
            if (!weather.isLocked) return keys.useNonce(...args)
            weather.locked += 1
            return Effect.never
          })
      }
      return Context.make(DispatchStore, store).pipe(Context.add(AccessKeyStore, locked))
    })
  ).pipe(Layer.provide(Layer.fresh(DispatchStoreMemory.layer)))

export const test = <E>(
  promise: string,
  body: (
    weather: Weather
  ) => Effect.Effect<
    void,
    E,
    | GrpcServer.GrpcServer
    | DispatchService.DispatchService
    | DispatchStore
    | AccessKeyStore
    | AccessControl.AccessControl
    | Scope.Scope
  >
) =>
  it.effect(
    promise,
    () =>
      Effect.gen(function* () {
        yield* atNoon
        const weather = new Weather()
        const layers = Layer.fresh(GrpcServer.layerAccess({ port: 0 })).pipe(
          Layer.provideMerge(Layer.fresh(AccessControl.layer)),
          Layer.provideMerge(Layer.fresh(DispatchService.layer)),
          Layer.provideMerge(storeIn(weather)),
          Layer.provideMerge(
            Logger.layer([Logger.make(({ message }) => void weather.logged.push(String(message)))])
          )
        )
        // Clients end first: a server waits for the calls that are under way.
        yield* Effect.provide(Effect.scoped(body(weather)), layers)
      }),
    20_000
  )

const target = { components: { case: "componentIds" as const, value: { ids: [1n] } } }
export const data = {
  type: "CHARGE",
  startTime: timestampFromMs(after(60).epochMilliseconds),
  target,
  isActive: true
}

/** Every method of the service, about a dispatch of the first microgrid. */
export const methods = (
  calls: Dispatches,
  dispatchId: bigint,
  headers: Record<string, string>,
  microgridId = 1n,
  onStream: () => void = () => {}
) => {
  const options = { headers }
  const first = async () => {
    for await (const _ of calls.streamMicrogridDispatches(
      { microgridId },
      { ...options, onHeader: onStream }
    ))
      break
  }
  return {
    list: () => calls.listMicrogridDispatches({ microgridId }, options),
    get: () => calls.getMicrogridDispatch({ microgridId, dispatchId }, options),
    create: () => calls.createMicrogridDispatch({ microgridId, dispatchData: data }, options),
    update: () =>
      calls.updateMicrogridDispatch(
        { microgridId, dispatchId, updateMask: { paths: ["is_active"] }, update: { isActive: false } },
        options
      ),
    delete: () => calls.deleteMicrogridDispatch({ microgridId, dispatchId }, options),
    stream: first
  }
}

export const makeKey = (options: Partial<AccessKeys.AccessKeyOptions>) =>
  Effect.gen(function* () {
    const fresh = yield* AccessKeys.make({
      name: "plant",
      microgrids: "all",
      rights: ["read", "write"],
      signed: false,
      ...options
    })
    yield* (yield* AccessKeyStore).addKey(fresh.kept)
    yield* TestClock.adjust("15 seconds")
    return { id: fresh.kept.id, fresh, headers: { key: Redacted.value(fresh.key) } }
  })

/** Lets what a gate waits for come: the next look at the keys is a second away at most. */
export const inASecond = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* network
    if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

/** Lets the network do what it has begun: the test clock stands still meanwhile. */
export const network = TestClock.withLive(Effect.sleep("100 millis"))

/** Waits in real time, at most ten seconds, until something is so: the test clock stands still meanwhile. */
export const until = (isSo: () => boolean) =>
  TestClock.withLive(Effect.sleep("2 millis")).pipe(
    Effect.repeat({ until: isSo, times: 5_000 }),
    Effect.andThen(Effect.sync(() => assert.isTrue(isSo(), "it never came to be")))
  )
