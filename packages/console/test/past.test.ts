import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { Run } from "@effect-dispatch/core/Run"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { missedOf, toldOf } from "../src/state/toldRuns.ts"
import { Zone } from "../src/time/zone.ts"
import { cellsOf, isDense, type Part, partsOf } from "../src/timeline/pastParts.ts"
import type { ToldRun } from "../src/worker/protocol.ts"
import * as Story from "../src/words/story.ts"

const start = Date.parse("2027-01-01T00:00:00Z")
const minute = 60_000
const hour = 60 * minute
const at = (millis: number) => DateTime.makeUnsafe(start + millis)

/** A run of an hour that was planned at a number of hours, as a reporter tells it. */
const told = (hours: number, fate: Run["fate"], more: Partial<Run> = {}, reporter = "plant-7"): ToldRun => ({
  reporter: { id: "0".repeat(32), name: reporter },
  arrivedAt: at(100 * hour),
  contradicted: false,
  run: {
    dispatch: { id: DispatchId.make(1n), type: "CHARGE", dryRun: false, updateTime: 1n },
    occurrence: at(hours * hour),
    until: at((hours + 1) * hour),
    fate,
    failures: [],
    failuresTotal: 0,
    ...more
  }
})

const ran = (from: number, to: number): Run["fate"] => ({
  _tag: "Ran",
  from: at(from),
  lateMillis: 1_500,
  to: at(to),
  onMillis: to - from
})
const missed: Run["fate"] = { _tag: "Missed", reason: "LateWakeUp", count: 1 }

const shown = (parts: ReadonlyArray<Part>) =>
  parts.map(({ begin, end, kind }) => [kind, (begin - start) / minute, (end - start) / minute])

describe("the past", () => {
  it("W10: is what was planned, and over it what ran, is on, was missed, or is unknown", () => {
    const parts = partsOf(
      [
        told(0, ran(2 * minute, 30 * minute)),
        told(2, missed),
        told(4, { _tag: "Unknown", from: at(4 * hour), since: at(4 * hour + 10 * minute), onMillis: 0 }),
        told(6, { _tag: "Unknown", since: at(5 * hour), onMillis: 0 }),
        told(8, { _tag: "Running", from: at(8 * hour), lateMillis: 0, since: at(8 * hour), onMillis: 0 })
      ],
      start + 8 * hour + 5 * minute
    )
    assert.deepStrictEqual(shown(parts), [
      ["planned", 0, 60],
      ["ran", 2, 30],
      ["missed", 120, 180],
      ["ran", 240, 250],
      ["unknown", 250, 300],
      ["unknown", 360, 420],
      ["planned", 480, 485],
      ["running", 480, 485]
    ])
  })

  it("W10: tells nothing of what is to come", () => {
    assert.deepStrictEqual(shown(partsOf([told(2, { _tag: "Planned" })], start + hour)), [])
  })

  it("W10: shows runs that were missed in a row up to the end of the last one", () => {
    const row = told(0, { _tag: "Missed", reason: "LateWakeUp", count: 3, last: at(2 * hour) })
    assert.deepStrictEqual(shown(partsOf([row], start)), [["missed", 0, 180]])
  })

  it("W10: is in shares where runs are too near, each minute counted once however many tell it", () => {
    const runs = Array.from({ length: 12 }, (_, index) =>
      told(index / 4, ran(index * 15 * minute, index * 15 * minute + 5 * minute))
    )
    const parts = partsOf([...runs, ...runs], start + 10 * hour)
    assert.isTrue(isDense(parts, 20 * minute))
    assert.isFalse(isDense(parts, minute))
    const cells = cellsOf(parts, hour)
    assert.deepStrictEqual(
      cells.map(({ begin, share }) => [(begin - start) / hour, Math.round(share * 300)]),
      [
        [0, 100],
        [1, 100],
        [2, 100]
      ]
    )
    const [, second] = cellsOf([...parts, ...partsOf([told(1.5, missed)], start)], hour)
    assert.isTrue(second?.isMissed)
    const row = partsOf(
      [told(0, { _tag: "Missed", reason: "LateWakeUp", count: 9, last: at(2 * hour) })],
      start
    )
    const crossed = cellsOf([...parts, ...row], hour)
      .filter(({ isMissed }) => isMissed)
      .map(({ begin }) => (begin - start) / hour)
    assert.deepStrictEqual(crossed, [0, 1, 2])
  })

  it("W10: is known as far back as all of it was read, and no further", () => {
    const one = DispatchId.make(1n)
    const two = DispatchId.make(2n)
    const latest = [told(5, missed), told(3, missed)]
    const query = { ids: [one, two], from: start }
    const since = (isAll: boolean) => toldOf(query, { isAll, runs: latest }).get(2n)?.since
    assert.strictEqual(since(true), start)
    assert.strictEqual(since(false), start + 3 * hour)
    // One that is told with others may have begun before.
    const reaching = told(-9, { _tag: "Missed", reason: "LateWakeUp", count: 9, last: at(2 * hour) })
    assert.strictEqual(toldOf(query, { isAll: false, runs: [...latest, reaching] }).get(2n)?.since, start)
    const runs = toldOf(query, { isAll: true, runs: latest }).get(1n)?.runs ?? []
    assert.deepStrictEqual(
      runs.map(({ run }) => run.occurrence),
      [at(3 * hour), at(5 * hour)]
    )
  })

  it("J23: counts a missed run once, although two reporters tell it", () => {
    const twice = [told(1, missed), told(1, missed, {}, "plant-8"), told(0, ran(0, hour))]
    assert.deepStrictEqual([...missedOf(twice)], [[1n, 1]])
  })
})

describe("the story of a run", () => {
  const zone = new Zone("Europe/Berlin")
  const story = (run: ToldRun) =>
    Object.fromEntries(Story.factsOf(run, zone).map(({ lines, name }) => [name, lines.join(" | ")]))

  it("tells plan and deed, lateness, cause, failures, the application's words, and who reports it", () => {
    const run = told(0, { ...ran(1_500, 10 * minute), stoppedBy: "Deleted" } as Run["fate"], {
      failures: [{ at: at(5 * minute), reason: "the inverter \u202e is off" }],
      failuresTotal: 3,
      actor: { step: "TimedOut", at: at(9 * minute) },
      outcome: { energy_wh: 120 }
    })
    assert.deepStrictEqual(story(run), {
      Planned: "Fri 1 Jan 2027, 01:00 +01:00 – 02:00",
      Ran: "01:00:01 – 01:10",
      Late: "2s",
      "On for": "9m 59s",
      Stopped: "early, by its deletion",
      Failed: "3 times | 01:05: the inverter \\u202e is off",
      "Its application": "its time was over",
      "It says": '{\n  "energy_wh": 120\n}',
      "Reported by": "plant-7 | told Tue 5 Jan 2027, 05:00 +01:00"
    })
    assert.strictEqual(Story.inShort(run, zone), "ran, until 01:10, 2s late, stopped early, failed 3 times")
  })

  it("says why a run was missed, and claims nothing of one that is unknown", () => {
    assert.strictEqual(story(told(0, missed))["Missed"], "the site was down or asleep")
    const unknown = story(told(0, { _tag: "Unknown", since: at(0), onMillis: 0 }))
    assert.strictEqual(unknown["Unknown"], "since 01:00: the site could not tell")
    assert.notProperty(unknown, "Ran")
  })
})
