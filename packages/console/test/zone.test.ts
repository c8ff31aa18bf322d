import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Times from "../src/time/times.ts"
import { day, isZone, offsetText, Zone } from "../src/time/zone.ts"
import { ticks } from "../src/timeline/ticks.ts"

const at = (text: string) => Date.parse(text)
const hour = 3_600_000

/** A zone, the day on which its clock is set forward, that of setting back, and by how much. */
const changes = [
  ["Europe/Berlin", "2027-03-28", "2027-10-31", 60],
  ["America/New_York", "2027-03-14", "2027-11-07", 60],
  ["Australia/Lord_Howe", "2027-10-03", "2027-04-04", 30],
  ["Pacific/Auckland", "2027-09-26", "2027-04-04", 60]
] as const

const zones = ["UTC", "Asia/Kathmandu", "Asia/Kolkata", ...changes.map(([name]) => name)]
const instants = Arbitrary.schema(
  Schema.Int.check(Schema.isBetween({ minimum: at("1990-01-01T00:00Z"), maximum: at("2060-01-01T00:00Z") }))
)

describe("a zone", () => {
  it.each(changes)("%s: its days have 24 hours, but for two a year", (name, forward, back, minutes) => {
    const zone = new Zone(name)
    const length = (date: string) => {
      const begin = zone.firstInstant(at(`${date}T00:00Z`))
      return (zone.addDays(begin, 1) - begin) / hour
    }
    assert.strictEqual(length(forward), 24 - minutes / 60)
    assert.strictEqual(length(back), 24 + minutes / 60)
    assert.strictEqual(length("2027-01-15"), 24)
  })

  it.each(changes)(
    "%s: a time that is jumped over has no instant, one that comes twice has two",
    (name, forward, back) => {
      const zone = new Zone(name)
      const count = (date: string) => {
        const wall = at(`${date}T00:00Z`)
        const numbers = Array.from(
          { length: 96 },
          (_, index) => zone.instantsOf(wall + index * hour * 0.25).length
        )
        return [
          numbers.filter((number) => number === 0).length > 0,
          numbers.filter((number) => number === 2).length > 0
        ]
      }
      assert.deepStrictEqual(count(forward), [true, false])
      assert.deepStrictEqual(count(back), [false, true])
      assert.deepStrictEqual(count("2027-01-15"), [false, false])
    }
  )

  it.prop("the wall and its instants belong together", [instants], ([instant]) => {
    for (const name of zones) {
      const zone = new Zone(name)
      const wall = zone.wall(instant)
      assert.include(zone.instantsOf(wall), instant, name)
      for (const each of zone.instantsOf(wall)) assert.strictEqual(zone.wall(each), wall, name)
    }
  })

  it("tells offsets with their sign, also those of half hours", () => {
    assert.deepStrictEqual([0, 2 * hour, -9.5 * hour, 5.75 * hour].map(offsetText), [
      "UTC",
      "+02:00",
      "−09:30",
      "+05:45"
    ])
    const zone = new Zone("Europe/Berlin")
    assert.strictEqual(Times.full(zone, at("2026-11-28T13:05:00Z")), "Sat 28 Nov 2026, 14:05 +01:00")
    for (const known of ["Asia/Kolkata", "Asia/Calcutta", "UTC"]) assert.isTrue(isZone(known), known)
    assert.isFalse(isZone("Mars/Olympus"))
    const [noon, evening] = [at("2026-11-28T11:00:00Z"), at("2026-11-28T17:00:00Z")]
    assert.strictEqual(Times.when(zone, evening, noon), "at 18:00")
    assert.strictEqual(Times.when(zone, evening, noon - 86_400_000), "on Sat 28 Nov at 18:00")
  })
})

describe("ticks", () => {
  it.each(changes)(
    "%s: the axis says at the change what the clock is then, and no tick claims a time that is not there",
    (name, forward, back) => {
      const zone = new Zone(name)
      for (const date of [forward, back]) {
        const from = zone.firstInstant(at(`${date}T00:00Z`))
        const marks = ticks({ from, to: from + day }, 2_400, zone)
        const shifts = marks.filter(({ shift }) => shift !== undefined)
        assert.lengthOf(shifts, 1, date)
        assert.strictEqual(shifts[0]?.shift, offsetText(zone.offset(zone.nextChange(from, from + day) ?? 0)))
        for (const { at: instant, isMajor, label } of marks)
          if (!isMajor) assert.strictEqual(label, Times.clock(zone, instant))
      }
    }
  )

  it.prop(
    "they are in order, within the view, and no nearer than they may be",
    [instants, Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 40_000_000 })))],
    ([from, seconds]) => {
      const width = 1_000
      const to = from + seconds * 1_000
      for (const name of ["Europe/Berlin", "Australia/Lord_Howe"]) {
        const marks = ticks({ from, to }, width, new Zone(name))
        assert.isAtMost(marks.length, width / 84 + 30)
        marks.forEach(({ at: instant }, index) => {
          assert.isTrue(instant >= from && instant <= to)
          assert.isTrue(index === 0 || instant >= (marks[index - 1]?.at ?? 0))
        })
      }
    }
  )
})
