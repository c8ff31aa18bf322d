import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import * as Dispatchers from "@effect-dispatch/core/Dispatcher"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Duration, Effect, Latch, Option } from "effect"
import { TestClock } from "effect/testing"
import { FleetStore } from "../../../src/FleetStore.ts"
import { elapsed } from "../../../src/internal/elapsed.ts"
import * as Bucket from "../../../src/internal/runner/bucket.ts"
import { FrontDesk } from "../../../src/internal/runner/frontDesk.ts"
import { Guard } from "../../../src/internal/runner/guard.ts"
import { unusedStore } from "./unusedStore.ts"
import { Holdings } from "../../../src/internal/runner/holdings.ts"

const address = "127.0.0.1:7070"

/** A bucket without microgrids, and the claims of it. */
const makeBucket = Effect.gen(function* () {
  let epoch = 0n
  const claims: Array<bigint> = []
  const store = FleetStore.of({
    ...unusedStore,
    name: "test",
    settings: { buckets: 1, lease: Duration.seconds(30), joinDebounce: Duration.zero },
    claim: (bucket, owner) =>
      Effect.sync(() => {
        claims.push(++epoch)
        return { bucket, owner, epoch, isSuspect: false }
      }),
    activate: (claim) => Effect.sync(() => (claim.epoch === epoch ? Option.some([]) : Option.none())),
    lost: () => Effect.succeed([]),
    pruneEdges: () => Effect.succeed(0)
  })
  const holdings = new Holdings()
  const changed = Latch.makeUnsafe(false)
  let confirmedAt = 0
  yield* Effect.forkScoped(
    Bucket.live(0, {
      address,
      changed,
      store,
      holdings,
      guard: new Guard(yield* Clock.Clock, holdings, store.lost),
      desk: new FrontDesk(store, address),
      services: Context.empty() as Context.Context<DispatchClient | DispatchScheduler>,
      confirmedAt: () => confirmedAt,
      sync: undefined,
      journals: undefined,
      makeDispatcher: Dispatchers.make,
      mayTellUnnoted: () => false,
      onEdgesLost: () => {},
      restartDelay: Duration.seconds(2),
      build: () => Effect.void
    })
  )
  yield* TestClock.adjust("1 second")
  /** Another process claims the bucket, and this one looks. */
  const claimedByAnother = Effect.suspend(() => {
    epoch += 1n
    changed.openUnsafe()
    return TestClock.adjust("1 second")
  })
  const confirm = Effect.map(elapsed, (now) => void (confirmedAt = now))
  return { claims, claimedByAnother, confirm }
})

describe("F1: the program of a bucket", () => {
  it.effect(
    "F1: a claim that came late takes the bucket from its owner no longer than until its lock is confirmed",
    () =>
      Effect.gen(function* () {
        const { claimedByAnother, claims, confirm } = yield* makeBucket
        assert.deepStrictEqual(claims, [1n])
        yield* confirm
        yield* TestClock.adjust("1 second")
        yield* claimedByAnother
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(claims, [1n], "the lock was confirmed before the claim of the other")
        yield* confirm
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(claims, [1n, 3n])
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(claims, [1n, 3n])
      }).pipe(Effect.scoped)
  )

  it.effect("F1: who has lost the bucket claims it no more before the lease is over", () =>
    Effect.gen(function* () {
      const { claimedByAnother, claims } = yield* makeBucket
      yield* claimedByAnother
      yield* TestClock.adjust("28 seconds")
      assert.deepStrictEqual(claims, [1n])
    }).pipe(Effect.scoped)
  )
})
