/** Dispatches that are as large as a caller may make them. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DispatchService } from "@effect-dispatch/server"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { changesAtOnce, pruneAtOnce } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { isInFull, longestBlock, tell } from "./eventLoop.ts"
import { largeStore } from "./largeStore.ts"

const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)
const rows = isInFull ? 600 : 100
const blockMax = isInFull ? 50 : 150

const listing = Effect.gen(function* () {
  const { list } = yield* DispatchService
  assert.strictEqual((yield* list(one, { pageSize: 1_000 })).totalItems, rows)
})

/** Writes many at once. */
const writing = Effect.gen(function* () {
  const { create, list } = yield* DispatchService
  const { dispatches } = yield* list(one, { pageSize: 1 })
  const { payload, target } = dispatches[0]!
  const once = create(two, { type: "CHARGE", startTime: "NOW", duration: "1 minute", payload, target })
  yield* Effect.replicateEffect(once, 100, { concurrency: "unbounded" })
})

/** Reads changes, as a feed does that has missed some. */
const following = Effect.andThen(
  writing,
  Effect.gen(function* () {
    const store = yield* DispatchStore
    assert.lengthOf(yield* store.changesAfter(two, 0n, changesAtOnce), 100)
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

describe("dispatches as large as may be", () => {
  for (const [name, work] of Object.entries({ listing, writing, following, pruning })) {
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
