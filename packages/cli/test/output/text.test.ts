import { assert, beforeAll, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { cut, hanging, pad, wrap } from "../../src/output/layout.ts"
import * as Text from "../../src/output/text.ts"
import * as Times from "../../src/output/times.ts"
import { clock } from "../fixtures.ts"

const at = (text: string) => DateTime.makeUnsafe(text)

describe("text of others", () => {
  it("shows control characters and turns of direction as escapes, and all else as it is", () => {
    assert.strictEqual(Text.safe("a\u001b[31mb\nc\td\u0007"), "a\\u001b[31mb\\u000ac\\u0009d\\u0007")
    assert.strictEqual(Text.safe("\u009b1m \u202eevil\u2066"), "\\u009b1m \\u202eevil\\u2066")
    assert.strictEqual(Text.safe("充電器 é 🔋 \\"), "充電器 é 🔋 \\")
  })

  it("as JSON disturbs no terminal and reads as the same value", () => {
    const value = { type: "\u001b[2J\u009b\u202e", list: [1, "\u2028"] }
    const text = Text.json(value)
    // oxlint-disable-next-line no-control-regex -- none may be left
    assert.notMatch(text, /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
    assert.deepStrictEqual(JSON.parse(text), value)
  })
})

describe("a value as text", () => {
  it("tells a duration by its units", () => {
    const cases: ReadonlyArray<readonly [Duration.Duration, string]> = [
      [Duration.infinity, "until stopped"],
      [Duration.zero, "command"],
      [Duration.seconds(59), "59s"],
      [Duration.seconds(5_400), "1h 30m"],
      [Duration.seconds(86_400 + 1), "1d 1s"]
    ]
    for (const [duration, text] of cases) assert.strictEqual(Text.duration(duration), text)
  })

  it("tells how far away an instant is, to the second within the hour, else to the minute", () => {
    const now = at("2026-03-27T10:00:00Z")
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["2026-03-27T10:00:00.400Z", "now"],
      ["2026-03-27T10:04:10Z", "in 4m 10s"],
      ["2026-03-27T09:59:00Z", "1m ago"],
      ["2026-03-30T09:59:40Z", "in 3d"],
      ["2026-03-26T08:00:00Z", "1d 2h ago"]
    ]
    for (const [text, expected] of cases) assert.strictEqual(Text.distance(at(text), now), expected, text)
  })

  it("writes a payload on one line, with room to break it", () => {
    assert.strictEqual(
      Text.payload({ power_w: 5, note: "a { b }", list: [1, { deep: true }] }),
      '{"power_w": 5, "note": "a { b }", "list": [ 1, { "deep": true } ]}'
    )
    assert.strictEqual(Text.payload({}), "{}")
  })
})

describe("times", () => {
  beforeAll(() => {
    process.env["TZ"] = "Europe/Berlin"
  })

  it("are local, or UTC on request", () => {
    const local = Times.make(clock("Europe/Berlin"))
    const utc = Times.make(clock("UTC"))
    const late = at("2026-03-28T23:30:05.007Z")
    assert.deepStrictEqual(
      [local.zone, local.instant(late), local.day(late), local.clockMillis(late)],
      ["Europe/Berlin", "2026-03-29 00:30:05", "Sun 2026-03-29", "00:30:05.007"]
    )
    assert.deepStrictEqual(
      [utc.zone, utc.instant(late), utc.day(late), utc.clockMillis(late)],
      ["UTC", "2026-03-28 23:30:05", "Sat 2026-03-28", "23:30:05.007"]
    )
  })

  it("leave out the date of the same local day alone", () => {
    const { near } = Times.make(clock("Europe/Berlin"))
    assert.strictEqual(near(at("2026-03-28T23:30:00Z"), at("2026-03-28T22:30:00Z")), "2026-03-29 00:30:00")
    assert.strictEqual(near(at("2026-03-28T23:30:00Z"), at("2026-03-29T10:00:00Z")), "00:30:00")
  })

  it("know the midnight of a day on which the clocks change", () => {
    const { midnight } = Times.make(clock("Europe/Berlin"))
    assert.strictEqual(DateTime.formatIso(midnight(at("2026-03-29T20:00:00Z"))), "2026-03-28T23:00:00.000Z")
    assert.strictEqual(DateTime.formatIso(midnight(at("2026-03-30T08:00:00Z"))), "2026-03-29T22:00:00.000Z")
  })
})

describe("layout", () => {
  it("measures as a terminal shows it", () => {
    assert.strictEqual(pad("充電", 6), "充電  ")
    assert.strictEqual(cut("充電器です", 7), "充電器…")
    assert.strictEqual(cut("abcdef", 6), "abcdef")
    assert.strictEqual(cut("abcdef", 4), "abc…")
    assert.strictEqual(cut("abc", 0), "")
  })

  it("breaks at two blanks first, then at words, never within one", () => {
    assert.deepStrictEqual(wrap("one two  three four", 30), ["one two  three four"])
    assert.deepStrictEqual(wrap("one two  three four", 11), ["one two", "three four"])
    assert.deepStrictEqual(wrap("aa bb  cc dd ee", 11), ["aa bb", "cc dd ee"])
    assert.deepStrictEqual(wrap("one two three", 7), ["one two", "three"])
    assert.deepStrictEqual(wrap("incomprehensibilities a", 5), ["incomprehensibilities", "a"])
  })

  it("hangs text under its own column, or under the line where there is no room for one", () => {
    const words = "four and twenty blackbirds baked"
    assert.deepStrictEqual(hanging("head  ", words, 32), ["head  four and twenty blackbirds", "      baked"])
    assert.deepStrictEqual(hanging("a head that is long  ", words, 44), [
      "a head that is long",
      "              four and twenty blackbirds",
      "              baked"
    ])
  })
})
