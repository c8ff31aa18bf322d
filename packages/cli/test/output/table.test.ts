import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { displayWidth } from "effect/cli/CliOutput"
import * as Table from "../../src/output/table.ts"
import * as Times from "../../src/output/times.ts"
import { at, clock, daily, dispatchOf } from "../fixtures.ts"

const options = (columns: number) => ({
  now: at("2026-03-27T10:30:00Z"),
  columns,
  times: Times.make(clock("UTC"))
})

const list = [
  dispatchOf(1, {
    recurrence: daily,
    payload: { power_w: 5_000, note: "a long note about what this is for" }
  }),
  dispatchOf(22, { type: "PEAK_SHAVING_OF_THE_WHOLE_SITE", active: false, duration: Duration.infinity }),
  dispatchOf(333, { type: "充電器", startTime: at("2026-03-28T10:00:00Z"), dryRun: true }),
  dispatchOf(4, { duration: Duration.zero, target: Target.componentIds(1n, 2n) })
]

describe("a table", () => {
  it("shows everything where there is room", () => {
    assert.deepStrictEqual(Table.dispatches([...list].slice(0, 1), options(Infinity)), [
      "ID  STATE    TYPE    START                DURATION  RECURS     TARGET   PAYLOAD",
      `1   running  CHARGE  2026-03-27 10:00:00  1h        every day  BATTERY  {"power_w": 5000, "note": "a long note about what this is for"}`,
      "1 dispatch; times in UTC"
    ])
  })

  it("says of each what it is doing", () => {
    const rows = Table.dispatches(list, options(Infinity)).slice(1)
    const states = ["running", "inactive", "waiting, dry", "over"]
    for (const [index, state] of states.entries()) assert.include(rows[index], `  ${state} `)
  })

  it("is never wider than the terminal, and says which columns have no room", () => {
    for (const width of [80, 90, 100, 120, 160]) {
      const lines = Table.dispatches(list, options(width))
      for (const line of lines) assert.isAtMost(displayWidth(line), width, line)
    }
    assert.match(Table.dispatches(list, options(80)).at(-1) ?? "", /no room for .*payload/)
    assert.notInclude(Table.dispatches(list, options(200)).at(-1) ?? "", "no room")
  })

  it("keeps its columns in line, whatever the width of the letters", () => {
    const lines = Table.dispatches(list, options(120)).slice(0, -1)
    const starts = lines.map((line) => displayWidth(line.slice(0, line.search(/START|2026-/))))
    assert.strictEqual(new Set(starts).size, 1)
  })

  it("keeps id, state, type and start whatever happens", () => {
    assert.match(Table.dispatches(list, options(20))[0] ?? "", /^ID +STATE +TYPE +START$/)
  })

  it("shows a dispatch without an end as one-off, whatever its rule says", () => {
    const [, row] = Table.dispatches(
      [dispatchOf(1, { recurrence: daily, duration: Duration.infinity })],
      options(200)
    )
    assert.match(row ?? "", /until stopped +once/)
  })

  it("takes a hundred thousand rows", () => {
    const many = Array.from({ length: 100_000 }, () => list[3] ?? dispatchOf(1))
    assert.strictEqual(Table.dispatches(many, options(120)).length, 100_002)
  })
})
