import { assert, describe, it } from "@effect/vitest"
import { blockCount, blocksMax, timeZoneOf } from "../../src/internal/recurrence/timeZone.ts"

const yearSeconds = 31_556_952

describe("the table of a time zone", () => {
  it("holds so many blocks of years, whatever is asked, and answers as before where one had to go", () => {
    const names = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney"]
    const zones = [...names, "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Europe/Dublin"].flatMap(
      (name) => timeZoneOf(name) ?? []
    )
    const summer = Date.UTC(2026, 6, 1) / 1_000
    assert.strictEqual(zones[0]?.segmentAt(summer).offset, 7_200)
    for (const zone of zones) {
      for (let year = -1_900; year < 7_900; year += 16) zone.segmentAt(year * yearSeconds)
    }
    assert.strictEqual(blockCount(), blocksMax)
    assert.strictEqual(zones[0]?.segmentAt(summer).offset, 7_200)
  })
})
