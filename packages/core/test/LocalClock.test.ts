import { LocalClock, zoneDataRelease } from "@effect-dispatch/core/LocalClock"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"

const clock = LocalClock.make("europe/berlin") as LocalClock
const at = (text: string) => DateTime.makeUnsafe(text)
const reading = (text: string) => Date.parse(`${text}Z`) / 1_000
const told = (text: string) => {
  const { at, shown } = clock.timeOf(reading(text))
  return `${DateTime.formatIso(at).slice(0, 16)} ${shown}`
}

describe("LocalClock", () => {
  it("shows what the zone's clock shows", () => {
    assert.strictEqual(clock.timeZone, "Europe/Berlin")
    assert.strictEqual(clock.reading(at("2026-07-01T12:00:00.9Z")), reading("2026-07-01T14:00:00"))
    assert.strictEqual(clock.offset(at("2026-12-01T12:00:00Z")), 3_600)
  })

  it("says at which instant it shows a time, once, twice or never", () => {
    assert.strictEqual(told("2026-03-29T01:59:59"), "2026-03-29T00:59 Once")
    assert.strictEqual(told("2026-03-29T02:30:00"), "2026-03-29T01:30 Never")
    assert.strictEqual(told("2026-03-29T03:00:00"), "2026-03-29T01:00 Once")
    assert.strictEqual(told("2026-10-25T02:30:00"), "2026-10-25T00:30 Twice")
    assert.strictEqual(told("2026-10-25T03:00:00"), "2026-10-25T02:00 Once")
  })

  it("knows the next change of the clock", () => {
    const change = clock.nextChange(at("2026-04-01T00:00:00Z"))
    assert.deepStrictEqual(change, at("2026-10-25T01:00:00Z"))
    assert.deepStrictEqual(clock.change(at("2026-10-25T01:00:00Z")), { before: 7_200, after: 3_600 })
    assert.isUndefined((LocalClock.make("UTC") as LocalClock).nextChange(at("2026-04-01T00:00:00Z")))
  })

  it("is there for zones that this machine knows, and tells which are UTC", () => {
    assert.isUndefined(LocalClock.make("Europe/Berln"))
    const utc = ["UTC", "etc/utc", "GMT", "Zulu", "Etc/GMT+0", "Europe/London", "Etc/GMT+1"]
    assert.deepStrictEqual(
      utc.filter((name) => LocalClock.make(name)?.isUtc),
      utc.slice(0, 5)
    )
    assert.match(zoneDataRelease() ?? "", /^20\d\d[a-z]$/)
  })
})
