import { Fenced } from "@effect-dispatch/core/SitePersistence"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Fiber } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { GuardedStore } from "../../../src/internal/site/guardedStore.ts"
import { UnreliableStore } from "./unreliableStore.ts"

const errorWith = (cause: unknown) =>
  new KeyValueStore.KeyValueStoreError({ method: "set", key: "a", message: "no", cause })

describe("a guarded store", () => {
  it.effect("S10: is fenced by a refusal for good, also if it comes among other failures", () =>
    Effect.gen(function* () {
      const fails = [
        Cause.fail(errorWith(undefined)),
        Cause.die("a defect"),
        Cause.fail(errorWith(new Fenced({ message: "taken" })))
      ]
      for (const [count, tag] of [
        [2, "NotDone"],
        [3, "Fenced"]
      ] as const) {
        const failure = fails.slice(0, count).reduce((all, one) => Cause.combine(all, one))
        const store = { ...new UnreliableStore().store, set: () => Effect.failCause(failure) }
        const guarded = new GuardedStore(store, {
          recordTimeout: Duration.seconds(5),
          returnedLate: () => {}
        })
        assert.strictEqual((yield* Effect.flip(guarded.put("a", "text")))._tag, tag)
      }
    })
  )

  for (const operation of ["get", "keys", "set", "remove"] as const) {
    it.effect(`S10: is fenced by a refusal of ${operation}, and asked nothing more`, () =>
      Effect.gen(function* () {
        const unreliable = new UnreliableStore()
        unreliable.fateOf = (asked) =>
          asked === operation ? { cause: { _tag: "Fenced", message: "taken" } } : "Done"
        const options = { recordTimeout: Duration.seconds(5), returnedLate: () => {} }
        const guarded = new GuardedStore(unreliable.store, options)
        const asks = {
          get: Effect.asVoid(guarded.get("a")),
          keys: Effect.asVoid(guarded.keys),
          set: guarded.put("a", "text"),
          remove: guarded.put("a", undefined)
        }
        assert.strictEqual((yield* Effect.flip(asks[operation]))._tag, "Fenced")
        unreliable.fateOf = () => "Done"
        assert.strictEqual((yield* Effect.flip(guarded.fenced)).message, "taken")
        for (const ask of Object.values(asks)) assert.strictEqual((yield* Effect.flip(ask))._tag, "Fenced")
        assert.lengthOf(unreliable.asked, 1)
      })
    )
  }

  it.effect("S10: a read that was given up is asked for anew, and a refusal is heard then", () =>
    Effect.gen(function* () {
      const unreliable = new UnreliableStore()
      const options = { recordTimeout: Duration.seconds(5), returnedLate: () => {} }
      const guarded = new GuardedStore({ ...unreliable.store, get: () => Effect.never }, options)
      const read = yield* Effect.forkChild(Effect.flip(guarded.get("a")))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(read))._tag, "NotDone")
      unreliable.fateOf = () => ({ cause: new Fenced({ message: "taken" }) })
      assert.strictEqual((yield* Effect.flip(guarded.keys))._tag, "Fenced")
    })
  )

  it.effect("S10: a refusal that a read returns after it was given up is heard at once", () =>
    Effect.gen(function* () {
      const unreliable = new UnreliableStore()
      const options = { recordTimeout: Duration.seconds(5), returnedLate: () => {} }
      const answered = yield* Deferred.make<void>()
      const cause = new Fenced({ message: "taken" })
      const refusal = new KeyValueStore.KeyValueStoreError({ method: "get", message: "no", cause })
      const get = () => Effect.andThen(Deferred.await(answered), Effect.fail(refusal))
      const guarded = new GuardedStore({ ...unreliable.store, get }, options)
      const fenced = yield* Effect.forkChild(Effect.flip(guarded.fenced))
      const read = yield* Effect.forkChild(Effect.flip(guarded.get("a")))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(read))._tag, "NotDone")
      assert.isUndefined(fenced.pollUnsafe())
      yield* Deferred.succeed(answered, undefined)
      assert.strictEqual((yield* Fiber.join(fenced)).message, "taken")
    })
  )

  it.effect("S10: of a read that hangs one is under way, however often it is asked for anew", () =>
    Effect.gen(function* () {
      const unreliable = new UnreliableStore()
      const options = { recordTimeout: Duration.seconds(5), returnedLate: () => {} }
      let underWay = 0
      const get = () =>
        Effect.andThen(
          Effect.sync(() => void underWay++),
          Effect.ensuring(
            Effect.never,
            Effect.sync(() => void underWay--)
          )
        )
      const guarded = new GuardedStore({ ...unreliable.store, get }, options)
      for (const key of ["a", "b", "a", "a"]) {
        const read = yield* Effect.forkChild(Effect.flip(guarded.get(key)))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual((yield* Fiber.join(read))._tag, "NotDone")
      }
      assert.strictEqual(underWay, 2)
    })
  )

  it.effect(
    "S10: a key is not written again before the write that was given up has returned, others are",
    () =>
      Effect.gen(function* () {
        const unreliable = new UnreliableStore()
        const late: Array<string> = []
        const guarded = new GuardedStore(unreliable.store, {
          recordTimeout: Duration.seconds(5),
          returnedLate: (key) => void late.push(key)
        })
        unreliable.fateOf = (_, key) => (key === "a" ? "Hanging" : "Done")
        const first = yield* Effect.forkChild(Effect.result(guarded.put("a", "first")))
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(first)
        for (const text of ["second", undefined]) {
          assert.strictEqual((yield* Effect.flip(guarded.put("a", text)))._tag, "NotDone")
        }
        assert.isFalse(guarded.isFree("a"))
        assert.deepStrictEqual([unreliable.asked, unreliable.overlaps, late], [["set a"], [], []])
        unreliable.release()
        yield* TestClock.adjust(1)
        assert.deepStrictEqual([late, guarded.isFree("a")], [["a"], true])
        yield* guarded.put("a", "third")
        assert.strictEqual(unreliable.values.get("a"), "third")
      })
  )

  it.effect("S10: that hangs is awaited by the first caller alone, and again once a write has returned", () =>
    Effect.gen(function* () {
      const unreliable = new UnreliableStore()
      const late: Array<string> = []
      const guarded = new GuardedStore(unreliable.store, {
        recordTimeout: Duration.seconds(5),
        returnedLate: (key) => void late.push(key)
      })
      yield* guarded.put("before", "text")
      unreliable.fateOf = () => "Hanging"
      const first = yield* Effect.forkChild(Effect.result(guarded.put("first", "text")))
      yield* TestClock.adjust("5 seconds")
      assert.isDefined(first.pollUnsafe())
      assert.isTrue(guarded.isHanging)
      assert.strictEqual((yield* Effect.result(guarded.put("second", "text")))._tag, "Failure")
      assert.deepStrictEqual(late, [])
      unreliable.release()
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(late.sort(), ["first", "second"])
      assert.isFalse(guarded.isHanging)
      yield* guarded.put("after", "text")
      assert.deepStrictEqual(late.length, 2)
    })
  )

  it.effect("S10: that hangs is given up by all that wait for it when the first gives it up", () =>
    Effect.gen(function* () {
      const unreliable = new UnreliableStore()
      const options = { recordTimeout: Duration.seconds(5), returnedLate: () => {} }
      const guarded = new GuardedStore(unreliable.store, options)
      unreliable.fateOf = () => "Hanging"
      const first = yield* Effect.forkChild(Effect.result(guarded.put("first", "text")))
      yield* TestClock.adjust("4 seconds")
      const second = yield* Effect.forkChild(Effect.result(guarded.put("second", "text")))
      yield* TestClock.adjust(999)
      assert.deepStrictEqual([first.pollUnsafe(), second.pollUnsafe()], [undefined, undefined])
      yield* TestClock.adjust(1)
      assert.isDefined(first.pollUnsafe())
      assert.isDefined(second.pollUnsafe())
      unreliable.release()
      yield* TestClock.adjust(1)
      // It has answered, and is awaited as before.
      unreliable.fateOf = () => "Hanging"
      const third = yield* Effect.forkChild(Effect.result(guarded.put("third", "text")))
      yield* TestClock.adjust(4_999)
      assert.isUndefined(third.pollUnsafe())
      unreliable.release()
      yield* TestClock.adjust(1)
      assert.strictEqual(guarded.isHanging, false)
      assert.isDefined(third.pollUnsafe())
    })
  )

  it.effect(
    "S10: a caller that waits for all writes is told of each return once, while others still hang",
    () =>
      Effect.gen(function* () {
        const hanging = new Map(["a", "b"].map((key) => [key, Deferred.makeUnsafe<void>()]))
        const set = (key: string) => Deferred.await(hanging.get(key) ?? Deferred.makeUnsafe<void>())
        const guarded = new GuardedStore(
          { ...new UnreliableStore().store, set },
          { recordTimeout: Duration.seconds(5), returnedLate: () => {} }
        )
        for (const key of hanging.keys()) yield* Effect.forkChild(guarded.put(key, "text"))
        let returns = 0
        const all = yield* Effect.forkChild(
          Effect.whileLoop({
            while: () => !guarded.isIdle && returns < 100,
            body: () => guarded.nextReturn,
            step: () => void returns++
          })
        )
        for (const [index, deferred] of [...hanging.values()].entries()) {
          yield* TestClock.adjust(1)
          assert.strictEqual(returns, index)
          yield* Deferred.succeed(deferred, undefined)
        }
        yield* Fiber.join(all)
        assert.strictEqual(returns, 2)
      })
  )
})
