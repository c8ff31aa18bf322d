import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { isRefused } from "../../src/internal/coded.ts"
import { RecurrenceRuleSchema } from "@effect-dispatch/api/Protobuf"
import * as RecurrenceCodec from "../../src/internal/recurrenceCodec.ts"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { rules } from "../arbitraries.ts"

type Init = MessageInitShape<typeof RecurrenceRuleSchema>

const read = (init: object) =>
  RecurrenceCodec.decode(
    create(RecurrenceRuleSchema, { freq: 3, interval: 1, ...init } as Init),
    "recurrence"
  )

const rule = (init: object): RecurrenceRule => {
  const decoded = read(init)
  if (decoded === undefined) return assert.fail("it means once")
  return isRefused(decoded) ? assert.fail(decoded.message) : decoded
}

describe("RecurrenceCodec", () => {
  it.prop(
    "a rule is the same after the wire, lists in their order; an empty one is none",
    [rules],
    ([given]) => {
      const encoded = RecurrenceCodec.encode(given, "recurrence")
      if (isRefused(encoded)) return assert.fail(encoded.message)
      const bytes = toBinary(RecurrenceRuleSchema, encoded)
      const back = RecurrenceCodec.decode(fromBinary(RecurrenceRuleSchema, bytes), "recurrence")
      const lists = Object.entries(given).filter(([, value]) => !Array.isArray(value) || value.length > 0)
      assert.deepStrictEqual({ ...back }, Object.fromEntries(lists))
    }
  )

  it("a frequency of UNSPECIFIED means once, and whatever else the message carries is not looked at", () => {
    assert.isUndefined(RecurrenceCodec.decode(create(RecurrenceRuleSchema), "recurrence"))
    const nonsense = {
      freq: 0,
      interval: 4_294_967_295,
      endCriteria: { countOrUntil: { case: "count", value: 0 } },
      byminutes: [60],
      byhours: [24],
      byweekdays: [0, 99],
      bymonthdays: [0],
      bymonths: [13]
    }
    assert.isUndefined(read(nonsense))
    // The same is refused as soon as it recurs.
    assert.isTrue(isRefused(read({ ...nonsense, freq: 3 })))
  })

  it("an interval of 0 becomes 1, and the largest stays", () => {
    assert.strictEqual(rule({ interval: 0 }).interval, 1)
    assert.strictEqual(rule({ interval: 4_294_967_295 }).interval, 4_294_967_295)
  })

  it("what a rule does not say it does not have", () => {
    assert.deepStrictEqual(Object.keys(rule({ endCriteria: {} })), ["frequency", "interval"])
  })

  it("an end is a count or an instant", () => {
    const until = { seconds: 5n, nanos: 7_000_000 }
    assert.deepStrictEqual(rule({ endCriteria: { countOrUntil: { case: "count", value: 3 } } }).end, {
      _tag: "Count",
      count: 3
    })
    assert.deepStrictEqual(rule({ endCriteria: { countOrUntil: { case: "untilTime", value: until } } }).end, {
      _tag: "Until",
      until: DateTime.makeUnsafe(5_007)
    })
  })

  it("frequencies and weekdays have the numbers of the API", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6].map((freq) => rule({ freq }).frequency),
      ["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
    )
    assert.deepStrictEqual(rule({ byweekdays: [1, 2, 3, 4, 5, 6, 7] }).byWeekdays, [
      "MONDAY",
      "TUESDAY",
      "WEDNESDAY",
      "THURSDAY",
      "FRIDAY",
      "SATURDAY",
      "SUNDAY"
    ])
  })

  it.each<readonly [string, object, RegExp]>([
    ["recurrence.frequency", { freq: 7 }, /^7 is not a frequency; known are MINUTELY/],
    [
      "recurrence.end.count",
      { endCriteria: { countOrUntil: { case: "count", value: 0 } } },
      /from 1 to 4294967295/
    ],
    [
      "recurrence.end.until",
      { endCriteria: { countOrUntil: { case: "untilTime", value: { seconds: 1n << 40n } } } },
      /years 1 to 9999/
    ],
    [
      "recurrence.byMinutes[1]",
      { byminutes: [59, 60] },
      /^the number 60 is not a whole number from 0 to 59$/
    ],
    ["recurrence.byHours[0]", { byhours: [24] }, /^the number 24 is not a whole number from 0 to 23$/],
    ["recurrence.byWeekdays[2]", { byweekdays: [1, 7, 8] }, /^8 is not a weekday; known are MONDAY/],
    ["recurrence.byWeekdays[0]", { byweekdays: [0] }, /^UNSPECIFIED is not a weekday/],
    [
      "recurrence.byMonthDays[1]",
      { bymonthdays: [31, 32] },
      /^the number 32 is not a whole number from 1 to 31 or from -1 to -31$/
    ],
    ["recurrence.byMonthDays[1]", { bymonthdays: [-31, -32] }, /^the number -32 is not/],
    ["recurrence.byMonthDays[0]", { bymonthdays: [0] }, /^the number 0 is not/],
    ["recurrence.byMonths[0]", { bymonths: [0] }, /^the number 0 is not a whole number from 1 to 12$/],
    ["recurrence.byMonths[1]", { bymonths: [12, 13] }, /^the number 13 is not a whole number from 1 to 12$/]
  ])("what no rule can say is refused at %s (%o)", (path, init, message) => {
    const decoded = read(init)
    if (!isRefused(decoded)) return assert.fail("it is not refused")
    assert.strictEqual(decoded.path, path)
    assert.match(decoded.message, message)
  })
})
