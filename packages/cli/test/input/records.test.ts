import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"
import { parseDraft, parseLines } from "../../src/input/records.ts"
import * as Json from "../../src/output/json.ts"
import { asDispatch, draftOf } from "../../src/schedule/draft.ts"
import { at, daily, dispatchOf } from "../fixtures.ts"

const now = at("2026-03-27T10:30:00Z")

const minimal = { type: "A", startTime: "2026-03-01T08:00:00Z", target: "1-3" }
const read = (value: object) => parseDraft(JSON.stringify({ ...minimal, ...value }))
const fault = (value: object): string => {
  const found = read(value)
  return Result.isFailure(found) ? found.failure : "read"
}
const draft = (value: object) => Result.getOrThrowWith(read(value), (message) => new Error(message))

describe("a line that list --json has written", () => {
  it("is the same dispatch again", () => {
    const rules = [
      daily,
      new RecurrenceRule({
        frequency: "WEEKLY",
        interval: 2,
        byWeekdays: ["MONDAY"],
        byHours: [8, 20],
        byMinutes: [30],
        end: { _tag: "Count", count: 7 }
      }),
      new RecurrenceRule({
        frequency: "YEARLY",
        interval: 1,
        byMonths: [2],
        byMonthDays: [-1, 15],
        end: { _tag: "Until", until: at("2030-01-01T00:00:00.500Z") }
      })
    ]
    const local = new CalendarRule({
      frequency: "MONTHLY",
      interval: 1,
      timeZone: "Europe/Berlin",
      nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }],
      positions: [-1],
      weekStart: "SUNDAY",
      end: { _tag: "Count", count: 3 },
      exceptions: [at("2026-04-24T08:00:00Z")]
    })
    const list: ReadonlyArray<Dispatch> = [
      dispatchOf(1),
      dispatchOf(2, { duration: Duration.infinity, active: false, dryRun: true }),
      dispatchOf(3, { duration: Duration.zero, payload: { a: [1, { b: null }], "ä\n": "\u2028" } }),
      dispatchOf(4, { target: Target.componentIds(1n, 18_446_744_073_709_551_615n) }),
      dispatchOf(5, {
        target: Target.componentCategories("METER", { category: "BATTERY", subtype: "LI_ION" })
      }),
      ...rules.map((recurrence) => dispatchOf(6, { recurrence })),
      dispatchOf(7, { recurrence: daily, duration: Duration.infinity }),
      dispatchOf(8, { recurrence: local })
    ]
    const text = list
      .map((dispatch) =>
        JSON.stringify({ ...Json.dispatch(dispatch, now), conflicts: ["9"], result: "created", line: 3 })
      )
      .join("\r\n")
    const lines = parseLines(`${text}\n\n`)
    assert.strictEqual(lines.length, list.length)
    for (const [index, { line, read }] of lines.entries()) {
      const dispatch = list[index] ?? dispatchOf(1)
      assert.strictEqual(line, index + 1)
      const found = asDispatch(
        Result.getOrThrowWith(read, (message) => new Error(message)),
        now
      )
      assert.deepStrictEqual(Json.draft(found), Json.draft(asDispatch(draftOf(dispatch), now)))
    }
  })
})

describe("a line that a person has written", () => {
  it("needs little, and may say lengths, targets and now in words", () => {
    const found = draft({ startTime: "now", duration: "2 hours", target: "battery,ev_charger:ac" })
    assert.deepStrictEqual(
      [found.startTime, Duration.toSeconds(found.duration), found.active, found.dryRun, found.payload],
      ["NOW", 7_200, true, false, {}]
    )
    assert.deepStrictEqual(
      found.target,
      Target.componentCategories("BATTERY", { category: "EV_CHARGER", subtype: "AC" })
    )
    assert.isFalse(Duration.isFinite(draft({}).duration))
  })

  it("is refused by the field that is wrong", () => {
    const cases: ReadonlyArray<readonly [object, RegExp]> = [
      [{ strat: 1 }, /^"strat" is no field of a dispatch; there are name, type, startTime/],
      [{ type: 7 }, /^type 7 must be a text/],
      [{ type: undefined }, /^type is missing/],
      [{ startTime: "2026-03-01T08:00" }, /^startTime ".*" is not a time with its zone/],
      [{ startTime: "tomorrow" }, /^startTime "tomorrow" is not a time with its zone/],
      [{ startTime: "2026-02-30T08:00:00Z" }, /^startTime /],
      [{ durationSeconds: -1 }, /^durationSeconds -1 must be /],
      [{ durationSeconds: "1h" }, /^durationSeconds "1h" must be /],
      [{ duration: "long" }, /^duration "long" is not understood/],
      [{ target: "toaster" }, /^target "toaster" .*not a category/],
      [{ target: { componentIds: [1], categories: ["BATTERY"] } }, /^target .* must be/],
      [{ target: {} }, /^target \{\} must be/],
      [{ active: "no" }, /^active "no" must be true or false/],
      [{ payload: [1] }, /^payload \[1\] must be /],
      [{ payload: { id: 1e300 } }, /^has "id": 1e\+300, which is beyond 2\^53/],
      [{ recurrence: { interval: 2 }, durationSeconds: 1 }, /^recurrence.frequency is missing/],
      [
        { recurrence: { frequency: "daily", byHour: [1] }, durationSeconds: 1 },
        /^recurrence.byHour is no field/
      ],
      [
        { recurrence: { frequency: "daily", byHours: [24] }, durationSeconds: 1 },
        /^recurrence.byHours\[0\] 24 must be /
      ],
      [
        { recurrence: { frequency: "daily", until: "x" }, durationSeconds: 1 },
        /^recurrence.until "x" must be /
      ],
      [{ recurrence: { frequency: "daily" } }, /^durationSeconds is missing: what recurs needs one/],
      [
        { recurrence: { frequency: "daily", count: 1, until: "x" }, durationSeconds: 1 },
        /^recurrence has both/
      ],
      [{ calendar: { frequency: "daily" }, durationSeconds: 1 }, /^calendar.timeZone is missing/],
      [
        { calendar: { frequency: "daily", timeZone: "Mars/Base" }, durationSeconds: 1 },
        /^calendar timeZone: .*Mars\/Base/
      ],
      [
        {
          calendar: { frequency: "daily", timeZone: "UTC" },
          recurrence: { frequency: "daily" },
          durationSeconds: 1
        },
        /^recurrence and calendar cannot both be given/
      ],
      [
        { calendar: { frequency: "daily", timeZone: "UTC" } },
        /^durationSeconds is missing: what recurs needs one/
      ]
    ]
    for (const [value, expected] of cases) assert.match(fault(value), expected, JSON.stringify(value))
    for (const text of ["", "1", "[]", "{", '"a"', "null"]) {
      const found = parseDraft(text)
      assert.match(Result.isFailure(found) ? found.failure : "read", /^is not a JSON object/, text)
    }
  })

  it("keeps the number of its line, whatever is around it", () => {
    const lines = parseLines(`\n  ${JSON.stringify(minimal)}\n\n{}\n`)
    assert.deepStrictEqual(
      lines.map(({ line, read }) => [line, Result.isSuccess(read)]),
      [
        [2, true],
        [4, false]
      ]
    )
  })
})
