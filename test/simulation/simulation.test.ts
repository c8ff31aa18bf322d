import { run, shrink } from "@effect-dispatch/testing/Simulation"
import { failureModes } from "@effect-dispatch/testing/SimulationOutcome"
import { make } from "@effect-dispatch/testing/SimulationPlan"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const seeds = 300

/** Seeds that once failed. */
const regressions = [2, 21, 34, 240, 1_493, 2_631, 7_583, 8_475, 8_846]

describe("a site under every trouble", () => {
  it.live(
    `is safe at every step and converges, whatever ${seeds} seeds draw`,
    () =>
      Effect.gen(function* () {
        const occurred = new Set<string>()
        let missed = 0
        for (let seed = 1; seed <= seeds; seed++) {
          const outcome = yield* run(make(seed))
          if (outcome.violations.length > 0) {
            const { steps } = yield* shrink(make(seed))
            assert.deepStrictEqual([`seed ${seed}`, ...outcome.violations, ...steps], [])
          }
          missed += outcome.missedRuns
          for (const mode of failureModes) if ((outcome.occurred[mode] ?? 0) > 0) occurred.add(mode)
        }
        assert.deepStrictEqual([...occurred].sort(), [...failureModes].sort())
        assert.isAbove(missed, 0)
      }),
    { timeout: 300_000 }
  )

  it.live("goes the same way again with the same seed", () =>
    Effect.gen(function* () {
      for (const seed of [3, 17, 92]) {
        const first = yield* run(make(seed))
        const second = yield* run(make(seed))
        assert.isNotEmpty(first.trace)
        assert.deepStrictEqual(second.trace, first.trace)
      }
    })
  )

  for (const seed of regressions) {
    it.live(`holds for seed ${seed}, which once failed`, () =>
      Effect.map(run(make(seed)), ({ violations }) => assert.deepStrictEqual(violations, []))
    )
  }
})
