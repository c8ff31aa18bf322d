import { LocalClock } from "@effect-dispatch/core/LocalClock"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { DateTime, Result } from "effect"
import { parseInstant } from "../../src/input/instant.ts"

// A Friday, two days before the clocks go forward.
const now = Date.parse("2026-03-27T10:30:45.123+01:00")

const berlin = LocalClock.make("Europe/Berlin") as LocalClock

const read = (text: string, clock = berlin): string =>
  Result.match(parseInstant(text, now, clock), {
    onSuccess: ({ at }) => DateTime.formatIso(at),
    onFailure: (fault) => fault
  })

const reads = (expected: string, ...texts: ReadonlyArray<string>) => {
  for (const text of texts) assert.strictEqual(read(text), expected, text)
}

// The zone of the process means nothing.
describe.each(["Europe/Berlin", "UTC", "Australia/Sydney"])("an instant, in a process in %s", (TZ) => {
  beforeAll(() => {
    process.env["TZ"] = TZ
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

  it("is the last such time or weekday where the past is meant, unless the words name the day", () => {
    const last = (text: string) =>
      DateTime.formatIso(Result.getOrThrow(parseInstant(text, now, berlin, "last")).at)
    assert.strictEqual(last("8:00"), "2026-03-27T07:00:00.000Z")
    assert.strictEqual(last("22:00"), "2026-03-26T21:00:00.000Z")
    assert.strictEqual(last("saturday"), "2026-03-20T23:00:00.000Z")
    assert.strictEqual(last("saturday 8:00"), "2026-03-21T07:00:00.000Z")
    assert.strictEqual(last("friday 8:00"), "2026-03-27T07:00:00.000Z")
    for (const text of ["today 22:00", "tomorrow", "next friday 18:00", "in 10 minutes", "2026-03-28"]) {
      assert.strictEqual(last(text), read(text), text)
    }
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

  it("is on the clock of the zone that is given", () => {
    const sydney = LocalClock.make("Australia/Sydney") as LocalClock
    const on = (text: string) => read(text, sydney)
    assert.strictEqual(on("2026-03-28T08:00"), "2026-03-27T21:00:00.000Z")
    // It is 20:30 there.
    assert.strictEqual(on("tomorrow 8:00"), "2026-03-27T21:00:00.000Z")
    assert.strictEqual(on("19:00"), "2026-03-28T08:00:00.000Z")
    assert.strictEqual(on("tomorrow"), "2026-03-27T13:00:00.000Z")
    assert.strictEqual(on("2026-03-28T08:00Z"), "2026-03-28T08:00:00.000Z")
    assert.strictEqual(on("in 10 minutes"), "2026-03-27T09:40:45.123Z")
  })

  it("is refused with both dates where day and month can be exchanged", () => {
    for (const text of ["01/02/2027", "1.2.2027", "1.2.2027 18:00", "1-2-2027", "1/2/27"]) {
      assert.strictEqual(
        read(text),
        "has a date that can be read two ways; write 2027-02-01 or 2027-01-02",
        text
      )
    }
    assert.match(read("3/4 18:00"), /write 2026-04-03 or 2026-03-04/)
    reads("2027-02-12T23:00:00.000Z", "13.2.2027", "13/02/2027", "2/13/2027")
    // A year in front leaves no doubt.
    reads("2027-01-31T23:00:00.000Z", "2027/02/01", "2027/2/1")
  })

  it("tells of an hour that the clock leaps over, and of one that it shows twice", () => {
    const shown = (text: string) => Result.getOrThrow(parseInstant(text, now, berlin)).shown
    assert.deepStrictEqual(
      ["2026-03-29T02:30", "2026-10-25T02:30", "2026-10-25T03:30", "2026-10-25T00:30Z"].map(shown),
      ["Never", "Twice", "Once", "Once"]
    )
    reads("2026-03-29T01:30:00.000Z", "2026-03-29T02:30")
    reads("2026-10-25T00:30:00.000Z", "2026-10-25T02:30")
  })
})
