/** Dispatches that are not at the service: as they would be, to be shown or compared. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges, NewDispatch, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Payload from "@effect-dispatch/core/Payload"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"
import { withEnd, withExceptions } from "./rule.ts"

/** A dispatch to be created, with all its fields. */
export interface Draft extends NewDispatch {
  readonly name?: string
  readonly duration: Duration.Duration
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Payload.Payload
}

/** The dispatch that a service would make of a draft; its id is 0. */
export const asDispatch = (draft: Draft, now: DateTime.Utc): Dispatch =>
  new Dispatch({
    id: DispatchId.make(0n),
    ...(draft.name === undefined ? undefined : { name: draft.name }),
    type: draft.type,
    startTime: startOf(draft, now),
    duration: draft.duration,
    target: draft.target,
    active: draft.active,
    dryRun: draft.dryRun,
    payload: draft.payload,
    ...(draft.recurrence === undefined ? undefined : { recurrence: draft.recurrence }),
    createTime: now,
    updateTime: 0n
  })

/** Starts are whole seconds: now is the present one, every other is rounded up. */
const startOf = ({ startTime }: Draft, now: DateTime.Utc): DateTime.Utc =>
  startTime === "NOW" ? wholeSecond(now, Math.floor) : wholeSecond(startTime, Math.ceil)

const wholeSecond = (at: DateTime.Utc, round: (seconds: number) => number): DateTime.Utc =>
  DateTime.makeUnsafe(round(at.epochMilliseconds / 1_000) * 1_000)

/** A dispatch as a draft of the same content, without its name: that is its own. */
export const draftOf = (dispatch: Dispatch): Draft => ({
  type: dispatch.type,
  startTime: dispatch.startTime,
  duration: dispatch.duration,
  target: dispatch.target,
  active: dispatch.active,
  dryRun: dispatch.dryRun,
  payload: dispatch.payload,
  ...(dispatch.recurrence === undefined ? undefined : { recurrence: dispatch.recurrence })
})

/** The draft with the start and the rule of another one. */
export const withSchedule = (draft: Draft, { recurrence, startTime }: Draft): Draft => {
  const { recurrence: _, ...fields } = draft
  return { ...fields, startTime, ...(recurrence === undefined ? undefined : { recurrence }) }
}

/** True if two drafts say the same; lists, targets and payloads compare by meaning. */
export const sameDraft = (one: Draft, other: Draft, now: DateTime.Utc): boolean =>
  asDispatch(one, now).sameContent(asDispatch(other, now))

/** A shift to later: so much real time, or so much on the clock of its rule. */
export interface Shift {
  readonly by: Duration.Duration
  readonly onClock: boolean
}

/** The draft later, with the end and the exceptions of its rule. */
export const later = (draft: Draft, { by, onClock }: Shift): Draft => {
  const { recurrence, startTime } = draft
  if (startTime === "NOW") return draft
  const clock = recurrence?.timeZone === undefined ? undefined : LocalClock.make(recurrence.timeZone)
  const exactly = (at: DateTime.Utc) => DateTime.addDuration(at, by)
  const moved = clock === undefined || !onClock ? exactly : movedOn(clock, Duration.toSeconds(by))
  const start = moved(startTime)
  if (recurrence === undefined) return { ...draft, startTime: start }
  const { end } = recurrence
  const ending = end?._tag === "Until" ? withEnd(recurrence, { ...end, until: moved(end.until) }) : recurrence
  const along =
    clock === undefined ? exactly : movedOn(clock, clock.reading(start) - clock.reading(startTime))
  return {
    ...draft,
    startTime: start,
    recurrence: withExceptions(ending, exceptionsOf(recurrence).map(along))
  }
}

/** Moves instants by so many seconds on a clock. */
const movedOn =
  (clock: LocalClock, seconds: number) =>
  (at: DateTime.Utc): DateTime.Utc =>
    clock.timeOf(clock.reading(at) + seconds).at

