import { assert, beforeAll, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import { parseInstant } from "../../src/input/instant.ts"

// A Friday, two days before the clocks go forward.
const now = Date.parse("2026-03-27T10:30:45.123+01:00")

const read = (text: string): string =>
  Result.match(parseInstant(text, now), { onSuccess: DateTime.formatIso, onFailure: (fault) => fault })

const reads = (expected: string, ...texts: ReadonlyArray<string>) => {
  for (const text of texts) assert.strictEqual(read(text), expected, text)
}

describe("an instant, read in the local time zone", () => {
  beforeAll(() => {
    process.env["TZ"] = "Europe/Berlin"
  })

  it("is now, to the millisecond", () => reads("2026-03-27T09:30:45.123Z", "now", " NOW "))

  it("is ISO 8601, local unless it names a zone", () => {
    reads("2026-03-28T07:00:00.000Z", "2026-03-28T08:00", "2026-03-28 08:00:00", "2026-03-28T08:00:00.000")
    reads("2026-03-28T08:00:00.000Z", "2026-03-28T08:00Z", "2026-03-28T13:30:00+05:30")
    // In summer time.
    reads("2026-03-30T06:00:00.000Z", "2026-03-30T08:00")
  })

  it("is local midnight for a date alone, in figures or in words", () => {
    reads("2026-03-27T23:00:00.000Z", "2026-03-28", "tomorrow", "28 March 2026", "saturday")
    reads("2026-03-29T22:00:00.000Z", "2026-03-30", "monday")
  })

  it("is a distance from now, exactly", () => {
    reads("2026-03-27T09:40:45.123Z", "in 10 minutes")
    reads("2026-03-27T09:20:45.123Z", "10 minutes ago")
    reads("2026-04-03T09:30:45.123Z", "in 168 hours")
  })

  it("is words for a day and a time of it, and a time alone is the next such time", () => {
    reads("2026-03-28T07:00:00.000Z", "tomorrow 8:00", "8:00", "8am")
    reads("2026-03-27T11:00:00.000Z", "noon", "today 12:00")
    reads("2026-04-03T16:00:00.000Z", "next friday 18:00")
  })

  it("is not guessed where a text says something else, nothing, or two times", () => {
    for (const text of ["", "soonish", "1x", "tomorrow maybe", "1774691100", "never 8:00"]) {
      assert.match(read(text), /^is not understood as a time; use now, .*"in 10 minutes"/, text)
    }
    for (const text of ["8:00 to 10:00", "tomorrow 8:00 to 9:00"]) assert.match(read(text), /two times/, text)
  })

  it("is refused where the calendar has no such day or the day no such hour", () => {
    for (const text of [
      "2026-02-29",
      "2026-02-30T08:00",
      "2026-13-01",
      "2026-03-28T25:00",
      "2026-04-31T00:00Z"
    ]) {
      assert.strictEqual(read(text), "is not in the calendar", text)
    }
  })
})
