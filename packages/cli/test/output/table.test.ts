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
      "ID  STATE    TYPE    UNTIL  NEXT RUN              DURATION  RECURS     TARGET   START                PAYLOAD",
      `1   running  CHARGE  11:00  Sat 2026-03-28 10:00  1h        every day  BATTERY  2026-03-27 10:00:00  {"power_w": 5000, "note": "a long note about what this is for"}`,
      "1 dispatch; times in UTC"
    ])
  })

  it("says of each what it is doing", () => {
    const rows = Table.dispatches(list, options(Infinity)).slice(1)
    const states = ["running", "inactive", "waiting, dry", "over"]
    for (const [index, state] of states.entries()) assert.include(rows[index], `  ${state} `)
  })

  it("is never wider than the terminal, and says which columns have no room", () => {
    for (let width = 30; width <= 200; width++) {
      const lines = Table.dispatches(list, options(width))
      for (const line of lines) assert.isAtMost(displayWidth(line), width, line)
    }
    assert.match(Table.dispatches(list, options(80)).at(-1) ?? "", /no room for .*payload/)
    assert.notInclude(Table.dispatches(list, options(200)).at(-1) ?? "", "no room")
  })

  it("keeps its columns in line, whatever the width of the letters", () => {
    const lines = Table.dispatches(list, options(160)).slice(0, -1)
    const column = /DURATION|1h {2}|until stopped|command/
    const starts = lines.map((line) => displayWidth(line.slice(0, line.search(column))))
    assert.strictEqual(new Set(starts).size, 1)
  })

  it("keeps what matters where it is narrow: id, next run and type, then the state", () => {
    const heading = (width: number) => Table.dispatches(list, options(width))[0] ?? ""
    assert.match(heading(30), /^ID +TYPE +NEXT RUN$/)
    assert.match(heading(45), /^ID +STATE +TYPE +UNTIL +NEXT RUN$/)
    assert.match(heading(1), /^ID/)
    assert.match(Table.dispatches(list, options(30))[3] ?? "", /^333 +充電器 +Sat 10:00$/)
  })

  it("marks what conflicts, and says of how many it shows the first", () => {
    const lines = Table.dispatches(list.slice(0, 2), {
      ...options(200),
      conflicting: new Set([1n]),
      total: 1_200
    })
    assert.match(lines[1] ?? "", /^1 +running ! /)
    assert.match(lines[2] ?? "", /^22 +inactive +PEAK/)
    assert.match(lines[3] ?? "", /^the first 2 of 1,200 dispatches;/)
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
