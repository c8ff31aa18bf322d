/** Rules for property tests: all shapes, short lists, intervals that are common and intervals that are not. */
import { Count, Frequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { Arbitrary, DateTime, Schema } from "effect"

const numbers = (minimum: number, maximum: number) =>
  Schema.optionalKey(
    Schema.Array(Schema.Int.check(Schema.isBetween({ minimum, maximum }))).check(Schema.isMaxLength(3))
  )

const shape = Schema.Struct({
  frequency: Frequency,
  interval: Schema.Union([
    Schema.Literal(1),
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 })),
    Schema.Literals([60, 77, 90, 97, 365, 400, 720, 773, 1_439, 1_440, 1_441, 9_973, 10_080, 1_000_000_007])
  ]),
  count: Schema.optionalKey(Count.fields.count.check(Schema.isLessThan(300))),
  byMinutes: numbers(0, 59),
  byHours: numbers(0, 23),
  byWeekdays: Schema.optionalKey(Schema.Array(Weekday).check(Schema.isMaxLength(3))),
  byMonthDays: numbers(1, 31),
  daysFromEnd: numbers(-31, -1),
  byMonths: numbers(1, 12)
})

/** A rule, and its start in epoch seconds: from 1901 to 2100. */
export const ruleAndStart: Arbitrary.Arbitrary<{ readonly rule: RecurrenceRule; readonly start: number }> =
  Arbitrary.map(
    Arbitrary.all({
      shape: Arbitrary.schema(shape),
      start: Arbitrary.schema(
        Schema.Int.check(Schema.isBetween({ minimum: -2_177_452_800, maximum: 4_102_444_800 }))
      )
    }),
    ({ shape: { count, daysFromEnd, ...fields }, start }) => {
      const byMonthDays = [...(fields.byMonthDays ?? []), ...(daysFromEnd ?? [])]
      const rule = new RecurrenceRule({
        ...fields,
        ...(byMonthDays.length === 0 ? undefined : { byMonthDays }),
        ...(count === undefined ? undefined : { end: { _tag: "Count", count } })
      })
      return { rule, start }
    }
  )

/** An instant from epoch seconds, fractions included. */
export const at = (seconds: number): DateTime.Utc => DateTime.makeUnsafe(Math.round(seconds * 1_000))
