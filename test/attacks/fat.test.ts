/** Dispatches that are as large as a caller may make them. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Caller, DispatchService } from "@effect-dispatch/server"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import {
  callsPerKeyMax,
  changesAtOnce,
  pruneAtOnce,
  writesAtOnce
} from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Layer } from "effect"
import { blockMax, isInFull, longestBlock, tell } from "./eventLoop.ts"
import { largeStore } from "./largeStore.ts"

const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)
const rows = isInFull ? 600 : 100

const listing = Effect.gen(function* () {
  const { list } = yield* DispatchService.DispatchService
  const ids = Array.from({ length: rows }, (_, index) => DispatchId.make(BigInt(index + 1)))
  const targets = [Target.componentIds(7n)]
  for (const filter of [{}, { ids }, { targets }, { ids, targets, active: true }])
    for (const order of ["ascending", "descending"] as const) {
      const sort = { field: "updateTime", order } as const
      assert.strictEqual((yield* list(one, { filter, sort, pageSize: 1_000 })).totalItems, rows)
    }
})

/** Writes many, each begun when it has arrived. */
const writing = Effect.gen(function* () {
  const { create, get } = yield* DispatchService.DispatchService
  const { payload, target } = (yield* get(one, DispatchId.make(1n))).dispatch
  const once = create(two, { type: "CHARGE", startTime: "NOW", duration: "1 minute", payload, target })
  const arrived = Effect.tap(Effect.forkScoped(once), () => Effect.yieldNow)
  yield* Fiber.joinAll(yield* Effect.replicateEffect(arrived, 100))
})

/** Reads changes, as a feed does that has missed some. */
const following = Effect.andThen(
  writing,
  Effect.gen(function* () {
    const store = yield* DispatchStore
    assert.lengthOf(yield* store.changesAfter(two, 0n, changesAtOnce), changesAtOnce)
  })
)

/** Removes changes as large as that. */
const forgetting = Effect.andThen(
  writing,
  Effect.gen(function* () {
    const { changesAfter, prune } = yield* DispatchStore
    const before = DateTime.add(yield* DateTime.now, { hours: 1 })
    assert.strictEqual(yield* prune("changes", { now: before, before }, pruneAtOnce), 100)
    assert.lengthOf(yield* changesAfter(two, 0n, 1), 0)
  })
)

const pruning = Effect.gen(function* () {
  const { prune } = yield* DispatchStore
  const before = DateTime.makeUnsafe("2027-03-01T12:00:00Z")
  let removed = 0
  for (let count = pruneAtOnce; count > 0; removed += count)
    count = yield* prune("dispatches", { now: before, before }, pruneAtOnce)
  assert.strictEqual(removed, rows)
})

const service = Layer.fresh(DispatchService.layer).pipe(Layer.provideMerge(largeStore(rows, { isFat: true })))

/** So many writes of one key at once, and one of another amid them; gives how many were done while that waited. */
const overtaken = (most: number) =>
  Effect.gen(function* () {
    const { create } = yield* DispatchService.DispatchService
    let done = 0
    const write = create(two, {
      type: "CHARGE",
      startTime: "NOW",
      duration: "1 minute",
      target: Target.componentIds(1n)
    })
    const greedy = Effect.provideService(
      Effect.tap(write, () => Effect.sync(() => done++)),
      Caller.Caller,
      { name: "greedy" }
    )
    const all = yield* Effect.forkScoped(Effect.replicateEffect(greedy, most, { concurrency: "unbounded" }), {
      startImmediately: true
    })
    yield* Effect.repeat(Effect.yieldNow, { until: () => done > 0 })
    const before = done
    yield* Effect.provideService(write, Caller.Caller, { name: "modest" })
    const meanwhile = done - before
    const ids = (yield* Fiber.join(all)).map(({ id }) => id)
    assert.strictEqual(done, most)
    // The first request is done first.
    assert.deepStrictEqual(
      ids,
      [...ids].toSorted((one, other) => Number(one - other))
    )
    return meanwhile
  })

describe("many writes of one key", () => {
  it.live("hold up the writes of another for no longer than two groups of them", () =>
    Effect.gen(function* () {
      assert.isAtMost(yield* overtaken(2 * callsPerKeyMax), 2 * writesAtOnce)
    }).pipe(Effect.scoped, Effect.provide(service))
  )
})

describe("dispatches as large as may be", () => {
  for (const [name, work] of Object.entries({ listing, writing, following, forgetting, pruning })) {
    it.live(
      `${name} holds up nobody`,
      () =>
        Effect.gen(function* () {
          const { millis, work: alone } = yield* longestBlock(work)
          yield* tell(`fat dispatches, ${name}: longest block`, millis)
          yield* tell(`fat dispatches, ${name}: of work alone`, alone)
          assert.isBelow(alone, blockMax)
        }).pipe(Effect.scoped, Effect.provide(service)),
      120_000
    )
  }
})
