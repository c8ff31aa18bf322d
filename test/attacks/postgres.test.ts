import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import { postgresConnectionsMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Duration, Effect, Exit, Fiber, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { isAvailable, isOwn, sharedPostgres } from "../integration/postgres.ts"
import { proxyTo } from "../integration/proxy.ts"
import { isInFull, tell } from "./eventLoop.ts"

const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)

type Store = DispatchStore["Service"]

const insert = (store: Store, microgridId: MicrogridId, meanwhile: () => void = () => {}) =>
  store.insert(microgridId, { at, by: "test" }, (id) => {
    meanwhile()
    return new Dispatch({
      id,
      type: "CHARGE",
      startTime: at,
      duration: Duration.infinity,
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {},
      createTime: at,
      updateTime: 0n
    })
  })

/** A store of an instance, for the life of the scope. */
const storeAt = (url: string) =>
  Effect.map(Layer.build(Layer.fresh(DispatchStorePostgres.layer({ url: Redacted.make(url) }))), (context) =>
    Context.get(context, DispatchStore)
  )

/** One that reaches the database through a proxy. */
const storeBehind = (url: string) =>
  Effect.gen(function* () {
    const through = new URL(url)
    const proxy = yield* proxyTo(Number(through.port))
    through.port = String(proxy.port)
    return { proxy, store: yield* storeAt(through.href) }
  })

/** What an effect takes on the clock of the machine, in milliseconds. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const began = performance.now()
    return Effect.map(effect, () => performance.now() - began)
  })

const network = TestClock.withLive(Effect.sleep("30 millis"))

/** Lets time pass in steps of a look at the connections. */
const pass = (seconds: number) =>
  Effect.gen(function* () {
    for (let passed = 0; passed < seconds; passed += 5) {
      yield* TestClock.adjust("5 seconds")
      // A connection takes its time on any clock.
      yield* TestClock.withLive(Effect.sleep("150 millis"))
    }
  })

describe.skipIf(!isAvailable || !isOwn)("a database that several instances share", () => {
  const server = sharedPostgres()
  const database = Effect.suspend(() => server.database)

  it.live("an instance that vanishes in the midst of a write stops the writes of no other microgrid", () =>
    Effect.gen(function* () {
      const url = yield* database
      const { proxy, store: frozen } = yield* storeBehind(url)
      const store = yield* storeAt(url)
      yield* insert(frozen, one)
      // It holds what its transaction has written, and never says another word.
      yield* Effect.forkScoped(insert(frozen, one, proxy.loseAll), { startImmediately: true })
      yield* Effect.sleep("200 millis")
      const other = yield* timed(insert(store, two))
      const same = yield* timed(insert(store, one))
      yield* tell("beside a frozen instance, a write to another microgrid", other)
      yield* tell("beside a frozen instance, a write to the same microgrid", same)
      assert.isBelow(other, 1_000)
      assert.isBelow(same, 4_000)
      // That it was held up at all.
      assert.isAbove(same, 1_000)
    }).pipe(Effect.scoped)
  )

  it.effect("an instance whose connections were lost hears at once again what others commit", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(at.epochMilliseconds)
      const url = yield* database
      const { proxy, store } = yield* storeBehind(url)
      const other = yield* storeAt(url)
      const heard: Array<bigint> = []
      yield* Effect.forkScoped(
        Stream.runForEach(store.wakeUps, (wakeUp) =>
          Effect.sync(() => wakeUp._tag === "Changed" && heard.push(wakeUp.number))
        ),
        { startImmediately: true }
      )
      const isHeard = Effect.gen(function* () {
        const { number } = yield* insert(other, one)
        for (let tries = 0; tries < 20 && !heard.includes(number); tries++) yield* network
        return heard.includes(number)
      })
      // It takes a moment until it listens.
      const listens = Effect.gen(function* () {
        for (let tries = 0; tries < 10; tries++) if (yield* isHeard) return true
        return false
      })
      assert.isTrue(yield* listens)
      yield* proxy.vanish
      yield* pass(20)
      yield* proxy.comeBack
      yield* pass(60)
      assert.isTrue(yield* isHeard)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "blips cost no connection: after each there are as many as may be",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(at.epochMilliseconds)
        const url = yield* database
        const { proxy, store } = yield* storeBehind(url)
        let isLoaded = true
        let written = 0
        const write = Effect.gen(function* () {
          while (isLoaded) {
            const exit = yield* Effect.exit(insert(store, one))
            if (Exit.isSuccess(exit)) written++
            else yield* network
          }
        })
        const load = yield* Effect.forkScoped(
          Effect.all(
            Array.from({ length: 16 }, () => write),
            { concurrency: "unbounded" }
          )
        )
        for (let blips = 0; blips < (isInFull ? 10 : 4); blips++) {
          const before = written
          for (let tries = 0; tries < 200 && written < before + 50; tries++) yield* network
          assert.isAtLeast(written, before + 50)
          yield* proxy.vanish
          yield* TestClock.withLive(Effect.sleep(isInFull ? "300 millis" : "100 millis"))
          yield* proxy.comeBack
          yield* pass(15)
        }
        yield* pass(60)
        const before = written
        for (let tries = 0; tries < 200 && written < before + 200; tries++) yield* network
        assert.isAtLeast(written, before + 200)
        assert.strictEqual(yield* proxy.live, postgresConnectionsMax)
        isLoaded = false
        yield* Fiber.join(load)
      }).pipe(Effect.scoped),
    120_000
  )
})
