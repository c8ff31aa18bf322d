import * as RunTally from "@effect-dispatch/core/RunTally"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"

const now = DateTime.makeUnsafe(0)
const ran = (lateMillis: number) =>
  RunTally.of({ fate: { _tag: "Ran", from: now, lateMillis, to: now, onMillis: 5 } })
/** Starts of a site at work, of one that hangs, and of all lengths. */
const latenesses = [
  [1],
  [1, 1, 2, 3, 5, 8, 13, 21],
  [86_400_000, 1, 999, 1_000, 1_001],
  Array.from({ length: 500 }, (_, index) => 1 + index ** 2)
]

const missed = (count: number) => RunTally.of({ fate: { _tag: "Missed", reason: "NotTold", count } })

describe("RunTally", () => {
  it("counts each run by its fate", () => {
    const all = [
      ran(3),
      missed(2),
      RunTally.of({ fate: { _tag: "Unknown", since: now, onMillis: 9 } }),
      RunTally.of({ fate: { _tag: "Running", from: now, lateMillis: 1, since: now, onMillis: 0 } }),
      RunTally.of({ fate: { _tag: "Planned" } })
    ].reduce(RunTally.plus)
    assert.deepStrictEqual(
      [all.ran, all.running, all.unknown, RunTally.missedOf(all), all.onMillis],
      [1, 1, 1, 2, 5]
    )
  })

  it("a sum without a part is the rest", () => {
    const both = RunTally.plus(ran(7), missed(1))
    assert.deepStrictEqual(RunTally.minus(both, missed(1)), ran(7))
    assert.deepStrictEqual(RunTally.minus(RunTally.minus(both, ran(7)), missed(1)), RunTally.nothing)
  })

  it("the lateness of a share is right to a fifth, and never told too small", () => {
    for (const late of latenesses) {
      const all = late.map(ran).reduce(RunTally.plus)
      const sorted = late.toSorted((one, other) => one - other)
      for (const share of [0.5, 0.99, 1]) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
        const told = RunTally.latenessOf(all, share) ?? 0
        assert.isAtLeast(told * 1.000_001, exact)
        assert.isAtMost(told, exact * 1.2)
      }
    }
    assert.isUndefined(RunTally.latenessOf(missed(1), 0.99))
  })
})
