import * as FleetSimulation from "@effect-dispatch/testing/FleetSimulation"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

/** The seeds that are always played; `pnpm simulate:fleet` plays others. */
const seeds = 100
const perTest = 10

describe("F1, F2, F5, F7: a fleet in simulation", () => {
  for (let from = 1; from <= seeds; from += perTest) {
    it.effect(
      `seeds ${from} to ${from + perTest - 1}`,
      () =>
        Effect.gen(function* () {
          for (let seed = from; seed < from + perTest; seed++) {
            const { violations } = yield* FleetSimulation.run(FleetSimulation.make(seed))
            assert.deepStrictEqual(violations, [], `seed ${seed}`)
          }
        }),
      120_000
    )
  }

  it.effect(
    "F5: a run that goes on over the death of its owner is taken over, and one that is deleted is stopped",
    () =>
      Effect.gen(function* () {
        const report = yield* FleetSimulation.run({
          seed: 1,
          processes: 2,
          microgrids: 1,
          buckets: 1,
          lease: 30_000,
          steps: [
            { _tag: "Create", startsIn: 1_000, seconds: 3_600 },
            { _tag: "Create", startsIn: 1_000, seconds: 3_600 },
            { _tag: "Advance", millis: 4_000 },
            { _tag: "Kill", pick: 0 },
            { _tag: "Delete", pick: 0 }
          ]
        })
        assert.deepStrictEqual(report.violations, [])
        assert.deepStrictEqual([report.stops, report.takenOver > 0], [1, true])
      })
  )

  it.effect("F7: a process that stood still, came back and died at once is replaced as well", () =>
    Effect.gen(function* () {
      const { violations } = yield* FleetSimulation.run({
        seed: 1,
        processes: 2,
        microgrids: 2,
        buckets: 2,
        lease: 30_000,
        steps: [
          { _tag: "Pause", pick: 0, millis: 6_000, startsIn: 1_000 },
          // Less than a look of the other takes.
          { _tag: "Advance", millis: 250 },
          { _tag: "Kill", pick: 0 }
        ]
      })
      assert.deepStrictEqual(violations, [])
    })
  )

  it.effect(
    "F7: a process that the database has forgotten is on its list again, and is replaced when it dies",
    () =>
      Effect.gen(function* () {
        const { violations } = yield* FleetSimulation.run({
          seed: 1,
          processes: 1,
          microgrids: 2,
          buckets: 2,
          lease: 30_000,
          steps: [
            { _tag: "Backup" },
            { _tag: "Join" },
            { _tag: "Advance", millis: 8_000 },
            // The commit by which the second one has joined.
            { _tag: "LoseCommits" },
            { _tag: "Advance", millis: 8_000 },
            { _tag: "Kill", pick: 0.9 }
          ]
        })
        assert.deepStrictEqual(violations, [])
      })
  )

  it.effect("F2: a lock that came too late for its process keeps no other from its microgrids", () =>
    Effect.gen(function* () {
      const { violations } = yield* FleetSimulation.run({
        seed: 499,
        processes: 3,
        microgrids: 1,
        buckets: 3,
        lease: 30_000,
        steps: [
          { _tag: "TakeLocks", pick: 0.4 },
          { _tag: "Advance", millis: 1_000 },
          { _tag: "Advance", millis: 500 },
          { _tag: "Cut", pick: 0.67, millis: 12_000, startsIn: 2_000 },
          { _tag: "Create", startsIn: 0, seconds: 1 },
          { _tag: "Delete", pick: 0.6 },
          { _tag: "Create", startsIn: 8_000, seconds: 0 },
          { _tag: "Advance", millis: 2_000 },
          { _tag: "Create", startsIn: 2_000, seconds: 3_600 },
          { _tag: "Advance", millis: 1_000 },
          { _tag: "Create", startsIn: 4_000, seconds: 3 },
          { _tag: "Delete", pick: 0.98 },
          { _tag: "Create", startsIn: 4_000, seconds: 3_600 },
          { _tag: "Pause", pick: 0.14, millis: 3_000, startsIn: 5_000 },
          { _tag: "Freeze", millis: 6_000, startsIn: 5_000 }
        ]
      })
      assert.deepStrictEqual(violations, [])
    })
  )

  it.effect("F5: a reader that learns of a run from the journal is told of its end as well", () =>
    Effect.gen(function* () {
      // Chance decides in which order the database takes what waits in it.
      for (const seed of [1, 11, 14, 15]) {
        const { violations } = yield* FleetSimulation.run({
          seed,
          processes: 2,
          microgrids: 1,
          buckets: 1,
          lease: 6_000,
          // The run is noted and not told, because all actors end meanwhile.
          steps: [
            { _tag: "Create", startsIn: 8_000, seconds: 1 },
            { _tag: "Freeze", millis: 4_000, startsIn: 5_000 },
            { _tag: "Advance", millis: 4_000 },
            { _tag: "Freeze", millis: 4_000, startsIn: 8_000 }
          ]
        })
        assert.deepStrictEqual(violations, [], `seed ${seed}`)
      }
    })
  )
})
