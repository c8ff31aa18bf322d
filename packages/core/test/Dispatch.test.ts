import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { type DateTime, Duration } from "effect"
import { at, dispatch, t0 } from "./fixtures.ts"

const hourly = RecurrenceRule.make({ frequency: "HOURLY", interval: 1 })
const seconds = (instant: DateTime.Utc | undefined) =>
  instant === undefined ? undefined : (instant.epochMilliseconds - t0) / 1_000

const finite = dispatch()
const infinite = dispatch({ duration: Duration.infinity })
const command = dispatch({ duration: Duration.zero })
const recurring = dispatch({ recurrence: hourly, duration: Duration.minutes(10) })
const overlapping = dispatch({ recurrence: hourly, duration: Duration.minutes(90) })

describe("Dispatch", () => {
  const table: ReadonlyArray<
    readonly [
      name: string,
      dispatch: Dispatch,
      second: number,
      started: boolean,
      until: number | undefined,
      nextRun: number | undefined
    ]
  > = [
    ["a finite one, before", finite, -0.001, false, undefined, 0],
    ["a finite one, at its start", finite, 0, true, 60, 0],
    ["a finite one, at its last millisecond", finite, 59.999, true, 60, undefined],
    ["a finite one, at its end", finite, 60, false, undefined, undefined],
    ["an infinite one, before", infinite, -1, false, undefined, 0],
    ["an infinite one, years later", infinite, 1e8, true, undefined, undefined],
    ["a command, at its instant", command, 0, false, undefined, 0],
    ["a command, after", command, 0.001, false, undefined, undefined],
    ["a recurring one, in its tenth run", recurring, 36_300, true, 36_600, 39_600],
    ["a recurring one, between two runs", recurring, 36_600, false, undefined, 39_600],
    ["one whose runs overlap, in two of them", overlapping, 3_600, true, 9_000, 3_600],
    ["an inactive one", dispatch({ active: false }), 0, false, undefined, 0],
    ["a deleted one", finite.asDeleted(), 0, false, undefined, 0],
    [
      "an infinite one with a rule, which is not looked at",
      dispatch({ duration: Duration.infinity, recurrence: hourly }),
      5_000,
      true,
      undefined,
      undefined
    ],
    [
      "one whose rule never matches",
      dispatch({
        recurrence: RecurrenceRule.make({
          frequency: "YEARLY",
          interval: 1,
          byMonths: [2],
          byMonthDays: [30]
        })
      }),
      0,
      false,
      undefined,
      undefined
    ]
  ]
  for (const [name, subject, second, started, until, nextRun] of table) {
    it(`says whether it runs, until when, and when next: ${name}`, () => {
      const now = at(second)
      assert.strictEqual(subject.startedAt(now), started)
      assert.strictEqual(subject.runningState("CHARGE", now), started ? "Running" : "Stopped")
      assert.strictEqual(subject.runningState("OTHER", now), "DifferentType")
      assert.strictEqual(seconds(subject.until(now)), until)
      assert.strictEqual(seconds(subject.nextRun(now)), nextRun)
    })
  }

  const runs = (subject: Dispatch, from: number, to: number) =>
    [...subject.runs(at(from), at(to))].map(({ occurrence, until }) => [seconds(occurrence), seconds(until)])

  it("lists the runs that overlap a half-open window", () => {
    assert.deepStrictEqual(runs(finite, 59.999, 100), [[0, 60]])
    assert.deepStrictEqual(runs(finite, 60, 100), [])
    assert.deepStrictEqual(runs(finite, -100, 0), [])
    assert.deepStrictEqual(runs(infinite, 1e8, 1e8 + 1), [[0, undefined]])
    assert.deepStrictEqual(runs(infinite, -100, 0), [])
    assert.deepStrictEqual(runs(command, 0, 1), [[0, 0]])
    assert.deepStrictEqual(runs(command, 0.001, 1), [])
    assert.deepStrictEqual(runs(overlapping, 3_600, 7_201), [
      [0, 5_400],
      [3_600, 9_000],
      [7_200, 12_600]
    ])
  })

  it("lists missed runs from the first instant on, up to but not including the last", () => {
    const missed = [...recurring.missedRuns(at(3_600), at(10_800))].map(seconds)
    assert.deepStrictEqual(missed, [3_600, 7_200])
    const once = (from: number, to: number) => [...dispatch().missedRuns(at(from), at(to))].map(seconds)
    assert.deepStrictEqual([once(-1, 0), once(0, 1), once(1, 2)], [[], [0], []])
  })

  it("lists lazily, however long the window", () => {
    const [first] = recurring.runs(at(0), at(1e11))
    const [missed] = recurring.missedRuns(at(1e9), at(1e11))
    assert.strictEqual(seconds(first?.occurrence), 0)
    assert.strictEqual(seconds(missed), 1_000_000_800)
  })

  const same: ReadonlyArray<readonly [string, Dispatch, Dispatch, boolean]> = [
    [
      "targets are sets",
      dispatch({ target: Target.componentIds(1n, 2n) }),
      dispatch({ target: Target.componentIds(2n, 1n, 2n) }),
      true
    ],
    [
      "the order of keys does not matter",
      dispatch({ payload: { a: 1, b: 2 } }),
      dispatch({ payload: { b: 2, a: 1 } }),
      true
    ],
    [
      "the order of arrays does",
      dispatch({ payload: { a: [1, 2] } }),
      dispatch({ payload: { a: [2, 1] } }),
      false
    ],
    [
      "lists of rules are sets",
      dispatch({ recurrence: RecurrenceRule.make({ frequency: "DAILY", interval: 1, byHours: [1, 2] }) }),
      dispatch({ recurrence: RecurrenceRule.make({ frequency: "DAILY", interval: 1, byHours: [2, 1, 1] }) }),
      true
    ],
    [
      "no duration is not zero",
      dispatch({ duration: Duration.infinity }),
      dispatch({ duration: Duration.zero }),
      false
    ],
    ["a name is content", new Dispatch({ ...dispatch(), name: "peak" }), dispatch(), false],
    ["update times differ by a nanosecond", dispatch({ version: 1 }), dispatch({ version: 2 }), false]
  ]
  for (const [name, left, right, expected] of same) {
    it(`compares versions by meaning: ${name}`, () => {
      assert.strictEqual(left.sameContent(right), expected)
      assert.strictEqual(right.sameContent(left), expected)
    })
  }
})
