import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchClientError, Unavailable } from "@effect-dispatch/core/DispatchClientError"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { DispatchScheduler, MaxSleep } from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncSettings } from "@effect-dispatch/core/SyncSettings"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Deferred, Duration, Effect, Layer, Random, Stream } from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "../fixtures.ts"

const unavailable = new DispatchClientError({ reason: new Unavailable({ message: "gone" }) })

const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 50 }))

/** Chance always falls in the middle: waits are half of their step, intervals exactly their length. */
const middling = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }

/** An actor and all calls it makes, each with the seconds since its start, to a tenth. */
const start = Effect.fnUntraced(function* (
  options: { readonly sync?: Partial<SyncSettings>; readonly effective?: Effect.Effect<void> } = {}
) {
  yield* TestClock.setTime(t0)
  const calls: Array<string> = []
  const note = (what: string) =>
    Effect.map(
      Clock.currentTimeMillis,
      (now) => void calls.push(`${what} ${Math.round((now - t0) / 100) / 10}`)
    )
  const real = yield* DispatchClient
  const client = DispatchClient.of({
    ...real,
    list: (microgrid, asked) => Stream.unwrap(Effect.as(note("list"), real.list(microgrid, asked))),
    stream: (microgrid) =>
      Effect.gen(function* () {
        yield* note("open")
        const { effective, events } = yield* real.stream(microgrid)
        yield* Effect.addFinalizer(() => note("close"))
        return { effective: options.effective ?? effective, events }
      })
  })
  const actor = yield* DispatchingActor.make({ microgridId: MicrogridId.make(1n), sync: options.sync }).pipe(
    Effect.provideService(DispatchClient, client)
  )
  yield* actor.actor.start.pipe(Effect.provideService(Random.Random, middling))
  yield* settle
  return {
    actor,
    /** The calls since last asked. */
    takeCalls: () => calls.splice(0),
    moveTo: (seconds: number) =>
      Effect.flatMap(DateTime.now, (now) =>
        Effect.andThen(TestClock.adjust(t0 + seconds * 1_000 - now.epochMilliseconds), settle)
      )
  }
})

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer)
)

describe("synchroniser", () => {
  it.effect("S1: lists when the subscription is confirmed, not before, and once", () =>
    Effect.gen(function* () {
      const confirmed = yield* Deferred.make<void>()
      const { moveTo, takeCalls } = yield* start({ effective: Deferred.await(confirmed) })
      yield* moveTo(1)
      assert.deepStrictEqual(takeCalls(), ["open 0"])
      yield* Deferred.succeed(confirmed, undefined)
      yield* moveTo(100)
      assert.deepStrictEqual(takeCalls(), ["list 1"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S1: lists after two seconds without confirmation, and once more when it comes", () =>
    Effect.gen(function* () {
      const confirmed = yield* Deferred.make<void>()
      const { moveTo, takeCalls } = yield* start({ effective: Deferred.await(confirmed) })
      yield* moveTo(50)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 2"])
      yield* Deferred.succeed(confirmed, undefined)
      yield* moveTo(100)
      assert.deepStrictEqual(takeCalls(), ["list 50"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S9: what comes before the first listing does not complete the initialization", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const confirmed = yield* Deferred.make<void>()
      const { actor, moveTo } = yield* start({ effective: Deferred.await(confirmed) })
      yield* service.put("Created", dispatch())
      yield* settle
      assert.strictEqual((yield* actor.dispatches).length, 1)
      const initialized = yield* Effect.forkScoped(actor.initialized)
      yield* settle
      assert.isUndefined(initialized.pollUnsafe())
      yield* Deferred.succeed(confirmed, undefined)
      yield* moveTo(1)
      assert.isDefined(initialized.pollUnsafe())
    }).pipe(Effect.provide(layer))
  )

  it.effect("S2: a listing that fails makes the mirror stale, until one is whole", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      const { actor, moveTo } = yield* start()
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
      yield* service.failWith(unavailable)
      yield* moveTo(300)
      const stale = yield* actor.status
      assert.isTrue(stale._tag === "Stale" && /gone/.test(stale.cause), JSON.stringify(stale))
      yield* service.failWith(undefined)
      yield* moveTo(301)
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: waits longer after each failure, and is quick again after two healthy minutes", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.failWith(unavailable)
      const { moveTo, takeCalls } = yield* start()
      yield* moveTo(60)
      // Half of 1 s, 1.6 s, 2.56 s and so on.
      assert.deepStrictEqual(
        takeCalls().filter((call) => call.startsWith("open")),
        [0, 0.5, 1.3, 2.6, 4.6, 7.9, 13.1, 21.5, 35, 56.4].map((at) => `open ${at}`)
      )
      yield* service.failWith(undefined)
      yield* moveTo(90)
      assert.deepStrictEqual(takeCalls(), ["open 86.4", "list 86.4"])
      yield* moveTo(206)
      yield* service.endStreams()
      yield* moveTo(240)
      assert.deepStrictEqual(takeCalls(), ["close 206", "open 236", "list 236"])
      yield* moveTo(356)
      yield* service.endStreams()
      yield* moveTo(360)
      assert.deepStrictEqual(takeCalls(), ["close 356", "open 356.5", "list 356.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: lists every five minutes, and renews the stream every thirty before the old one ends", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start()
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0"])
      yield* moveTo(1_700)
      assert.deepStrictEqual(
        takeCalls(),
        [300, 600, 900, 1_200, 1_500].map((at) => `list ${at}`)
      )
      yield* moveTo(1_799)
      yield* moveTo(1_801)
      assert.deepStrictEqual(takeCalls().slice(0, 3).sort(), ["close 1800", "list 1800", "open 1800"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: the old stream stays while the new one is not confirmed", () =>
    Effect.gen(function* () {
      let confirmed: Effect.Effect<void> = Effect.void
      const { moveTo, takeCalls } = yield* start({
        effective: Effect.suspend(() => confirmed),
        sync: { resyncInterval: Duration.infinity }
      })
      takeCalls()
      confirmed = Effect.sleep("1 second")
      yield* moveTo(1_900)
      assert.deepStrictEqual(takeCalls(), ["open 1800", "list 1801", "close 1801"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: neither happens where it is never to", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        sync: { resyncInterval: Duration.infinity, streamAgeMax: Duration.infinity }
      })
      yield* moveTo(1e6)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0"])
    }).pipe(Effect.provide(layer))
  )
})
