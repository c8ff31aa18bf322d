import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { byNextRun, standingOf } from "../../src/schedule/standing.ts"
import { matcher, suggestion } from "../../src/schedule/types.ts"
import { at, daily, dispatchOf } from "../fixtures.ts"

const now = at("2026-03-27T10:30:00Z")
const told = (...args: Parameters<typeof dispatchOf>) => {
  const { current, next, state } = standingOf(dispatchOf(...args), now)
  const iso = (value: DateTime.Utc | undefined) =>
    value === undefined ? "-" : DateTime.formatIso(value).slice(5, 16)
  return [state, iso(current?.occurrence), iso(current?.until), iso(next)].join(" ")
}

describe("a dispatch at an instant", () => {
  it("runs, and runs again later", () => {
    assert.strictEqual(told(1), "running 03-27T10:00 03-27T11:00 -")
    assert.strictEqual(told(1, { recurrence: daily }), "running 03-27T10:00 03-27T11:00 03-28T10:00")
    assert.strictEqual(told(1, { duration: Duration.infinity }), "running 03-27T10:00 - -")
  })

  it("runs from the instant of its occurrence on, which is not its next one", () => {
    assert.strictEqual(
      told(1, { startTime: now, recurrence: daily }),
      "running 03-27T10:30 03-27T11:30 03-28T10:30"
    )
    assert.strictEqual(told(1, { startTime: now, duration: Duration.zero }), "waiting - - 03-27T10:30")
  })

  it("waits, is over, or is inactive and has no next run", () => {
    assert.strictEqual(told(1, { startTime: at("2026-03-27T12:00:00Z") }), "waiting - - 03-27T12:00")
    assert.strictEqual(told(1, { startTime: at("2026-03-27T08:00:00Z") }), "over - - -")
    assert.strictEqual(told(1, { active: false, recurrence: daily }), "inactive - - -")
  })

  it("has its place in the schedule: running, then by the next run, then those without one", () => {
    const list = [
      dispatchOf(1, { startTime: at("2026-03-27T08:00:00Z") }),
      dispatchOf(2, { startTime: at("2026-03-29T08:00:00Z") }),
      dispatchOf(3),
      dispatchOf(4, { startTime: at("2026-03-01T12:00:00Z"), recurrence: daily }),
      dispatchOf(6, { startTime: at("2026-03-29T08:00:00Z"), active: false }),
      dispatchOf(5, { startTime: at("2026-03-29T08:00:00Z") })
    ]
    assert.deepStrictEqual(
      byNextRun(list, now).map(({ id }) => Number(id)),
      [3, 4, 2, 5, 1, 6]
    )
  })
})

describe("a type", () => {
  it("is met in any case, and any of several; all are where none is asked for", () => {
    const isWanted = matcher(["charge", " Peak "])
    assert.deepStrictEqual(["CHARGE", "Charge", "PEAK", "CHARGER", ""].map(isWanted), [
      true,
      true,
      true,
      false,
      false
    ])
    assert.isTrue(matcher([])("anything"))
  })

  it("that nothing has is told, with those that there are", () => {
    assert.strictEqual(
      suggestion(["charg"], ["PEAK", "CHARGE", "PEAK"]),
      "Nothing is of type charg; there is CHARGE, PEAK."
    )
    assert.strictEqual(suggestion(["charg"], []), "Nothing is of type charg.")
    assert.isUndefined(suggestion(["peak"], ["PEAK"]))
    const many = Array.from({ length: 13 }, (_, index) => `T${index}`)
    assert.match(suggestion(["x"], many) ?? "", /, T6 and 3 more\.$/)
  })
})
