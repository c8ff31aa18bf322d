import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import type { Run } from "@effect-dispatch/core/Run"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { assert, describe, it } from "@effect/vitest"
import * as Chart from "../../src/output/chart.ts"
import * as History from "../../src/output/history.ts"
import * as Json from "../../src/output/json.ts"
import * as LastRun from "../../src/output/lastRun.ts"
import * as Times from "../../src/output/times.ts"
import { at, clock, daily, dispatchOf } from "../fixtures.ts"

const times = Times.make(clock("UTC"))
const noon = at("2026-03-27T12:00:00Z")

const told = (id: number, fields: Partial<Run> = {}, more: Partial<ReportedRun> = {}): ReportedRun => ({
  epoch: 0n,
  number: 1n,
  reporter: { id: "a1", name: "plant-7" },
  arrivedAt: noon,
  clockOffsetMillis: undefined,
  contradicted: false,
  run: {
    dispatch: { id: DispatchId.make(BigInt(id)), type: "CHARGE", dryRun: false, updateTime: 1n },
    occurrence: at("2026-03-27T10:00:00Z"),
    until: at("2026-03-27T11:00:00Z"),
    fate: {
      _tag: "Ran",
      from: at("2026-03-27T10:00:01Z"),
      lateMillis: 1_000,
      to: at("2026-03-27T10:30:00Z"),
      onMillis: 1_799_000,
      stoppedBy: "Deleted"
    },
    failures: [],
    failuresTotal: 0,
    ...fields
  },
  ...more
})

const missed = { fate: { _tag: "Missed", reason: "LateWakeUp", count: 3 } } as const

