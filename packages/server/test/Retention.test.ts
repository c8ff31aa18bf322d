import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DispatchStore, type Retained, StoreError } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as Metrics from "@effect-dispatch/server/Metrics"
import * as Retention from "@effect-dispatch/server/Retention"
import { pruneAtOnce, pruneLarge, signatureWindow } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import * as Background from "../src/internal/background.ts"
import * as Clocks from "../src/internal/retentionTime.ts"
import { atNoon, create, noon, one, serviceOver } from "./services.ts"

const running = (policy: Partial<Retention.RetentionPolicy> = {}) =>
  Layer.fresh(Retention.layer(policy)).pipe(
    Layer.provideMerge(serviceOver(Layer.fresh(DispatchStoreMemory.layer)))
  )

const changes = Effect.flatMap(DispatchStore, (store) => store.changesAfter(one, 0n, 10_000))
const countOf = (what: Retained) =>
  Effect.map(Metric.value(Metrics.pruned.at(what)), ({ count }) => Number(count))

describe("Retention", () => {
  it("changes are kept for 24 hours, nonces for 10 minutes, audit records for 90 days, dispatches for 400", () => {
    const { audit, changes, dispatches, nonces } = Retention.defaultPolicy
    assert.deepStrictEqual(
      [
        Duration.toHours(changes),
        Duration.toMinutes(nonces),
        Duration.toDays(audit),
        Duration.toDays(dispatches)
      ],
      [24, 10, 90, 400]
    )
  })

  it.effect("each kind goes when its own time has come", () =>
    Effect.gen(function* () {
      yield* atNoon
      yield* Effect.gen(function* () {
        const store = yield* DispatchStore
        // Its last run is over after 70 minutes.
        const { id } = yield* create()
        const left = Effect.gen(function* () {
          const found = yield* store.get(one, id)
          return [(yield* changes).length, (yield* store.audit(one, 10)).length, found._tag]
        })
        yield* TestClock.adjust("2 hours")
        assert.deepStrictEqual(yield* left, [1, 1, "Some"])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* left, [0, 1, "Some"])
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* left, [0, 0, "Some"])
        yield* TestClock.adjust("129 minutes")
        assert.deepStrictEqual(yield* left, [0, 0, "Some"])
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* left, [0, 0, "None"])
      }).pipe(
        Effect.provide(
          running({ changes: Duration.hours(2), audit: Duration.hours(3), dispatches: Duration.hours(4) })
        )
      )
    })
  )

  it.effect("every length can be set, and what is removed is counted", () =>
    Effect.gen(function* () {
      yield* atNoon
      const before = yield* countOf("changes")
      yield* Effect.gen(function* () {
        for (let count = 0; count < pruneAtOnce + 5; count++) yield* create()
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* changes).length, pruneAtOnce + 5)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* changes).length, 0)
        yield* TestClock.adjust("2 days")
        const store = yield* DispatchStore
        assert.strictEqual((yield* store.audit(one, 1)).length, 1)
      }).pipe(Effect.provide(running({ changes: Duration.hours(1), audit: Duration.infinity })))
      assert.strictEqual((yield* countOf("changes")) - before, pruneAtOnce + 5)
    })
  )

  it.effect("a nonce is kept for as long as its signature counts, whatever is set", () =>
    Effect.gen(function* () {
      yield* atNoon
      yield* Effect.gen(function* () {
        const keys = yield* AccessKeyStore
        yield* keys.useNonce("key", "nonce", noon)
        yield* TestClock.adjust("10 minutes")
        assert.isFalse(yield* keys.useNonce("key", "nonce", noon))
        yield* TestClock.adjust("1 minute")
        assert.isTrue(yield* keys.useNonce("key", "nonce", noon))
      }).pipe(Effect.provide(running({ nonces: Duration.zero })))
    })
  )

  it("a clock that was of 1970 for a while, and is far ahead then, is followed no faster than another", () => {
    const start = noon.epochMilliseconds
    const nanos = (minutes: number) => BigInt(minutes) * 60_000_000_000n
    const meanwhile = Clocks.next(start, { time: start, atNanos: 0n }, { wall: 0, nanos: nanos(1) })
    assert.strictEqual(meanwhile, start)
    const ahead = { wall: start + 500 * 86_400_000, nanos: nanos(2) }
    const after = Clocks.next(meanwhile, { time: meanwhile, atNanos: nanos(1) }, ahead)
    assert.strictEqual(after, start + 600_000)
  })

  it("several instances move the time no faster than one, and one whose clock is right moves it back at once", () => {
    const minute = 60_000
    const ahead = 500 * 86_400_000
    const start = noon.epochMilliseconds
    let kept = start
    const instance = () => {
      let seen: Clocks.Seen | undefined
      return (at: number, wall: number) => {
        kept = Clocks.next(kept, seen, { wall, nanos: BigInt(at) * 1_000_000n })
        seen = { time: kept, atNanos: BigInt(at) * 1_000_000n }
      }
    }
    const [first, second] = [instance(), instance()]
    for (let count = 0; count < 60; count++) {
      first(count * minute, start + ahead)
      second(count * minute + 1, start + ahead)
    }
    const moved = (kept - start) / minute
    assert.isAtLeast(moved, 10 * 29)
    assert.isAtMost(moved, 10 * 60)
    second(61 * minute, start + 61 * minute)
    assert.strictEqual(kept, start + 61 * minute)
  })

  it.effect("says what it removes when it is much", () =>
    Effect.gen(function* () {
      yield* atNoon
      const logged: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
      let left = pruneLarge
      const store = Layer.effect(
        DispatchStore,
        Effect.map(DispatchStore, (inner) =>
          DispatchStore.of({
            ...inner,
            prune: (what, _, limit) =>
              Effect.sync(() => {
                const count = what === "audit" ? Math.min(left, limit) : 0
                left -= count
                return count
              })
          })
        )
      ).pipe(Layer.provide(Layer.fresh(DispatchStoreMemory.layer)))
      const service = Layer.fresh(Retention.layer()).pipe(Layer.provide(store), Layer.provide(logger))
      yield* Effect.provide(Effect.repeat(TestClock.adjust("1 second"), { times: 100 }), service)
      assert.deepStrictEqual(logged, [
        "Removed 10000 records (audit) kept for longer than 90d, more than usual"
      ])
    })
  )

  it.effect("health tells of work in the background that fails, until it does not", () =>
    Effect.gen(function* () {
      yield* atNoon
      let isBroken = true
      yield* Background.every(
        "Looking",
        Duration.seconds(10),
        Effect.suspend(() => (isBroken ? Effect.die(new Error("broken")) : Effect.void))
      )
      yield* Effect.gen(function* () {
        const { doubt } = yield* Retention.RetentionTime
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* doubt, "Looking fails: broken")
        isBroken = false
        yield* TestClock.adjust("1 minute")
        assert.isUndefined(yield* doubt)
      }).pipe(Effect.provide(running()))
    }).pipe(Effect.scoped)
  )

  it.effect("nonces go by age before they are counted, and are counted once for very many", () =>
    Effect.gen(function* () {
      yield* atNoon
      let left = 30_000
      const done: Array<string> = []
      const store = Layer.effect(
        DispatchStore,
        Effect.map(DispatchStore, (inner) =>
          DispatchStore.of({
            ...inner,
            prune: (what) =>
              Effect.sync(() => {
                if (what === "nonces") done.push("pruned")
                return 0
              }),
            trimNonces: (_, limit) =>
              Effect.sync(() => {
                const removed = Math.min(left, limit)
                left -= removed
                done.push("counted")
                return removed
              })
          })
        )
      ).pipe(Layer.provide(DispatchStoreMemory.layer))
      yield* Effect.gen(function* () {
        yield* Retention.RetentionTime
        yield* Effect.repeat(Effect.yieldNow, { until: () => left === 0 })
        assert.deepStrictEqual(done, ["pruned", "counted", "counted"])
      }).pipe(Effect.provide(Layer.fresh(Retention.layer()).pipe(Layer.provide(store))))
    })
  )

  it.effect(
    "after a long stop, too, nonces of the present are not taken for those of a clock that was ahead",
    () =>
      Effect.gen(function* () {
        yield* atNoon
        const bounds: Array<DateTime.Utc> = []
        const store = Layer.effect(
          DispatchStore,
          Effect.map(DispatchStore, (inner) =>
            DispatchStore.of({
              ...inner,
              moveRetentionTime: (decide) => Effect.sync(() => decide(DateTime.subtract(noon, { days: 30 }))),
              trimNonces: (_most, _limit, last) =>
                Effect.sync(() => {
                  bounds.push(last)
                  return 0
                })
            })
          )
        ).pipe(Layer.provide(DispatchStoreMemory.layer))
        yield* Effect.gen(function* () {
          yield* Retention.RetentionTime
          yield* Effect.repeat(Effect.yieldNow, { until: () => bounds.length > 0 })
          assert.strictEqual(
            Number(bounds[0]?.epochMilliseconds) - noon.epochMilliseconds,
            Duration.toMillis(signatureWindow)
          )
        }).pipe(Effect.provide(Layer.fresh(Retention.layer()).pipe(Layer.provide(store))))
      })
  )

  it.effect("records of one kind that cannot be removed keep no others, and are told of", () =>
    Effect.gen(function* () {
      yield* atNoon
      const done: Array<string> = []
      const store = Layer.effect(
        DispatchStore,
        Effect.map(DispatchStore, (inner) =>
          DispatchStore.of({
            ...inner,
            prune: (what) =>
              Effect.suspend(() => {
                done.push(what)
                return what === "changes"
                  ? Effect.fail(new StoreError({ message: "its index is damaged" }))
                  : Effect.succeed(0)
              }),
            trimNonces: () => Effect.sync(() => (done.push("bound"), 0))
          })
        )
      ).pipe(Layer.provide(DispatchStoreMemory.layer))
      yield* Effect.gen(function* () {
        const { doubt } = yield* Retention.RetentionTime
        yield* Effect.repeat(Effect.yieldNow, { times: 100 })
        assert.deepStrictEqual(done, ["changes", "nonces", "bound", "audit", "dispatches"])
        assert.strictEqual(yield* doubt, "Old records cannot be removed: its index is damaged")
      }).pipe(Effect.provide(Layer.fresh(Retention.layer()).pipe(Layer.provide(store))))
    })
  )

  it.effect("goes on after the store was away", () =>
    Effect.gen(function* () {
      yield* atNoon
      let isAway = true
      const pruned: Array<Retained> = []
      const store = Layer.effect(
        DispatchStore,
        Effect.map(DispatchStore, (inner) =>
          DispatchStore.of({
            ...inner,
            prune: (what) =>
              Effect.suspend(() => {
                if (isAway) return Effect.fail(new StoreError({ message: "the store is away" }))
                pruned.push(what)
                return Effect.succeed(0)
              })
          })
        )
      ).pipe(Layer.provide(DispatchStoreMemory.layer))
      yield* Effect.gen(function* () {
        const { doubt } = yield* Retention.RetentionTime
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(yield* doubt, "Old records cannot be removed: the store is away")
        isAway = false
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(pruned, ["changes", "nonces", "audit", "dispatches"])
        assert.isUndefined(yield* doubt)
      }).pipe(Effect.provide(Layer.fresh(Retention.layer()).pipe(Layer.provide(store))))
    })
  )
})
