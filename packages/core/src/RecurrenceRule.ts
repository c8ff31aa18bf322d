/**
 * When a recurring dispatch occurs, as a subset of RFC 5545's recurrence rules.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * How often the period of a rule passes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Frequency = Schema.Literals(["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])

/**
 * How often the period of a rule passes.
 *
 * @category models
 * @since 0.1.0
 */
export type Frequency = typeof Frequency.Type

/**
 * The days of the week, Monday first as in ISO 8601.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Weekday = Schema.Literals([
  "MONDAY",
  "TUESDAY",
  "WEDNESDAY",
  "THURSDAY",
  "FRIDAY",
  "SATURDAY",
  "SUNDAY"
])

/**
 * A day of the week.
 *
 * @category models
 * @since 0.1.0
 */
export type Weekday = typeof Weekday.Type

/**
 * Ends a rule after so many occurrences (at least 1).
 *
 * @category schemas
 * @since 0.1.0
 */
export const Count = Schema.TaggedStruct("Count", {
  count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4_294_967_295 }))
})

/**
 * Ends a rule at an instant, inclusive.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Until = Schema.TaggedStruct("Until", { until: Schema.DateTimeUtc })

const list = (minimum: number, maximum: number) =>
  Schema.optionalKey(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum, maximum }))))

const Fields = Schema.Struct({
  frequency: Frequency,
  interval: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4_294_967_295 })),
  end: Schema.optionalKey(Schema.Union([Count, Until])),
  byMinutes: list(0, 59),
  byHours: list(0, 23),
  byWeekdays: Schema.optionalKey(Schema.Array(Weekday)),
  byMonthDays: list(-31, 31),
  byMonths: list(1, 12)
})

/**
 * A recurrence rule. It is anchored at the start time of its dispatch and evaluated in UTC.
 *
 * An absent or empty list means "not given"; order and repetition in a list mean nothing. `interval` counts periods
 * of `frequency`; without `end` the rule goes on to the year 9999.
 *
 * @category models
 * @since 0.1.0
 */
export class RecurrenceRule extends Schema.Class<RecurrenceRule>("RecurrenceRule")(Fields.fields) {
  /** An interval of 0 means 1, as on the wire. */
  // Decoding hands its result through untouched: the fields matter only to who constructs a rule.
  // @effect-diagnostics-next-line overriddenSchemaConstructor:off
  constructor(fields: (typeof Fields)["~type.make.in"], options?: Schema.MakeOptions) {
    super(fields.interval === 0 ? { ...fields, interval: 1 } : fields, options)
  }
}