describe("the history", () => {
  it("tells each run under the name of its reporter, with what it knows of it", () => {
    const lines = History.runs([told(1), told(2, missed, { contradicted: true })], {
      columns: Infinity,
      times
    })
    assert.deepStrictEqual(lines, [
      "PLANNED              ID  TYPE    FATE      FROM      TO        LATE  REPORTER  NOTES",
      "2026-03-27 10:00:00  1   CHARGE  ran       10:00:01  10:30:00  1s    plant-7   stopped early by its deletion",
      "2026-03-27 10:00:00  2   CHARGE  missed !                            plant-7   the site was down or asleep; 3 in a row",
      "2 runs; ! reporters contradict each other; times in UTC"
    ])
  })

  it("J25: says how far missed runs reach that are told as one, also beyond the time that was asked for", () => {
    const fate = { ...missed.fate, last: at("2026-03-28T09:00:00Z") }
    const from = at("2026-03-27T20:00:00Z")
    const lines = History.runs([told(1, { fate })], { columns: Infinity, times, from })
    assert.match(lines[1] ?? "", /3 in a row; the last .*2026-03-28 09:00/)
    assert.include(lines[2] ?? "", "1 told with missed runs before the time shown")
    const all = History.runs([told(1, { fate })], { columns: Infinity, times })
    assert.notInclude(all[2] ?? "", "before the time shown")
  })

  it("fits a narrow terminal, and says what it leaves out", () => {
    const lines = History.runs([told(1)], { columns: 40, times })
    for (const line of lines) assert.isAtMost(line.length, 40)
    assert.include(lines.join(" "), "no room for")
  })

  it("J23: names the reporter in the narrowest terminal where there are several, runs and days alike", () => {
    const second = { reporter: { id: "b2", name: "backup" } }
    const lines = History.runs([told(1), told(1, missed, second)], { columns: 40, times })
    assert.include(lines[1] ?? "", "plant-7")
    assert.include(lines[2] ?? "", "backup")
    const day = { day: 20_539, type: "CHARGE", tally: RunTally.of(missed) }
    const days = History.days(
      [
        { ...day, reporter: { id: "a1", name: "plant-7" } },
        { ...day, ...second }
      ],
      40
    )
    assert.include(days[1] ?? "", "plant-7")
    assert.include(days[2] ?? "", "backup")
  })

  it("J23: sums up days by reporter, as all of them tell the same runs", () => {
    const ran = { _tag: "Ran", to: noon, lateMillis: 4, onMillis: 5_400_000 } as const
    const day = { day: 20_539, type: "CHARGE", tally: RunTally.of({ fate: ran }) }
    const days = ["plant-7", "backup"].map((name) => ({ ...day, reporter: { id: name, name } }))
    assert.deepStrictEqual(History.days(days, Infinity).slice(-3), [
      "plant-7: 1 run, 1.5 hours, 0 missed; 99 % at most 4 ms late",
      "backup: 1 run, 1.5 hours, 0 missed; 99 % at most 4 ms late",
      "days of UTC, without dry runs"
    ])
  })

  it("cuts long notes before it cuts names that are short", () => {
    const failures = [{ at: noon, reason: "x".repeat(200) }]
    const lines = History.runs(
      [told(1, { failures, failuresTotal: 1 }, { reporter: { id: "a1", name: "controller of plant 7" } })],
      { columns: 130, times }
    )
    assert.include(lines[1] ?? "", "controller of plant 7")
    assert.match(lines[1] ?? "", /x…$/)
    for (const line of lines) assert.isAtMost(line.length, 130)
  })

  it("says since when a run is unknown", () => {
    const since = at("2026-03-27T10:20:00Z")
    const unknown = told(1, { fate: { _tag: "Unknown", since, onMillis: 0 } })
    assert.include(History.runs([unknown], { columns: Infinity, times })[1] ?? "", "since 10:20:00")
    assert.include(LastRun.whole(unknown, times), "unknown, since 10:20:00")
  })

  it("shows what applications and reporters wrote as text that disturbs no terminal", () => {
    const evil = "\u001b[2J\u202e"
    const lines = History.runs(
      [
        told(
          1,
          {
            failures: [{ at: noon, reason: `no ${evil}` }],
            failuresTotal: 2,
            actor: { step: "TimedOut", at: noon, reason: evil },
            outcome: { [evil]: evil }
          },
          { reporter: { id: evil, name: evil } }
        )
      ],
      { columns: Infinity, times }
    )
    assert.notInclude(lines.join("\n"), "\u001b")
    assert.notInclude(lines.join("\n"), "\u202e")
    assert.include(lines[1] ?? "", "failed 2 times: no ")
    assert.notInclude(JSON.stringify(Json.reportedRun(told(1))), "\u001b")
  })

  it("sums up days", () => {
    const tally = [missed.fate, { _tag: "Ran", to: noon, lateMillis: 4, onMillis: 5_400_000 } as const]
      .map((fate) => RunTally.of({ fate }))
      .reduce(RunTally.plus)
    const day = { day: 20_539, type: "CHARGE", reporter: { id: "a1", name: "plant-7" }, tally }
    assert.deepStrictEqual(History.days([day], Infinity), [
      "DAY         TYPE    RAN  HOURS  LATE (P99)  MISSED  UNKNOWN  REPORTER  WHY MISSED",
      "2026-03-27  CHARGE  1    1.5    4 ms        3       0        plant-7   3: the site was down or asleep",
      "1 run, 1.5 hours, 3 missed; 99 % at most 4 ms late; days of UTC, without dry runs"
    ])
    assert.deepInclude(History.dayJson(day), { day: "2026-03-27", missedTotal: 3, lateMillis99: 4 })
  })

  it("counts days before an instant: one that begins with it is none of them", () => {
    const first = (text: string) => History.dateOf(History.firstDayFrom(at(text)))
    assert.strictEqual(first("2026-11-20T00:00:00Z"), "2026-11-20")
    assert.strictEqual(first("2026-11-20T00:00:01Z"), "2026-11-21")
    assert.strictEqual(first("2026-11-19T23:00:00Z"), "2026-11-20")
  })

  it("is told of the last run in short and in full", () => {
    assert.strictEqual(LastRun.short([told(1), told(1, missed)], { now: noon, times }), "ran, missed 10:00")
    assert.strictEqual(
      LastRun.whole(told(1), times),
      "2026-03-27 10:00:00: ran, until 10:30:00, 1s late, stopped early by its deletion, reported by plant-7"
    )
  })
})

