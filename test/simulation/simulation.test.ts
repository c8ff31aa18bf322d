import { run, shrink } from "@effect-dispatch/testing/Simulation"
import { failureModes, statesAndCauses } from "@effect-dispatch/testing/SimulationReport"
import { make } from "@effect-dispatch/testing/SimulationPlan"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { regressions } from "./regressions.ts"

const seeds = 300

describe("a site under every trouble", () => {
  it.live(
    `is safe at every step and converges, whatever ${seeds} seeds draw`,
    () =>
      Effect.gen(function* () {
        const seen = new Set<string>()
        for (let seed = 1; seed <= seeds; seed++) {
          const report = yield* run(make(seed))
          if (report.violations.length > 0) {
            const { steps } = yield* shrink(make(seed))
            assert.deepStrictEqual([`seed ${seed}`, ...report.violations, ...steps], [])
          }
          if (report.missedRuns > 0) seen.add("missed runs")
          for (const mode of failureModes) if ((report.occurred[mode] ?? 0) > 0) seen.add(mode)
          for (const cause of statesAndCauses) if ((report.causes[cause] ?? 0) > 0) seen.add(cause)
        }
        // Failures and effects that never occurred were not tested.
        const expected = [...failureModes, ...statesAndCauses, "missed runs"]
        assert.deepStrictEqual([...seen].sort(), expected.sort())
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

  for (const [promise, plan] of Object.entries(regressions)) {
    it.live(promise, () => Effect.map(run(plan), ({ violations }) => assert.deepStrictEqual(violations, [])))
  }
})
