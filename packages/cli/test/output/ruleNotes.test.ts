import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { clockNotes, exceptionNotes, keptNote } from "../../src/output/ruleNotes.ts"
import { at, daily, dispatchOf } from "../fixtures.ts"

const berlin = (fields: Partial<ConstructorParameters<typeof CalendarRule>[0]> = {}) =>
  new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields })

/** Notes on a dispatch of so many hours from a start on, as of that start. */
const notes = (start: string, hours = 1, recurrence = berlin()) =>
  clockNotes(dispatchOf(1, { startTime: at(start), duration: Duration.hours(hours), recurrence }), at(start))

describe("notes about days on which the clock is changed", () => {
  const told: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    [
      "On Sun 2027-03-28 the clock leaps over 02:30: that run begins at 03:30.",
      notes("2027-03-27T01:30:00Z")
    ],
    [
      "On Sun 2027-10-31 the clock shows 02:30 twice: the run begins at the first (+02:00).",
      notes("2027-10-30T00:30:00Z")
    ],
    [
      "On Sun 2027-10-31 the clock shows 02:30 twice: the run begins at the second (+01:00).",
      notes("2027-10-31T01:30:00Z")
    ],
    [
      "The run of Sat 2027-03-27 22:00 ends at 07:00: the clock is set forward by 1h meanwhile.",
      notes("2027-03-27T21:00:00Z", 8)
    ],
    [
      "The run of Sat 2027-10-30 22:00 ends at 05:00: the clock is set back by 1h meanwhile.",
      notes("2027-10-30T20:00:00Z", 8)
    ],
    [
      "On Sun 2027-10-03 the clock leaps over 02:15: that run begins at 02:45.",
      notes("2027-10-01T15:45:00Z", 1, berlin({ timeZone: "Australia/Lord_Howe" }))
    ]
  ]
  for (const [text, found] of told) {
    it(`say "${text}"`, () => assert.deepStrictEqual(found, [text]))
  }

  it("are none for a time that is shown where another was leapt over, and for rules in UTC", () => {
    const both = berlin({ byHours: [3], byMinutes: [30] })
    assert.deepStrictEqual(notes("2027-03-27T02:30:00Z", 1, both), [])
    const plain = dispatchOf(1, { startTime: at("2027-03-28T01:30:00Z"), recurrence: daily })
    assert.deepStrictEqual(clockNotes(plain, at("2027-03-28T00:00:00Z")), [])
  })
})

describe("what is told of a rule in local time", () => {
  it("names exceptions that match nothing, at most three", () => {
    const exceptions = [1, 2, 3, 4, 5].map((day) => at(`2027-01-0${day}T17:30:00Z`))
    const startTime = at("2026-12-01T17:30:00Z")
    const found = exceptionNotes(
      dispatchOf(1, { startTime, recurrence: berlin({ byHours: [7], exceptions }) })
    )
    assert.deepStrictEqual(found, [
      "No run begins at these exceptions: Fri 2027-01-01 18:30:00, Sat 2027-01-02 18:30:00, Sun 2027-01-03 18:30:00 and 2 more."
    ])
    assert.deepStrictEqual(
      exceptionNotes(dispatchOf(1, { startTime, recurrence: berlin({ exceptions }) })),
      []
    )
  })

  it("says what is kept, and of seasons only where the clock has them", () => {
    const kept = (timeZone: string) =>
      keptNote(dispatchOf(1, { recurrence: berlin({ timeZone }) }), "every day", at("2026-12-01T00:00:00Z"))
    assert.deepStrictEqual(kept("Europe/Berlin"), [
      "Kept: every day, summer and winter; actors of other make run it once."
    ])
    assert.deepStrictEqual(kept("Asia/Kolkata"), ["Kept: every day; actors of other make run it once."])
    assert.deepStrictEqual(keptNote(dispatchOf(1, { recurrence: daily }), "every day", at("2026-12-01")), [])
  })
})
