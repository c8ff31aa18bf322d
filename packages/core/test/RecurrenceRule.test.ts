import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Exit, Result, Schema } from "effect"

type Fields = Parameters<typeof RecurrenceRule.makeResult>[0]

const refused: ReadonlyArray<readonly [field: string, fields: object, allowed: string]> = [
  ["frequency", { frequency: undefined }, "one of MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"],
  ["frequency", { frequency: "UNSPECIFIED" }, "one of MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"],
  ["frequency", { frequency: "SECONDLY" }, "one of MINUTELY"],
  ["interval", { interval: -1 }, "from 0 to 4294967295"],
  ["interval", { interval: 1.5 }, "from 0 to 4294967295"],
  ["interval", { interval: 4_294_967_296 }, "from 0 to 4294967295"],
  ["end.count", { end: { _tag: "Count", count: 0 } }, "from 1 to 4294967295"],
  ["end.count", { end: { _tag: "Count", count: 2.5 } }, "from 1 to 4294967295"],
  ["byMinutes[0]", { byMinutes: [60] }, "from 0 to 59"],
  ["byMinutes[1]", { byMinutes: [0, -1] }, "from 0 to 59"],
  ["byHours[2]", { byHours: [0, 23, 24] }, "from 0 to 23"],
  ["byHours[0]", { byHours: [Number.NaN] }, "from 0 to 23"],
  ["byWeekdays[1]", { byWeekdays: ["MONDAY", "UNSPECIFIED"] }, "one of MONDAY, TUESDAY"],
  ["byMonthDays[0]", { byMonthDays: [0] }, "from 1 to 31 or from -1 to -31"],
  ["byMonthDays[0]", { byMonthDays: [32] }, "from 1 to 31 or from -1 to -31"],
  ["byMonthDays[1]", { byMonthDays: [-31, -32] }, "from 1 to 31 or from -1 to -31"],
  ["byMonths[0]", { byMonths: [0] }, "from 1 to 12"],
  ["byMonths[0]", { byMonths: [13] }, "from 1 to 12"]
]

const accepted: ReadonlyArray<Partial<Fields>> = [
  { interval: 4_294_967_295, end: { _tag: "Count", count: 4_294_967_295 } },
  { end: { _tag: "Until", until: DateTime.makeUnsafe(-1) } },
  { byMinutes: [59, 0, 0], byHours: [23, 0], byMonthDays: [31, -31, 1, -1], byMonths: [12, 1] },
  { byMinutes: [], byHours: [], byWeekdays: [], byMonthDays: [], byMonths: [] },
  { frequency: "WEEKLY", byMonthDays: [13], byWeekdays: ["SUNDAY", "SUNDAY"] }
]

const fieldsOf = (fields: object) => ({ frequency: "DAILY", interval: 1, ...fields }) as Fields

describe("RecurrenceRule", () => {
  for (const [field, fields, allowed] of refused) {
    it(`refuses ${JSON.stringify(fields)} with the field and what is allowed, however it is made`, () => {
      const result = RecurrenceRule.makeResult(fieldsOf(fields))
      assert.isTrue(Result.isFailure(result))
      if (Result.isSuccess(result)) return
      assert.strictEqual(result.failure._tag, "RecurrenceRuleError")
      assert.strictEqual(result.failure.path, field)
      assert.isFalse(result.failure.message.startsWith(field))
      assert.include(result.failure.message, allowed)
      assert.throws(
        () => new RecurrenceRule.RecurrenceRule(fieldsOf(fields)),
        RecurrenceRule.RecurrenceRuleError,
        result.failure.message
      )
      assert.throws(
        () => RecurrenceRule.make(fieldsOf(fields)),
        RecurrenceRule.RecurrenceRuleError,
        result.failure.message
      )
      const decoded = Schema.decodeExit(RecurrenceRule.RecurrenceRule)(fieldsOf(fields))
      assert.isTrue(Exit.isFailure(decoded))
    })
  }

  for (const fields of accepted) {
    it(`accepts ${JSON.stringify(fields)}`, () => {
      assert.deepInclude({ ...new RecurrenceRule.RecurrenceRule(fieldsOf(fields)) }, fields)
      assert.isTrue(Result.isSuccess(RecurrenceRule.makeResult(fieldsOf(fields))))
    })
  }

  it("takes an interval of 0 for 1, as on the wire", () => {
    assert.strictEqual(new RecurrenceRule.RecurrenceRule(fieldsOf({ interval: 0 })).interval, 1)
    assert.strictEqual(RecurrenceRule.make(fieldsOf({ interval: 0 })).interval, 1)
    const result = RecurrenceRule.makeResult(fieldsOf({ interval: 0 }))
    assert.strictEqual(Result.getOrThrow(result).interval, 1)
  })
})
