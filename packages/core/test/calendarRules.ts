/** Rules in local time for property tests: zones with changes of all kinds, and starts near those changes. */
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Count, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { Arbitrary, Schema } from "effect"
import { at } from "./recurrenceRules.ts"

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const few = <A>(item: Schema.Codec<A>, most = 3) =>
  Schema.optionalKey(Schema.Array(item).check(Schema.isMaxLength(most)))

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Sydney",
  "Australia/Lord_Howe",
  "Europe/Dublin",
  "Pacific/Apia",
  "Africa/Casablanca",
  "America/Santiago",
  "Antarctica/Troll",
  "Africa/Monrovia",
  "Asia/Kolkata",
  "UTC"
]

const shape = Schema.Struct({
  timeZone: Schema.Literals(zones),
  frequency: Schema.Literals(["DAILY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
  interval: Schema.Union([Schema.Literal(1), whole(1, 5)]),
  count: Schema.optionalKey(Count.fields.count.check(Schema.isLessThan(40))),
  byMinutes: few(Schema.Literals([0, 15, 30, 45])),
  byHours: few(whole(0, 4)),
  byWeekdays: few(Weekday),
  byMonthDays: few(Schema.Union([whole(1, 31), whole(-31, -1)])),
  byMonths: few(whole(1, 12)),
  nth: few(Schema.Struct({ nth: Schema.Literals([-5, -2, -1, 1, 2, 3, 5]), weekday: Weekday }), 2),
  positions: few(Schema.Literals([-3, -1, 1, 2, 4]), 2),
  weekStart: Schema.optionalKey(Weekday)
})

/** The `number`-th change of a zone's clock from the start of a year on, or that start. */
const changeOf = (zone: string, year: number, number: number): number => {
  let at = Temporal.ZonedDateTime.from({ year, month: 1, day: 1, timeZone: zone })
  for (let left = number; left > 0; left--) at = at.getTimeZoneTransition("next") ?? at
  return Math.floor(at.epochMilliseconds / 1_000)
}

/** A rule, and its start in epoch seconds. */
export const calendarAndStart: Arbitrary.Arbitrary<{
  readonly rule: CalendarRule
  readonly start: number
}> = Arbitrary.map(
  Arbitrary.all({
    shape: Arbitrary.schema(shape),
    year: Arbitrary.schema(whole(1965, 2060)),
    number: Arbitrary.schema(whole(0, 3)),
    minutes: Arbitrary.schema(whole(-3_000, 300)),
    exceptions: Arbitrary.schema(Schema.Array(whole(0, 40)).check(Schema.isMaxLength(3)))
  }),
  ({ exceptions, minutes, number, shape: { count, nth, positions, ...fields }, year }) => {
    const start = changeOf(fields.timeZone, year, number) + 60 * minutes
    const hasNth = fields.frequency === "MONTHLY" || fields.frequency === "YEARLY"
    const hasPositions =
      fields.frequency !== "DAILY" && fields.byMonthDays !== undefined && fields.byMonthDays.length > 0
    const rule = new CalendarRule({
      ...fields,
      ...(hasNth && nth !== undefined ? { nthWeekdays: nth } : undefined),
      ...(hasPositions && positions !== undefined
        ? {
            positions,
            byHours: fields.byHours?.slice(0, 1) ?? [],
            byMinutes: fields.byMinutes?.slice(0, 1) ?? []
          }
        : undefined),
      ...(count === undefined ? undefined : { end: { _tag: "Count", count } }),
      ...(exceptions.length === 0
        ? undefined
        : { exceptions: exceptions.map((days) => at(start + 86_400 * days)) })
    })
    return { rule, start }
  }
)