/** The exceptions of a rule; one in UTC has none. */
export const exceptionsOf = (rule: Rule | undefined): ReadonlyArray<DateTime.Utc> =>
  rule?.timeZone === undefined ? [] : (rule.exceptions ?? [])

/** A dispatch as it is after changes; a part of a rule changes nothing where there is no such rule. */
export const changed = (dispatch: Dispatch, changes: DispatchChanges): Dispatch => {
  const { name: presentName, recurrence: present, ...fields } = dispatch
  const recurrence = changedRule(present, changes)
  const name = changes.name === undefined ? presentName : (changes.name ?? undefined)
  return new Dispatch({
    ...fields,
    ...(name === undefined ? undefined : { name }),
    startTime: changes.startTime ?? dispatch.startTime,
    duration: durationAfter(dispatch, changes),
    target: changes.target ?? dispatch.target,
    active: changes.active ?? dispatch.active,
    payload: changes.payload ?? dispatch.payload,
    ...(recurrence === undefined ? undefined : { recurrence })
  })
}

const durationAfter = (dispatch: Dispatch, { duration }: DispatchChanges): Duration.Duration => {
  if (duration === undefined) return dispatch.duration
  return duration === null ? Duration.infinity : Duration.fromInputUnsafe(duration)
}

/** A whole rule of one kind replaces any other; what is said of one kind leaves the other alone. */
const changedRule = (
  present: Rule | undefined,
  { calendar, recurrence }: DispatchChanges
): Rule | undefined => {
  if (calendar != null) {
    if ("timeZone" in calendar) return calendar
    return present === undefined ? undefined : withExceptions(present, calendar.exceptions)
  }
  if (recurrence instanceof RecurrenceRule) return recurrence
  if (present?.timeZone !== undefined) return calendar === null ? undefined : present
  if (recurrence === null || present === undefined) return undefined
  return recurrence === undefined ? present : mergedRule(present, recurrence)
}

const mergedRule = (
  present: RecurrenceRule,
  { end = present.end, ...change }: RecurrenceChanges
): RecurrenceRule => {
  const { end: _, ...lists } = present
  return new RecurrenceRule({
    ...lists,
    ...change,
    ...(end === null || end === undefined ? undefined : { end })
  })
}

/** The fields of a draft that differ from those of another; type and dry run never change. */
export const changesBetween = (before: Draft, after: Draft, now: DateTime.Utc): DispatchChanges => ({
  ...(after.startTime === "NOW" || sameInstant(before.startTime, after.startTime)
    ? undefined
    : { startTime: after.startTime }),
  ...(Duration.Equivalence(before.duration, after.duration) ? undefined : { duration: after.duration }),
  ...(Target.equals(before.target, after.target) ? undefined : { target: after.target }),
  ...(before.active === after.active ? undefined : { active: after.active }),
  ...(Payload.equals(before.payload, after.payload) ? undefined : { payload: after.payload }),
  ...(hasRule(before, after.recurrence, now) ? undefined : ruleChange(before, after.recurrence, now))
})

const sameInstant = (one: Draft["startTime"], other: DateTime.Utc): boolean =>
  one !== "NOW" && DateTime.Equivalence(one, other)

/** Rules compare by meaning, as whole dispatches do. */
const hasRule = (draft: Draft, recurrence: Rule | undefined, now: DateTime.Utc): boolean =>
  sameDraft(draft, withSchedule(draft, { ...draft, recurrence }), now)

/** The change of a rule. Where only exceptions differ, it says those alone. */
const ruleChange = (before: Draft, after: Rule | undefined, now: DateTime.Utc): DispatchChanges => {
  const { recurrence: present } = before
  if (after === undefined) return present?.timeZone === undefined ? { recurrence: null } : { calendar: null }
  if (after.timeZone === undefined) return { recurrence: after }
  const exceptions = exceptionsOf(after)
  const excepted = present === undefined ? undefined : withExceptions(present, exceptions)
  return { calendar: hasRule({ ...before, recurrence: excepted }, after, now) ? { exceptions } : after }
}
