/** The change of a rule by flags, as far as it depends on the rule that is there. */
import { makeResult } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { DateTime, Effect, Option } from "effect"
import { UsageError } from "../UsageError.ts"
import { exceptionsOf } from "../schedule/draft.ts"
import { carryingExceptions } from "./exceptions.ts"
import type { TimeText } from "./flags.ts"
import { asksForRule, described, makeRule, partsOn, withExceptions } from "./recurrence.ts"
import type { RuleFlags } from "./ruleFlags.ts"
import { clockFor, utcClock } from "./zone.ts"

/** The flags of a rule and of the start. */
export interface ScheduleFlags extends RuleFlags {
  readonly start: Option.Option<TimeText>
  readonly noRecurrence: boolean
}

/** True if the change depends on the dispatch as it is. */
export const needsPresent = (flags: ScheduleFlags): boolean =>
  asksForRule(flags) || flags.noRecurrence || Option.isSome(flags.start) || Option.isSome(flags.zone)

/** The clock that times of an update are on: that of the dispatch, unless another is given. */
const clockOfUpdate = Effect.fnUntraced(function* (flags: RuleFlags, { recurrence }: Dispatch) {
  if (Option.isSome(flags.zone) || recurrence === undefined) return yield* clockFor(flags.zone)
  return LocalClock.make(recurrence.timeZone ?? "UTC") ?? utcClock
})

/** The changes of start and rule, and what a person should know of them. */
export const scheduleChanges = Effect.fnUntraced(function* (flags: ScheduleFlags, present: Dispatch) {
  const clock = yield* clockOfUpdate(flags, present)
  const start = Option.getOrUndefined(Option.map(flags.start, ({ on }) => on(clock).at))
  const rule = yield* changedRule(flags, { clock, present, start: start ?? present.startTime })
  const changes: DispatchChanges = {
    ...(start === undefined ? undefined : { startTime: start }),
    ...(flags.noRecurrence ? withoutRule(present) : rule.changes)
  }
  return { changes, clock, notes: [...(yield* zoneNotes(flags, clock, present)), ...rule.notes] }
})

const withoutRule = ({ recurrence }: Dispatch): DispatchChanges =>
  recurrence?.timeZone === undefined ? { recurrence: null } : { calendar: null }

const zoneNotes = Effect.fnUntraced(function* (
  flags: ScheduleFlags,
  clock: LocalClock,
  { recurrence }: Dispatch
) {
  const before = recurrence?.timeZone ?? "UTC"
  if (Option.isSome(flags.zone)) {
    const isOther = recurrence !== undefined && clock.timeZone !== before
    return isOther
      ? [`The rule was one of ${before}, and goes by the clock of ${clock.timeZone} from now on.`]
      : []
  }
  if (!asksForRule(flags) && Option.isNone(flags.start)) return []
  const usual = yield* Effect.option(clockFor(Option.none()))
  return Option.exists(usual, ({ timeZone }) => timeZone !== clock.timeZone)
    ? [`Times were read in ${clock.timeZone}, the zone of the dispatch.`]
    : []
})

interface Surroundings {
  readonly clock: LocalClock
  readonly present: Dispatch
  /** The start from now on. */
  readonly start: DateTime.Utc
}

interface RuleChange {
  readonly changes: DispatchChanges
  readonly notes: ReadonlyArray<string>
}

const nothing: RuleChange = { changes: {}, notes: [] }

const changedRule = Effect.fnUntraced(function* (flags: RuleFlags, around: Surroundings) {
  const { present } = around
  const isWhole = Option.isSome(flags.rrule) || Option.isSome(flags.frequency)
  if (isWhole) return yield* wholeRule(flags, around)
  if (!asksForRule(flags) && Option.isNone(flags.zone)) return movedRule(around)
  if (present.recurrence === undefined) return asksForRule(flags) ? yield* withoutFrequency : nothing
  if (present.recurrence.timeZone === undefined && Option.isNone(flags.zone) && flags.except.length === 0) {
    const { frequency: _, ...recurrence } = yield* partsOn(flags, around.clock)
    return { changes: { recurrence }, notes: [] }
  }
  return yield* partsOfRule(flags, around, present.recurrence)
})

/** A rule that takes the place of another. Exceptions of single flags' rules go along; a text has its own. */
const wholeRule = Effect.fnUntraced(function* (flags: RuleFlags, around: Surroundings) {
  const { notes, rule, start } = yield* described(flags, around.clock, around.start)
  if (start !== undefined) return yield* startGiven
  if (rule === undefined) return nothing
  const kept = Option.isSome(flags.rrule) ? rule : withMoved(rule, around)
  return { changes: asChange(kept), notes }
})

/** The rule that is there, with parts of it changed. */
const partsOfRule = Effect.fnUntraced(function* (flags: RuleFlags, around: Surroundings, present: Rule) {
  const parts = yield* partsOn(flags, around.clock)
  const {
    exceptions: _,
    nthWeekdays,
    positions,
    timeZone: __,
    weekStart,
    ...plain
  } = present.timeZone === undefined ? { ...present, ...noLocalParts } : present
  const made = yield* makeRule({ ...plain, ...parts }, around.clock, flags.zone)
  const local = Object.fromEntries(
    Object.entries({ nthWeekdays, positions, weekStart }).filter(([, value]) => value !== undefined)
  )
  const isLocal = made.timeZone !== undefined || Object.keys(local).length > 0
  const { timeZone = "UTC", ...fields } = made
  const rule = isLocal ? yield* calendarRule({ ...fields, ...local, timeZone }) : made
  const moved = withMoved(rule, around)
  const excepted = yield* withExceptions(moved, flags.except, around.clock, around.start)
  return { changes: asChange(excepted.rule), notes: excepted.notes }
})

/** Parts that are right each for itself may not go together. */
const calendarRule = (fields: Parameters<typeof makeResult>[0]) =>
  Effect.mapError(
    Effect.fromResult(makeResult(fields)),
    ({ message, path }) =>
      new UsageError({
        message: `the rule of the dispatch cannot be changed so: ${path} ${message}`,
        example: `--rrule "FREQ=MONTHLY;BYDAY=-1FR"`
      })
  )

const noLocalParts = {
  exceptions: undefined,
  nthWeekdays: undefined,
  positions: undefined,
  weekStart: undefined
} as const

/** A rule with the exceptions of the present one, each on its local day. */
const withMoved = (rule: Rule, { present, start }: Surroundings): Rule =>
  carryingExceptions({ rule, start }, { rule: present.recurrence, start: present.startTime })

/** Only the start changes: exceptions go along with their day. */
const movedRule = (around: Surroundings): RuleChange => {
  const { recurrence, startTime } = around.present
  if (recurrence?.timeZone === undefined || DateTime.Equivalence(startTime, around.start)) return nothing
  const exceptions = exceptionsOf(withMoved(recurrence, around))
  return exceptions.length === 0 ? nothing : { changes: { calendar: { exceptions } }, notes: [] }
}

const asChange = (rule: Rule): DispatchChanges =>
  rule.timeZone === undefined ? { recurrence: rule } : { calendar: rule }

const withoutFrequency = Effect.fail(
  new UsageError({
    message: "the dispatch does not recur: a rule needs a --frequency",
    example: "--frequency daily --by-hour 8,20"
  })
)

const startGiven = new UsageError({
  message: "--rrule has a DTSTART line, but the start is given by --start",
  example: `--rrule "FREQ=DAILY;BYHOUR=8,20"`
})
