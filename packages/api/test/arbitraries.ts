/** Values of the model for property tests. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import { DispatchFilter, type TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Payload } from "@effect-dispatch/core/Payload"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { Target } from "@effect-dispatch/core/Target"
import { Arbitrary, DateTime, Duration, Schema } from "effect"

type Of<A> = Arbitrary.Arbitrary<A>

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const optional = <A>(item: Of<A>): Of<A | undefined> =>
  Arbitrary.map(Arbitrary.all([Arbitrary.schema(Schema.Boolean), item]), ([given, value]) =>
    given ? value : undefined
  )

/** Takes the keys away that have no value. */
const compact = <A extends object>(fields: A): { [key in keyof A]: Exclude<A[key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never

const wellFormedText = Schema.String.check(Schema.makeFilter((text: string) => text.isWellFormed()))
const nameText = wellFormedText.check(Schema.isMinLength(1))

/** From the year 1 to the year 9999, as the wire has it. */
export const instants: Of<DateTime.Utc> = Arbitrary.map(
  Arbitrary.schema(
    Schema.Union([
      int(-62_135_596_800_000, 253_402_300_799_999),
      int(0, 4_102_444_800_000),
      int(-2_000, 2_000)
    ])
  ),
  DateTime.makeUnsafe
)

/** In nanoseconds, over the same range. */
export const nanoseconds: Of<bigint> = Arbitrary.schema(
  Schema.BigInt.check(
    Schema.isBetweenBigInt({ minimum: -62_135_596_800_000_000_000n, maximum: 253_402_300_799_999_999_999n })
  )
)

/** Whole seconds, or without an end. */
export const durations: Of<Duration.Duration> = Arbitrary.map(
  Arbitrary.schema(
    Schema.Union([int(0, 4_294_967_295), int(0, 3), Schema.Literal(4_294_967_295), Schema.Null])
  ),
  (seconds) => (seconds === null ? Duration.infinity : Duration.seconds(seconds))
)

/** Sets of components, ids up to 2^64 - 1. */
export const targets: Of<Target> = Arbitrary.schema(Target)

const entries = Arbitrary.schema(
  Schema.Array(
    Schema.Tuple([
      Schema.Union([
        wellFormedText,
        Schema.Literals(["__proto__", "constructor", "toString", "", "a.b", "0"])
      ]),
      Schema.Union([wellFormedText, Schema.Finite, Schema.Boolean, Schema.Null, Schema.Array(Schema.Finite)])
    ])
  )
)

/** JSON objects, with every kind of key and number. */
export const payloads: Of<Payload> = Arbitrary.map(Arbitrary.all([entries, entries]), ([outer, inner]) =>
  // An own property, also for `__proto__`.
  Object.fromEntries([...outer, ["nested", [Object.fromEntries(inner)]]])
)

/** All shapes of rules. */
export const rules: Of<RecurrenceRule> = Arbitrary.map(
  Arbitrary.all([Arbitrary.schema(RecurrenceRule), instants]),
  ([{ end, ...fields }, until]) =>
    new RecurrenceRule(
      end === undefined ? fields : { ...fields, end: end._tag === "Count" ? end : { _tag: "Until", until } }
    )
)

/** Dispatches that the wire can carry. */
export const dispatches: Of<Dispatch> = Arbitrary.map(
  Arbitrary.all({
    id: Arbitrary.schema(DispatchId),
    type: Arbitrary.schema(wellFormedText),
    startTime: instants,
    duration: durations,
    target: targets,
    active: Arbitrary.schema(Schema.Boolean),
    dryRun: Arbitrary.schema(Schema.Boolean),
    payload: payloads,
    recurrence: optional(rules),
    name: optional(Arbitrary.schema(nameText)),
    createTime: instants,
    updateTime: nanoseconds,
    endTime: optional(instants)
  }),
  (fields) => new Dispatch(compact(fields) as Dispatch)
)

/** Microgrids, ids up to 2^64 - 1. */
export const microgridIds: Of<MicrogridId> = Arbitrary.schema(MicrogridId)

/** Parts of rules, as an update has them. */
export const ruleChanges: Of<RecurrenceChanges> = Arbitrary.map(
  Arbitrary.all({
    rule: rules,
    keep: Arbitrary.schema(Schema.Array(Schema.Boolean).check(Schema.isMinLength(8))),
    clear: Arbitrary.schema(Schema.Boolean)
  }),
  ({ clear, keep, rule }) => {
    const all: RecurrenceChanges = { ...rule, ...(clear ? { end: null, byHours: [] } : undefined) }
    const kept = Object.fromEntries(Object.entries(all).filter((_, index) => keep[index]))
    return Object.keys(kept).length === 0 ? { frequency: rule.frequency } : kept
  }
)

/** Updates of at least one field. */
export const changes: Of<DispatchChanges> = Arbitrary.map(
  Arbitrary.all({
    startTime: optional(instants),
    duration: optional(durations),
    target: optional(targets),
    active: optional(Arbitrary.schema(Schema.Boolean)),
    payload: optional(payloads),
    name: optional(Arbitrary.schema(Schema.NullOr(nameText))),
    rule: optional(rules),
    part: optional(ruleChanges),
    clear: Arbitrary.schema(Schema.Boolean)
  }),
  ({ clear, part, rule, ...fields }) => {
    const recurrence = rule ?? part ?? (clear ? null : undefined)
    const given = compact({ ...fields, recurrence }) as DispatchChanges
    return Object.keys(given).length === 0 ? { active: true } : given
  }
)

const intervals: Of<TimeInterval> = Arbitrary.map(
  Arbitrary.all({ from: optional(instants), to: optional(instants) }),
  (interval) => compact(interval) as TimeInterval
)

/** Filters that the wire can carry: a list that is empty is left out. */
export const filters: Of<DispatchFilter> = Arbitrary.map(
  Arbitrary.all({
    fields: Arbitrary.schema(DispatchFilter),
    queries: Arbitrary.schema(Schema.Array(wellFormedText)),
    names: Arbitrary.schema(Schema.Array(wellFormedText)),
    startTime: optional(intervals),
    endTime: optional(intervals),
    updateTime: optional(intervals)
  }),
  ({ fields: { ids = [], targets = [], ...fields }, names, queries, ...times }) =>
    compact({
      ...fields,
      ...times,
      ids: ids.length === 0 ? undefined : ids,
      targets: targets.length === 0 ? undefined : targets,
      queries: queries.length === 0 ? undefined : queries,
      names: names.length === 0 ? undefined : names
    }) as DispatchFilter
)
