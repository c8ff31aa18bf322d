import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { displayWidth } from "effect/cli/CliOutput"
import * as Chart from "../../src/output/chart.ts"
import * as Times from "../../src/output/times.ts"
import { at, clock, daily, dispatchOf, minutely } from "../fixtures.ts"

const now = at("2026-03-27T10:30:00Z")

/** Twenty-four cells of an hour after a name of twelve columns. */
const byHour = {
  from: at("2026-03-27T00:00:00Z"),
  to: at("2026-03-28T00:00:00Z"),
  now,
  columns: 24 + 12 + 3,
  times: Times.make(clock("UTC"))
}

const name = "A_NAME_12"
const rowOf = (...args: Parameters<typeof dispatchOf>) => {
  const [id, fields] = args
  const lines = Chart.dispatches([dispatchOf(id, { type: name, ...fields })], byHour)
  // So narrow, the heading has two lines.
  return lines[3] ?? ""
}
const cellsOf = (...args: Parameters<typeof dispatchOf>) =>
  rowOf(...args)
    .slice(15)
    .padEnd(24)

describe("a chart", () => {
  it("fills the cells in which it runs, and shows half a cell as half", () => {
    assert.strictEqual(cellsOf(1, { duration: Duration.minutes(150) }), "          ██▒           ")
    assert.strictEqual(cellsOf(1, { duration: Duration.infinity }), "          ██████████████")
    assert.strictEqual(cellsOf(1, { duration: Duration.minutes(59) }), "          █             ")
  })

  it("shows a run that began before the window, and none that is over", () => {
    const startTime = at("2026-03-26T22:00:00Z")
    assert.strictEqual(cellsOf(1, { startTime, duration: Duration.hours(4) }), "██        │             ")
    assert.strictEqual(cellsOf(1, { startTime, duration: Duration.hours(2) }).trimEnd(), "          │")
  })

  it("expands what recurs, and shows many short runs as their share", () => {
    const startTime = at("2026-03-01T22:00:00Z")
    assert.strictEqual(
      cellsOf(1, { startTime, duration: Duration.hours(3), recurrence: daily }),
      "█         │           ██"
    )
    const dense = { startTime, recurrence: minutely }
    assert.strictEqual(cellsOf(1, { ...dense, duration: Duration.seconds(30) }), "▒".repeat(24))
    assert.strictEqual(cellsOf(1, { ...dense, duration: Duration.seconds(3) }), "░".repeat(24))
    assert.strictEqual(cellsOf(1, { ...dense, duration: Duration.seconds(90) }), "█".repeat(24))
  })

  it("shows commands as points", () => {
    assert.strictEqual(cellsOf(1, { duration: Duration.zero }), "          ◆             ")
  })

  it("tells what runs now and what is inactive at the beginning of the row", () => {
    assert.strictEqual(rowOf(1)[0], "▶")
    assert.strictEqual(rowOf(1, { active: false })[0], "-")
    assert.strictEqual(rowOf(1, { startTime: at("2026-03-27T12:00:00Z") })[0], " ")
  })

  it("marks now above its cell, and not where now is outside", () => {
    const lines = Chart.dispatches([dispatchOf(1, { type: name })], byHour)
    assert.strictEqual(lines[2]?.indexOf("▼"), 15 + 10)
    const later = Chart.dispatches([dispatchOf(1, { type: name })], { ...byHour, now: byHour.to })
    assert.strictEqual(later[2]?.trim(), "")
  })

  it("is no wider than the terminal, and labels the axis without gaps or overlaps", () => {
    for (const columns of [60, 80, 120, 200]) {
      for (const hours of [1 / 60, 1, 24, 24 * 30, 24 * 365 * 20]) {
        const to = at(new Date(byHour.from.epochMilliseconds + hours * 3_600_000).toISOString())
        const lines = Chart.dispatches(
          [dispatchOf(1, { recurrence: minutely, duration: Duration.seconds(1) })],
          {
            ...byHour,
            to,
            columns
          }
        )
        for (const line of lines) assert.isAtMost(displayWidth(line), columns, line)
        const labels = lines[4]?.trim() ?? ""
        const label = String.raw`(\d{2}:\d{2}(:\d{2})?|[A-Z][a-z]{2}-\d{2}|\d{4}-\d{2}-\d{2})`
        assert.match(labels, new RegExp(`^${label}( +${label})+$`))
      }
    }
  })

  it("labels hours of the local clock, also on the days on which it is changed", () => {
    process.env["TZ"] = "Europe/Berlin"
    const labelsFrom = (from: string, to: string) =>
      Chart.dispatches([dispatchOf(1)], {
        ...byHour,
        from: at(from),
        to: at(to),
        columns: 80,
        times: Times.make(clock("Europe/Berlin"))
      })[4]?.trim()
    const [spring, autumn] = [
      labelsFrom("2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z"),
      labelsFrom("2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z")
    ]
    assert.match(spring ?? "", /^Sun-29 +12:00 +Mon-30 +12:00$/)
    assert.match(autumn ?? "", /^Sun-25 +12:00 +Mon-26 +12:00$/)
  })
})
