import { conditionsMax, lookupCost, scanRowsMin } from "@effect-dispatch/server/ListingLimits"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pace } from "../src/internal/sql/sqlPace.ts"

describe("the slices of a long read", () => {
  it.effect("have half as many rows after one that took long, and twice as many after a short one", () =>
    Effect.gen(function* () {
      const turns = { take: <A, E>(slice: Effect.Effect<A, E>) => slice, length: Duration.millis(5) }
      const pace = yield* Pace.make({}, turns, "InOrder")
      const slice = (millis: number) =>
        pace.take((rows) => Effect.as(TestClock.adjust(Duration.millis(millis)), rows))
      const first = yield* slice(20)
      assert.deepStrictEqual(yield* Effect.forEach([20, 4, 1, 1], slice), [
        first >> 1,
        first >> 2,
        first >> 2,
        (first >> 2) * 2
      ])
      for (let slices = 0; slices < 20; slices++) yield* slice(20)
      assert.strictEqual(yield* slice(20), scanRowsMin)
    })
  )

  it.effect("have few rows if each is looked up by its id, whose bytes may all have to be passed over", () =>
    Effect.gen(function* () {
      const turns = { take: <A, E>(slice: Effect.Effect<A, E>) => slice, length: Duration.millis(5) }
      const pace = yield* Pace.make({}, turns, "ById")
      let most = 0
      for (let slices = 0; slices < 20; slices++)
        most = Math.max(most, yield* pace.take((rows) => Effect.succeed(rows)))
      assert.isAtMost(most, conditionsMax / lookupCost)
    })
  )
})
