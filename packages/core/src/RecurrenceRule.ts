/**
 * The rule of a recurring dispatch, as a subset of RFC 5545's recurrence rules.
 *
 * @since 0.1.0
 */
import { Predicate, Result, Schema } from "effect"
import { type Check, faultOf, optional } from "./internal/check.ts"
import * as RuleChecks from "./internal/recurrence/ruleChecks.ts"
import * as RuleNumbers from "./internal/recurrence/ruleNumbers.ts"
import { isAllowed, lists, type NumberList, rangeOf } from "./internal/recurrence/ruleNumbers.ts"
import type { Refusal } from "./Refusal.ts"

/**
 * The period in which a rule repeats.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Frequency = Schema.Literals(RuleNumbers.frequencies)

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
export const Weekday = Schema.Literals(RuleNumbers.weekdays)

/**
 * A day of the week.
 *
 * @category models
 * @since 0.1.0
 */
export type Weekday = typeof Weekday.Type

/**
 * True of a frequency that steps by real time, HOURLY or MINUTELY: no zone changes it, and its rules have no exceptions.
 *
 * @category queries
 * @since 0.1.0
 */
export const isFast = (frequency: Frequency): boolean => RuleNumbers.isFast(frequency)

/**
 * The largest interval and count of a rule: the largest unsigned 32-bit number. A rule with a larger one cannot be
 * made. Cannot be set.
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
 * An impossible rule: `path` is the wrong part (`byHours[1]`), `message` says what is wrong with it and what is allowed.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurrenceRuleError extends Schema.TaggedError<RecurrenceRuleError>()("RecurrenceRuleError", {
  path: Schema.String,
  message: Schema.String
}) {}

const parts = { ...RuleChecks.values, ...RuleChecks.lists }

/**
 * The first fault of a part of a rule by itself, such as its `byHours`; `undefined` if there is none. Paths begin with
 * `path`.
 *
 * @category guards
 * @since 0.1.0
 */
export const findFault = (
  part: keyof typeof parts,
  value: unknown,
  path: string = part
): Refusal | undefined => parts[part](value, path)

type Input = (typeof Fields)["~type.make.in"]

/**
 * A recurrence rule. It is anchored at the start time of its dispatch and evaluated in UTC.
 *
 * An absent or empty list means "not given"; order and repetition in a list mean nothing. `interval` counts periods
 * of `frequency`, and 0 means 1, as on the wire; without `end` the rule goes on to the year 9999. For a value out of
 * range `new` and `make` throw a `RecurrenceRuleError`, and `makeResult` returns it.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RecurrenceRule } from "@effect-dispatch/core"
 * import { Result } from "effect"
 *
 * const workdays = RecurrenceRule.make({
 *   frequency: "WEEKLY",
 *   interval: 1,
 *   byWeekdays: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
 *   end: { _tag: "Count", count: 10 }
 * })
 * assert.strictEqual(workdays.byWeekdays?.length, 5)
 * const impossible = RecurrenceRule.makeResult({ frequency: "DAILY", interval: 1, byHours: [8, 24] })
 * assert.ok(Result.isFailure(impossible))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category models
 * @since 0.1.0
 */
export class RecurrenceRule extends Schema.Class<RecurrenceRule>("RecurrenceRule")(Fields.fields) {
  // Decoding passes its result through untouched: only a caller that constructs a rule needs the fields.
  // @effect-diagnostics-next-line overriddenSchemaConstructor:off
  constructor(fields: Input, options?: Schema.MakeOptions) {
    const error = options === undefined ? errorOf(fields) : undefined
    if (error !== undefined) throw error
    super(fields.interval === 0 ? { ...fields, interval: 1 } : fields, options)
  }

  /** Makes a rule, or throws a `RecurrenceRuleError`. */
  static override make(fields: Input): RecurrenceRule {
    return fields instanceof RecurrenceRule ? fields : new RecurrenceRule(fields)
  }
}

/**
 * Makes a rule, or throws a `RecurrenceRuleError`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (fields: Input): RecurrenceRule => RecurrenceRule.make(fields)

/**
 * Makes a rule, or names the wrong part.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeResult = (fields: Input): Result.Result<RecurrenceRule, RecurrenceRuleError> => {
  const error = errorOf(fields)
  return error === undefined ? Result.succeed(new RecurrenceRule(fields)) : Result.fail(error)
}

const countEnd: Check = (end, path) =>
  Predicate.isTagged(end, "Count") ? RuleChecks.countEnd(end, path) : undefined

/** A part of a rule in local time, by the name of which another module may have it. */
const localPart: Check = (value, path) =>
  value === undefined
    ? undefined
    : { path, message: 'is a part of a CalendarRule, which has a time zone: `timeZone: "UTC"` for UTC' }

/** The schema of a field looks at the rest. */
const errorOf = (fields: Input): RecurrenceRuleError | undefined => {
  const fault = findLocalFault(fields) ?? findPlainFault(fields)
  return fault && new RecurrenceRuleError(fault)
}

const findLocalFault = (fields: object): Refusal | undefined => {
  for (const part of localParts) {
    const fault = Object.hasOwn(fields, part) ? localPart(Reflect.get(fields, part), part) : undefined
    if (fault !== undefined) return fault
  }
  return undefined
}

/**
 * The first fault of the parts that every rule has.
 *
 * @internal
 * @category guards
 * @since 0.1.0
 */
export const findPlainFault = (fields: Omit<Input, "timeZone">): Refusal | undefined => {
  const { frequency, interval } = RuleChecks.values
  const others = Object.fromEntries(
    Object.entries(fields).filter(([part]) => !localParts.some((local) => local === part))
  )
  return faultOf<Omit<Input, "timeZone">>(others, "rule", {
    frequency,
    interval,
    end: optional(countEnd),
    ...RuleChecks.optionalLists
  })
}
