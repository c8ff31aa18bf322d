import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"
import { parseDuration } from "../../src/input/duration.ts"
import { parseIds } from "../../src/input/ids.ts"
import { parsePayload } from "../../src/input/payload.ts"
import { withoutPassword } from "../../src/input/settings.ts"
import { parseTarget, parseTargets } from "../../src/input/target.ts"
import { parseWords } from "../../src/input/words.ts"

const success = <A>(result: Result.Result<A, string>): A =>
  Result.getOrThrowWith(result, (fault) => new Error(fault))
const fault = (result: Result.Result<unknown, string>): string =>
  Result.isFailure(result) ? result.failure : `read as ${String(result.success)}`

describe("a duration", () => {
  it("is seconds, units or ISO 8601", () => {
    const seconds = (text: string) => Duration.toSeconds(success(parseDuration(text)))
    for (const text of ["5400", "90m", "1h 30m", "1h30m", " 1H 30M ", "PT90M", "PT1H30M", "pt5400s"]) {
      assert.strictEqual(seconds(text), 5_400, text)
    }
    for (const text of ["2d", "P2D", "PT48H", "1d 24h"]) assert.strictEqual(seconds(text), 172_800, text)
    for (const text of ["30 minutes", "30min", "30 Mins", "1800 seconds", "30 m"]) {
      assert.strictEqual(seconds(text), 1_800, text)
    }
    for (const text of ["1 hour and 30 minutes", "1hour, 30min", "90 minutes"]) {
      assert.strictEqual(seconds(text), 5_400, text)
    }
    for (const text of ["1w", "1 week", "P1W", "7 days"]) assert.strictEqual(seconds(text), 604_800, text)
    assert.strictEqual(seconds("0"), 0)
    assert.strictEqual(seconds("4294967295"), 4_294_967_295)
  })

  it("is refused with what is understood, or with what is too long", () => {
    for (const text of ["", "1x", "-5", "1.5h", "P", "PT", "1h 30", "P1Y", "infinite", "2 fortnights"]) {
      assert.match(fault(parseDuration(text)), /not understood.*90.*1h 30m.*PT90M/, text)
    }
    for (const text of ["4294967296", "50000d"]) assert.match(fault(parseDuration(text)), /is longer/, text)
  })
})

describe("ids", () => {
  it("are single, listed or ranges, each once and in order", () => {
    assert.deepStrictEqual(success(parseIds(["1", "7,3", "3-5", "9..10"])).map(String), [
      ..."17345".split(""),
      "9",
      "10"
    ])
    assert.deepStrictEqual(success(parseIds(["18446744073709551615"])).map(String), ["18446744073709551615"])
  })

  it("are refused by the part that is wrong", () => {
    assert.match(fault(parseIds(["1,a"])), /has "a", which is not an id/)
    assert.match(fault(parseIds(["1,,2"])), /has "", which is not an id/)
    assert.match(fault(parseIds(["5-3"])), /"5-3", which runs backwards/)
    assert.match(fault(parseIds(["18446744073709551616"])), /above 18446744073709551615/)
    assert.match(fault(parseIds(["1-10001"])), /more than 10000 ids/)
  })
})

describe("a payload", () => {
  it("is a JSON object, whose outer braces may be left out", () => {
    const expected = { power_w: -5_000, plan: { steps: [1, 2] } }
    for (const text of [JSON.stringify(expected), JSON.stringify(expected).slice(1, -1)]) {
      assert.deepStrictEqual(success(parsePayload(text)), expected)
    }
    assert.deepStrictEqual(success(parsePayload("")), {})
  })

  it("is refused where it is another value, or none", () => {
    for (const text of ["[1]", "{oops", "1", '"a"', '{"a": 1} x']) {
      assert.match(fault(parsePayload(text)), /is not a JSON object; use for example/, text)
    }
  })
})