/** Twenty-four cells of an hour. */
const byHour = {
  from: at("2026-03-27T00:00:00Z"),
  to: at("2026-03-28T00:00:00Z"),
  now: noon,
  columns: 24 + 12 + 3,
  times
}

const cellsOf = (runs: ReadonlyArray<ReportedRun>, fields: Parameters<typeof dispatchOf>[1] = {}) => {
  const lines = Chart.dispatches([dispatchOf(1, { type: "A_NAME_12", ...fields })], {
    ...byHour,
    told: new Map([[1n, runs]])
  })
  return (lines[3] ?? "").slice(15).padEnd(24)
}

describe("the past on a chart", () => {
  it("is drawn as it was: what ran, what was missed, what was only planned", () => {
    const fields = { startTime: at("2026-03-20T08:00:00Z"), recurrence: daily }
    assert.strictEqual(
      cellsOf([told(1)], { startTime: at("2026-03-27T10:00:00Z") }),
      "          ▒ │           "
    )
    assert.strictEqual(
      cellsOf(
        [told(1, { ...missed, occurrence: at("2026-03-27T08:00:00Z"), until: at("2026-03-27T09:00:00Z") })],
        fields
      ),
      "        ×   │           "
    )
    assert.strictEqual(cellsOf([told(2)], fields), "        □ ▒ │           ")
  })

  it("J23: marks runs about which reporters contradict each other, and says so in any terminal", () => {
    const doubt = { contradicted: true }
    const second = { ...doubt, reporter: { id: "b2", name: "backup" } }
    const runs = [told(1, {}, doubt), told(1, missed, second)]
    assert.strictEqual(cellsOf(runs, { startTime: at("2026-03-27T10:00:00Z") }), "          ! │           ")
    for (const columns of [40, 60, 200]) {
      const lines = Chart.dispatches([dispatchOf(1)], { ...byHour, columns, told: new Map([[1n, runs]]) })
      assert.include(lines.join("\n"), "! reporters contradict each other")
      assert.include(lines.join("\n"), "× missed")
      for (const line of lines) assert.isAtMost(line.length, columns)
    }
  })

  it("goes on as planned from now on, and is as planned where nobody reports", () => {
    const fields = { startTime: at("2026-03-27T11:00:00Z") }
    assert.strictEqual(cellsOf([], { ...fields, startTime: at("2026-03-27T13:00:00Z") }).indexOf("█"), 13)
    const lines = Chart.dispatches([dispatchOf(1, { ...fields, type: "A_NAME_12" })], {
      ...byHour,
      told: new Map()
    })
    assert.include(lines[3] ?? "", "█")
    assert.notInclude(lines.join("\n"), "□")
  })

  it("shows a run that goes on up to now, one that nobody knows of since, and a command", () => {
    const from = at("2026-03-27T09:00:00Z")
    const fields = { startTime: from }
    const running: Run["fate"] = { _tag: "Running", from, lateMillis: 0, since: from, onMillis: 0 }
    assert.strictEqual(cellsOf([told(1, { fate: running })], fields), "         ███│           ")
    const unknown: Run["fate"] = {
      _tag: "Unknown",
      from,
      lateMillis: 0,
      since: at("2026-03-27T11:00:00Z"),
      onMillis: 0
    }
    assert.strictEqual(cellsOf([told(1, { fate: unknown })], fields), "         ██ │           ")
    const command = told(1, {
      occurrence: from,
      until: from,
      fate: { _tag: "Ran", from, to: from, onMillis: 0 }
    })
    assert.strictEqual(cellsOf([command], fields), "         ◆  │           ")
  })
})
