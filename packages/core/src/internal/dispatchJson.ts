/** The one JSON of a dispatch: the form of each field, for programs in any language and for records. */
import { DateTime, Duration, Option, Schema, SchemaTransformation } from "effect"
import { CalendarRule } from "../CalendarRule.ts"
import { DispatchId } from "../DispatchId.ts"
import * as Payload from "../Payload.ts"
import { RecurrenceRule } from "../RecurrenceRule.ts"
import * as Target from "../Target.ts"
import { durationSecondsMax } from "./runDuration.ts"

/** Whole seconds; `null` has no end. */
const Seconds = Schema.NullOr(
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: durationSecondsMax }))
).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transform({
      decode: (seconds) => (seconds === null ? Duration.infinity : Duration.seconds(seconds)),
      encode: (duration) => (Duration.isFinite(duration) ? Duration.toSeconds(duration) : null)
    })
  )
)

/** An instant with all nine digits below the second. */
const Nanoseconds = Schema.String.check(
  Schema.makeFilter((text: string) => Option.isSome(parseNanos(text)), {
    expected: "an instant with nine digits below the second"
  })
).pipe(
  Schema.decodeTo(
    Schema.BigInt,
    SchemaTransformation.transform({
      decode: (text) => Option.getOrThrow(parseNanos(text)),
      encode: (time) => {
        const digits = BigInt.asUintN(64, ((time % nanosPerSecond) + nanosPerSecond) % nanosPerSecond)
        const second = DateTime.makeUnsafe(Number((time - digits) / nanosPerSecond) * 1_000)
        return `${DateTime.formatIso(second).slice(0, -".000Z".length)}.${String(digits).padStart(9, "0")}Z`
      }
    })
  )
)

const nanosPerSecond = 1_000_000_000n

const parseNanos = (text: string): Option.Option<bigint> => {
  const [, second, digits = ""] = /^(.+)\.(\d{9})Z$/.exec(text) ?? []
  return Option.map(
    DateTime.make(`${second}Z`),
    ({ epochMilliseconds }) => BigInt(epochMilliseconds) * 1_000_000n + BigInt(digits)
  )
}

const Ids = Schema.Struct({ componentIds: Schema.Array(Schema.BigIntFromString) }).pipe(
  Schema.decodeTo(
    Target.ComponentIds,
    SchemaTransformation.transform({
      decode: ({ componentIds }) => ({ _tag: "ComponentIds" as const, ids: componentIds }),
      encode: ({ ids }) => ({ componentIds: ids })
    })
  )
)

const Categories = Schema.Struct({ categories: Target.ComponentCategories.fields.categories }).pipe(
  Schema.decodeTo(
    Target.ComponentCategories,
    SchemaTransformation.transform({
      decode: ({ categories }) => ({ _tag: "ComponentCategories" as const, categories }),
      encode: ({ categories }) => ({ categories })
    })
  )
)

const { byHours, byMinutes, byMonthDays, byMonths, byWeekdays, frequency, interval } = RecurrenceRule.fields

/** The end of a rule is one of two fields. */
const ending = {
  count: Schema.optionalKey(Schema.Int),
  until: Schema.optionalKey(Schema.DateTimeUtcFromString)
}

const endOf = (count: number | undefined, until: DateTime.Utc | undefined): Pick<RecurrenceRule, "end"> => ({
  ...(count === undefined ? undefined : { end: { _tag: "Count" as const, count } }),
  ...(until === undefined ? undefined : { end: { _tag: "Until" as const, until } })
})

const endingOf = (end: RecurrenceRule["end"]) => ({
  ...(end?._tag === "Count" ? { count: end.count } : undefined),
  ...(end?._tag === "Until" ? { until: end.until } : undefined)
})

const lists = { byMinutes, byHours, byWeekdays, byMonthDays, byMonths }

const Rule = Schema.Struct({ frequency, interval, ...ending, ...lists }).pipe(
  Schema.decodeTo(
    RecurrenceRule,
    SchemaTransformation.transform({
      decode: ({ count, until, ...rest }) => ({ ...rest, ...endOf(count, until) }),
      encode: ({ end, ...rest }) => ({ ...rest, ...endingOf(end) })
    })
  )
)

const { nthWeekdays, positions, timeZone, weekStart } = CalendarRule.fields

/** A rule in local time has a key of its own: a reader that does not know zones does not take it for one in UTC. */
const Calendar = Schema.Struct({
  timeZone,
  frequency,
  interval,
  ...ending,
  ...lists,
  nthWeekdays,
  positions,
  weekStart,
  exceptions: Schema.optionalKey(Schema.Array(Schema.DateTimeUtcFromString))
}).pipe(
  Schema.decodeTo(
    CalendarRule,
    SchemaTransformation.transform({
      decode: ({ count, until, ...rest }) => ({ ...rest, ...endOf(count, until) }),
      encode: ({ end, ...rest }) => ({ ...rest, ...endingOf(end) })
    })
  )
)

/** The fields in the order in which they are written. */
export const Fields = Schema.Struct({
  id: Schema.BigIntFromString.pipe(Schema.decodeTo(DispatchId)),
  name: Schema.optionalKey(Schema.String),
  type: Schema.String,
  startTime: Schema.DateTimeUtcFromString,
  durationSeconds: Seconds,
  target: Schema.Union([Ids, Categories]),
  active: Schema.Boolean,
  dryRun: Schema.Boolean,
  payload: Payload.Payload,
  recurrence: Schema.NullOr(Rule),
  calendar: Schema.optionalKey(Calendar),
  createTime: Schema.DateTimeUtcFromString,
  updateTime: Nanoseconds,
  endTime: Schema.NullOr(Schema.DateTimeUtcFromString)
})
