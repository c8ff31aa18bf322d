/**
 * The rule of a recurring dispatch, as a subset of RFC 5545's recurrence rules.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as RuleNumbers from "./internal/recurrence/ruleNumbers.ts"
import { isAllowed, lists, type NumberList, rangeOf } from "./internal/recurrence/ruleNumbers.ts"

/**
 * The period in which a rule repeats.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Frequency = Schema.Literals(["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])

/**
 * The period in which a rule repeats.
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
 * The largest interval and count of a rule: the largest unsigned 32-bit number.
 *
 * @category limits
 * @since 0.1.0
 */
export const numberMax: number = RuleNumbers.numberMax

const list = (key: NumberList) => {
  const [minimum, maximum, negative] = lists[key]
  const number = Schema.Int.check(
    Schema.isBetween({ minimum: negative ? -maximum : minimum, maximum }, { expected: rangeOf(key) }),
    Schema.makeFilter((number: number) => isAllowed(key, number), {
      expected: rangeOf(key)
    })
  )
  return Schema.optionalKey(Schema.Array(number))
}

const positive = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: numberMax }))

/**
 * Ends a rule after so many occurrences (at least 1).
 *
 * @category schemas
 * @since 0.1.0
 */
export const Count = Schema.TaggedStruct("Count", { count: positive })

/**
 * Ends a rule at an instant, inclusive.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Until = Schema.TaggedStruct("Until", { until: Schema.DateTimeUtc })

/** The parts that only a rule in local time has. */
const localParts = ["timeZone", "nthWeekdays", "weekStart", "positions", "exceptions"] as const

const Fields = Schema.Struct({
  /** A rule with a zone is a `CalendarRule`. */
  timeZone: Schema.optionalKey(Schema.Never),
  frequency: Frequency,
  interval: positive,
  end: Schema.optionalKey(Schema.Union([Count, Until])),
  byMinutes: list("byMinutes"),
  byHours: list("byHours"),
  byWeekdays: Schema.optionalKey(Schema.Array(Weekday)),
  byMonthDays: list("byMonthDays"),
  byMonths: list("byMonths")
})

/**
 * An impossible rule: `field` names the wrong field (`byHours[1]`), `message` says what is wrong with it and what is
 * allowed.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurrenceRuleError extends Schema.TaggedError<RecurrenceRuleError>()("RecurrenceRuleError", {
  field: Schema.String,
  message: Schema.String
}) {}

type Input = (typeof Fields)["~type.make.in"]

/**
 * A recurrence rule. It is anchored at the start time of its dispatch and evaluated in UTC.
 *
 * An absent or empty list means "not given"; order and repetition in a list mean nothing. `interval` counts periods
 * of `frequency`, and 0 means 1, as on the wire; without `end` the rule goes on to the year 9999. For a value out of
 * range `new` and `make` throw a `RecurrenceRuleError`, and `makeResult` returns it.
 *
 * @category models
 * @since 0.1.0
 */
export class RecurrenceRule extends Schema.Class<RecurrenceRule>("RecurrenceRule")(Fields.fields) {
  // Decoding passes its result through untouched: only a caller that constructs a rule needs the fields.
  // @effect-diagnostics-next-line overriddenSchemaConstructor:off
  constructor(fields: Input, options?: Schema.MakeOptions) {
    const normal = fields.interval === 0 ? { ...fields, interval: 1 } : fields
    const fault = options === undefined ? findFault(normal) : undefined
    if (fault !== undefined) throw refuse(fault)
    super(normal, options)
  }

  /** Makes a rule, or throws a `RecurrenceRuleError`. */
  static override make(fields: Input): RecurrenceRule {
    return fields instanceof RecurrenceRule ? fields : new RecurrenceRule(fields)
  }

  /** Makes a rule, or names the wrong field. */
  static makeResult(fields: Input): Result.Result<RecurrenceRule, RecurrenceRuleError> {
    const fault = findFault(fields)
    return fault === undefined ? Result.succeed(new RecurrenceRule(fields)) : Result.fail(refuse(fault))
  }
}

/**
 * The wrong part of a rule: a path in the model, and what is wrong there and what would be right.
 *
 * @category errors
 * @since 0.1.0
 */
export interface RuleFault {
  readonly path: string
  readonly message: string
}

const refuse = ({ message, path }: RuleFault): RecurrenceRuleError =>
  new RecurrenceRuleError({ field: path, message: `${path}: ${message}` })

const findFault = (fields: Input): RuleFault | undefined => {
  const part = localParts.find((name) => (fields as { readonly [part: string]: unknown })[name] !== undefined)
  return part === undefined
    ? findPlainFault(fields)
    : { path: part, message: 'is a part of a CalendarRule, which has a time zone: `timeZone: "UTC"` for UTC' }
}

/**
 * The first fault of the parts that every rule has.
 *
 * @internal
 * @category errors
 * @since 0.1.0
 */
export const findPlainFault = (fields: Omit<Input, "timeZone">): RuleFault | undefined => {
  if (!Frequency.literals.includes(fields.frequency)) {
    return fault("frequency", fields.frequency, `one of ${Frequency.literals.join(", ")}`)
  }
  if (fields.interval !== 0 && !isPositive(fields.interval)) {
    return fault("interval", fields.interval, `a whole number from 1 to ${numberMax}, or 0 for 1`)
  }
  if (fields.end?._tag === "Count" && !isPositive(fields.end.count)) {
    return fault("end.count", fields.end.count, `a whole number from 1 to ${numberMax}`)
  }
  for (const key of ["byMinutes", "byHours", "byMonthDays", "byMonths"] as const) {
    const wrong = fields[key]?.findIndex((number) => !isAllowed(key, number)) ?? -1
    if (wrong >= 0) return fault(`${key}[${wrong}]`, fields[key]?.[wrong], rangeOf(key))
  }
  const wrong = fields.byWeekdays?.findIndex((name) => !Weekday.literals.includes(name)) ?? -1
  return wrong < 0
    ? undefined
    : fault(`byWeekdays[${wrong}]`, fields.byWeekdays?.[wrong], `one of ${Weekday.literals.join(", ")}`)
}

const isPositive = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= numberMax

const fault = (path: string, value: unknown, allowed: string): RuleFault => ({
  path,
  message: `${String(value)}, must be ${allowed}`
})
