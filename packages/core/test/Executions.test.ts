import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { Executions } from "../src/internal/timeline/executions.ts"
import { at, dispatch } from "./fixtures.ts"

const instant = (seconds: number) => at(seconds).epochMilliseconds
const once = (seconds: number) => dispatch({ startTime: at(seconds), duration: Duration.zero })

/** Executions of as many commands, 100 s apart, from a first second on. */
const executed = (count: number, from = 0) => {
  const executions = new Executions()
  for (let i = 0; i < count; i++) executions.add(instant(from + i * 100), once(from + i * 100))
  return executions
}

/** Both, the ranges of them, and the number of joins. */
const combined = (left: Executions, right: Executions) => {
  const losses = { joined: 0 }
  const both = left.with(right, losses)
  return { both, ranges: both.toRecord().ranges.length, ...losses }
}

describe("R9: executions in two records", () => {
  it("of which one repeats the other, count once", () => {
    const later = executed(40)
    later.add(instant(5_000), once(5_000))
    const { both, joined, ranges } = combined(executed(40), later)
    assert.deepStrictEqual([ranges, joined, both.toRecord().unremembered], [41, 0, undefined])
    assert.strictEqual(both.count(once(300), instant(0), instant(5_000)), 1)
    assert.deepStrictEqual(
      [0, 3_900, 5_000, 50].map((seconds) => both.has(instant(seconds))),
      [true, true, true, false]
    )
  })

  it("of one rule go on in one range where they overlap or follow each other, and only there", () => {
    const daily = dispatch({
      duration: Duration.zero,
      recurrence: new RecurrenceRule({ frequency: "DAILY", interval: 1 })
    })
    const days = (from: number, to: number) => {
      const executions = new Executions()
      for (let day = from; day <= to; day++) executions.add(instant(day * 86_400), daily)
      return executions
    }
    const rangesOf = (left: Executions, right: Executions) => combined(left, right).ranges
    assert.strictEqual(rangesOf(days(0, 3), days(2, 5)), 1)
    assert.strictEqual(rangesOf(days(0, 5), days(2, 3)), 1)
    assert.strictEqual(rangesOf(days(0, 3), days(4, 5)), 1)
    assert.strictEqual(rangesOf(days(0, 3), days(5, 6)), 2)
    assert.isTrue(combined(days(0, 5), days(2, 3)).both.has(instant(5 * 86_400)))
  })

  it("of more than 64 ranges are joined, and each join is counted", () => {
    assert.deepStrictEqual([combined(executed(40), executed(24, 50)).joined], [0])
    const { both, joined, ranges } = combined(executed(40), executed(26, 50))
    assert.deepStrictEqual([joined, ranges], [2, 64])
    assert.isTrue(both.isUnremembered(instant(25)))
  })

  it("of which each left 64 gaps leave as many, and each gap that is widened for that is counted", () => {
    const gaps = (both: Executions) => both.toRecord().unremembered?.length
    const [left, right] = [executed(128), executed(128, 20_000)]
    assert.deepStrictEqual([gaps(left), gaps(right)], [64, 64])
    const { both, joined } = combined(left, right)
    assert.strictEqual(gaps(both), 64)
    // 64 ranges and 64 gaps too many.
    assert.strictEqual(joined, 128)
  })

  it("forget what either of them had forgotten", () => {
    const forgetful = executed(65)
    for (const { both } of [combined(forgetful, new Executions()), combined(new Executions(), forgetful)]) {
      assert.isTrue(both.isUnremembered(instant(50)))
      assert.isFalse(both.isUnremembered(instant(150)))
    }
  })
})
