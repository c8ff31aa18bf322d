import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { movedExceptions, unmatchedOf } from "../../src/input/exceptions.ts"
import { parseInstant } from "../../src/input/instant.ts"
import { fixedStart, withExceptions } from "../../src/input/recurrence.ts"
import { at, clock } from "../fixtures.ts"

type Fields = Partial<ConstructorParameters<typeof CalendarRule>[0]>

const rule = (fields: Fields = {}) =>
  new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields })

const texts = (...given: ReadonlyArray<string>) =>
  given.map((text) => ({
    text,
    on: (zone: ReturnType<typeof clock>) => Result.getOrThrow(parseInstant(text, 0, zone))
  }))

const iso = (instants: ReadonlyArray<DateTime.Utc> = []) =>
  instants.map((instant) => DateTime.formatIso(instant).slice(0, 16))

describe("runs that are left out from the beginning", () => {
  const excepted = (zone: string, fields: Fields, ...given: ReadonlyArray<string>) =>
    withExceptions(
      rule({ timeZone: zone, ...fields }),
      texts(...given),
      clock(zone),
      at("2027-03-01T07:00:00Z")
    )

  it.effect("are all of a day by the clock of the zone, or the one that begins then", () =>
    Effect.gen(function* () {
      const { notes, rule } = yield* excepted("Europe/Berlin", { byHours: [0, 23] }, "2027-03-28")
      // The day has 23 hours.
      assert.deepStrictEqual(iso(rule.timeZone === undefined ? [] : rule.exceptions), [
        "2027-03-27T23:00",
        "2027-03-28T21:00"
      ])
      assert.deepStrictEqual(notes, [])
      const sydney = yield* excepted("Australia/Sydney", { byHours: [8] }, "2027-03-03T08:00")
      assert.deepStrictEqual(iso(sydney.rule.timeZone === undefined ? [] : sydney.rule.exceptions), [
        "2027-03-02T21:00"
      ])
    })
  )

  it.effect("that match none are said", () =>
    Effect.gen(function* () {
      const { notes } = yield* excepted("Europe/Berlin", {}, "2027-02-01", "2027-03-03T09:00")
      assert.deepStrictEqual(notes, [
        'No run is left out by "2027-02-01", as none begins then.',
        'No run is left out by "2027-03-03T09:00", as none begins then.'
      ])
    })
  )

  it.effect("have the second of a start that is now, which the service must not choose a moment later", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2027-03-01T07:00:07.900Z"))
      const except = texts("2027-03-03")
      const start = yield* fixedStart("NOW", { except })
      assert.deepStrictEqual(start, at("2027-03-01T07:00:07Z"))
      assert.strictEqual(yield* fixedStart("NOW", { except: [] }), "NOW")
      if (start === "NOW") return
      const { rule: made } = yield* withExceptions(rule(), except, clock("Europe/Berlin"), start)
      assert.deepStrictEqual(made.timeZone === undefined ? [] : unmatchedOf(made, start), [])
    })
  )
})

describe("exceptions of a rule that another takes the place of", () => {
  const start = at("2027-03-01T07:00:00Z")
  const moved = (from: Fields, to: Fields, toStart = start) =>
    iso(movedExceptions({ rule: rule(from), start }, { rule: rule(to), start: toStart }))
  const exceptions = [at("2027-03-27T07:00:00Z"), at("2027-03-29T06:00:00Z")]

  it("go along with their local day, whatever the clock does between", () => {
    assert.deepStrictEqual(moved({ exceptions }, {}, at("2027-03-01T17:00:00Z")), [
      "2027-03-27T17:00",
      "2027-03-29T16:00"
    ])
    assert.deepStrictEqual(moved({ exceptions }, { byHours: [9] }), ["2027-03-27T08:00", "2027-03-29T07:00"])
  })

  it("go along with their day into another zone", () => {
    const sydney = moved({ exceptions }, { timeZone: "Australia/Sydney", byHours: [8] })
    assert.deepStrictEqual(sydney, ["2027-03-26T21:00", "2027-03-28T21:00"])
  })

  it("are the run of the same number where a day has several, and all where all are left out", () => {
    const several = { byHours: [8, 12, 20] }
    const second = { ...several, exceptions: [at("2027-03-27T11:00:00Z")] }
    assert.deepStrictEqual(moved(second, { byHours: [9, 13, 21] }), ["2027-03-27T12:00"])
    const all = ["2027-03-27T07:00:00Z", "2027-03-27T11:00:00Z", "2027-03-27T19:00:00Z"].map(at)
    assert.deepStrictEqual(moved({ ...several, exceptions: all }, { byHours: [6] }), ["2027-03-27T05:00"])
  })

  it("stay where they are if they match nothing, or their day has no run any more", () => {
    const stray = { exceptions: [at("2027-03-27T08:30:00Z")] }
    assert.deepStrictEqual(moved(stray, { byHours: [9] }), ["2027-03-27T08:30"])
    const mondays = { frequency: "WEEKLY", byWeekdays: ["MONDAY"] } as const
    assert.deepStrictEqual(moved({ exceptions }, mondays), ["2027-03-27T07:00", "2027-03-29T06:00"])
  })
})