describe("a number in a payload", () => {
  it("is refused where it would not be kept as it is written, with the place and a way out", () => {
    for (const number of ["9007199254740993", "-9007199254740992", "1e999", "12345678901234567890"]) {
      const text = `"power_w": 5, "plan": [{"id": ${number}}]`
      assert.match(
        fault(parsePayload(text)),
        new RegExp(`^has "id": ${number}, which is beyond 2\\^53.*; use a string$`)
      )
    }
    for (const number of ["9007199254740991", "-9007199254740991", "0.1", "1e15"]) {
      assert.deepStrictEqual(success(parsePayload(`"a": ${number}`)), { a: Number(number) })
    }
  })
})

describe("a target", () => {
  it("is ids, or names of categories and subtypes in any case", () => {
    assert.deepStrictEqual(success(parseTarget("1,#2, 3")), Target.componentIds(1n, 2n, 3n))
    assert.deepStrictEqual(success(parseTarget("1-3,#5,2..4")), Target.componentIds(1n, 2n, 3n, 5n, 4n))
    assert.deepStrictEqual(success(parseTarget("battery")), Target.componentCategories("BATTERY"))
    assert.deepStrictEqual(
      success(parseTarget("pv,li_ion,AC,ev_charger:dc,Meter")),
      Target.componentCategories(
        { category: "INVERTER", subtype: "PV" },
        { category: "BATTERY", subtype: "LI_ION" },
        { category: "EV_CHARGER", subtype: "AC" },
        { category: "EV_CHARGER", subtype: "DC" },
        "METER"
      )
    )
  })

  it("is refused by the part that is wrong, with what is known", () => {
    assert.match(
      fault(parseTarget("BATTERY,TOASTER")),
      /"TOASTER", which is not a category; known are .*EV_CHARGER/
    )
    assert.match(
      fault(parseTarget("battery:pv")),
      /"battery:pv", but the subtypes of BATTERY are LI_ION, NA_ION$/
    )
    assert.match(fault(parseTarget("BATTERY:LI_ION:X")), /the subtypes of BATTERY are/)
    assert.match(fault(parseTarget("METER:PV")), /the subtypes of METER are none$/)
    assert.match(fault(parseTarget("1,BATTERY")), /"1", which is not a category/)
    assert.match(fault(parseTarget("1,,2")), /an empty part/)
    assert.match(fault(parseTarget("18446744073709551616")), /above 18446744073709551615/)
    assert.match(fault(parseTarget("3-1")), /"3-1", which runs backwards/)
    assert.match(fault(parseTarget("1-1001")), /more than 1000/)
    assert.match(fault(parseTarget("1-600,700-1200")), /has 1101 components, must be at most 1000/)
  })

  it("of a question may be of both kinds", () => {
    assert.deepStrictEqual(success(parseTargets("11,battery,12-13")), [
      Target.componentIds(11n, 12n, 13n),
      Target.componentCategories("BATTERY")
    ])
    assert.match(fault(parseTargets("11,toaster")), /"toaster", which is not a category/)
  })
})

describe("the URL of a store", () => {
  it("is shown without its password, however it is written", () => {
    for (const text of [
      "postgres://user:s3cret@host/db",
      "postgres:/user:s3cret@host/db",
      "postgres:user:s3cret@host/db",
      "postgres://user:s3/cr#?@s3cret@host/db",
      "Postgres://host/db?password=s3cret"
    ]) {
      const shown = withoutPassword(text)
      assert.notInclude(shown, "s3", text)
      assert.match(shown, /host\/db$/, text)
    }
  })
})

describe("a line", () => {
  it("is cut into words as a shell does it", () => {
    const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
      ["", []],
      ["  list   1  ", ["list", "1"]],
      [`create 1 A B "tomorrow 8:00"`, ["create", "1", "A", "B", "tomorrow 8:00"]],
      [`-p '"power_w": 5'`, ["-p", `"power_w": 5`]],
      [`-p "{\\"a\\": 1}"`, ["-p", `{"a": 1}`]],
      [`a\\ b ''`, ["a b", ""]],
      [`x"y z"w`, ["xy zw"]],
      [`'a\\b'`, ["a\\b"]]
    ]
    for (const [line, words] of cases) assert.deepStrictEqual(success(parseWords(line)), words, line)
  })

  it("is refused with a quote that is not closed", () => {
    for (const line of [`'a`, `"a'`, `a "`]) assert.match(fault(parseWords(line)), /is not closed/, line)
  })
})
