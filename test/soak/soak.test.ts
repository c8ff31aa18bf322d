import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { soak } from "./soak.ts"

describe("service and site, killed by turns", () => {
  it.live(
    "J4, J20, J26: nothing is lost but the last second before a kill, nothing is there twice, and order is kept",
    () =>
      Effect.gen(function* () {
        const { created, faults, kills, known, reported } = yield* soak(Duration.seconds(8))
        assert.deepStrictEqual(faults, [])
        assert.isAtLeast(kills.site + kills.service, 1)
        assert.isAbove(created, 0)
        assert.isAbove(known, 0)
        assert.isAbove(reported, 0)
      }),
    120_000
  )
})
