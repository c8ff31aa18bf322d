/** The fields of a plan as they are written, for the reader and for editors. */
import { Frequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { Schema } from "effect"

const optional = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema.annotate({ description }))

const lowerCase = (names: ReadonlyArray<string>) => names.map((name) => name.toLowerCase())

const short = (names: ReadonlyArray<string>) => lowerCase(names).map((name) => name.slice(0, 3))

/** Ids are integers, or texts where a program would not keep all digits. */
const Id = Schema.Union([
  Schema.Int,
  Schema.String.check(Schema.isPattern(/^\d{1,20}$/, { expected: "an id, such as 12" }))
])

const Time = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/, {
    expected: "a date and a time of day, such as 2026-03-01T08:00"
  })
)

const TimeOrDay = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/, {
    expected: "a date, or a date and a time of day, such as 2026-03-01T08:00"
  })
)

const Length = Schema.Union([Schema.Int, Schema.String, Schema.Null]).annotate({
  expected: "a length such as 20m, seconds, or null"
})

const Part = Schema.Union([Schema.Int, Schema.String])

const Acted = Schema.Union([Part, Schema.NonEmptyArray(Part)]).annotate({
  expected: "component ids (1-3) or categories (BATTERY)"
})

const Content = Schema.Union([Schema.Record(Schema.String, Schema.Json), Schema.Null]).annotate({
  expected: "a map, or null"
})

const WeekdayName = Schema.Literals([
  ...short(Weekday.literals),
  ...lowerCase(Weekday.literals),
  ...Weekday.literals
]).annotate({ expected: `one of ${short(Weekday.literals).join(", ")}` })

const NthDay = Schema.String.check(
  Schema.isPattern(new RegExp(`^[+-]?\\d{1,2}(${short(Weekday.literals).join("|")})$`), {
    expected: "a weekday with its number, such as 2mon or -1fri"
  })
)

const { byHours, byMinutes, byMonthDays, byMonths } = RecurrenceRule.fields

const Rule = Schema.Struct({
  frequency: Schema.Literals([...lowerCase(Frequency.literals), ...Frequency.literals]).annotate({
    expected: `one of ${lowerCase(Frequency.literals).join(", ")}`
  }),
  interval: optional(Schema.Int.check(Schema.isGreaterThan(0)), "Every so many of them; 1 if left out"),
  count: optional(Schema.Int.check(Schema.isGreaterThan(0)), "Ends after so many occurrences"),
  until: optional(TimeOrDay, "Ends at this time, inclusive; a date is the whole day"),
  zone: optional(
    Schema.NonEmptyString,
    "The zone whose clock it goes by; else that of the plan, else UTC. Hourly and minutely rules have none"
  ),
  byMinutes,
  byHours,
  byWeekdays: Schema.optionalKey(Schema.Array(WeekdayName)),
  nthWeekdays: Schema.optionalKey(
    Schema.Array(NthDay).annotate({ description: "The last Friday of each month or year is -1fri" })
  ),
  positions: Schema.optionalKey(
    Schema.Array(Schema.Int).annotate({
      description: "Of the days of each week, month or year only these, from 1, or from the end by -1"
    })
  ),
  weekStart: optional(WeekdayName, "The day that begins the weeks; Monday if left out"),
  byMonthDays,
  byMonths
}).annotate({ identifier: "Rule", description: "When it recurs, on the clock of its zone" })

const Repeated = Schema.Union([
  Rule,
  Schema.String.annotate({ description: "A rule of RFC 5545, such as FREQ=DAILY;BYHOUR=8" }),
  Schema.Null
]).annotate({ expected: "a rule, or null" })

/** A dispatch of a plan as it is written. */
const Item = Schema.Struct({
  id: optional(Id, "Its id, which counts only at the service and the microgrid of the plan"),
  name: optional(Schema.NonEmptyString, "Its name in the plan"),
  type: optional(Schema.NonEmptyString, "What kind of application it is for"),
  start: optional(Time, "When it starts; without an offset in the zone of the plan"),
  duration: optional(Length, "How long it runs, such as 20m; 0 for a command; null until it is stopped"),
  target: optional(Acted, "Component ids (1-3, or a list) or categories (BATTERY, EV_CHARGER:AC)"),
  active: optional(Schema.Boolean, "True if it may run"),
  dryRun: optional(Schema.Boolean, "True if it runs without effect"),
  payload: optional(Content, "For the application; null for none"),
  recurrence: optional(Repeated, "When it recurs; null for once. A rule is replaced as a whole"),
  exceptions: optional(
    Schema.NullOr(Schema.Array(TimeOrDay)).annotate({ expected: "a list of times and dates, or null" }),
    "Runs of the rule that are left out, each by its start or all of a date; null for none"
  )
}).annotate({ identifier: "Dispatch", expected: "a map with the fields of a dispatch" })

/** A plan as it is written. */
export const PlanFields = Schema.Struct({
  plan: optional(
    Schema.NonEmptyString.check(Schema.isPattern(/^[^/]+$/, { expected: "a name without a slash" })),
    "The name of the plan"
  ),
  microgrid: optional(Id, "The microgrid that it is for"),
  service: optional(Schema.NonEmptyString, "The service at which the ids count, as export writes it"),
  defaults: optional(
    Schema.Struct({
      zone: optional(
        Schema.NonEmptyString,
        "The zone of times without an offset and of rules, such as Europe/Berlin"
      ),
      target: optional(Acted, "The target of dispatches that say none"),
      payload: optional(Content, "The payload of dispatches that say none")
    }).annotate({ identifier: "Defaults" }),
    "For dispatches that do not say otherwise"
  ),
  dispatches: Schema.Array(Item).annotate({
    description: "The fields of each; one that is left out stays as it is"
  })
}).annotate({
  identifier: "Plan",
  title: "A plan of dispatches",
  expected: "a map with dispatches, as export writes it"
})

/** A plan as it is written. */
export type PlanFields = typeof PlanFields.Type

/** A dispatch of a plan as it is written. */
export type ItemFields = PlanFields["dispatches"][number]

/** The JSON Schema of plans, as editors understand it. */
export const jsonSchema = (): object => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(PlanFields, { onExcessProperty: "error" })
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema, $defs: definitions }
}
