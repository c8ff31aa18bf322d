/** Dispatches that are not at the service: as they would be, to be shown or compared. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges, NewDispatch, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Payload from "@effect-dispatch/core/Payload"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

/** A dispatch to be created, with all its fields. */
export interface Draft extends NewDispatch {
  readonly duration: Duration.Duration
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Payload.Payload
}

/** The dispatch that a service would make of a draft; its id is 0. */
export const asDispatch = (draft: Draft, now: DateTime.Utc): Dispatch =>
  new Dispatch({
    id: DispatchId.make(0n),
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

/** A dispatch as a draft of the same content. */
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

/**
 * The draft as it can be created now: a rule that has begun starts with its first occurrence to come. Nothing is left
 * of a draft whose last start has passed.
 */
export const fromNowOn = (draft: Draft, now: DateTime.Utc): Draft | undefined =>
  draft.startTime === "NOW" || DateTime.isGreaterThanOrEqualTo(draft.startTime, now)
    ? draft
    : toCome(draft, now)

/**
 * What of a draft is still to come, in one form for all that run alike from an instant on: it starts with its first
 * occurrence, and its count is less by those that have passed. Nothing is left once the last one has passed.
 */
export const toCome = (draft: Draft, from: DateTime.Utc): Draft | undefined => {
  const { recurrence, startTime, ...fields } = draft
  if (startTime === "NOW") return draft
  // Without an end it is one-off, whatever its rule says.
  if (recurrence === undefined || !Duration.isFinite(fields.duration)) {
    return DateTime.isGreaterThanOrEqualTo(startTime, from) ? { ...fields, startTime } : undefined
  }
  const compiled = Recurrence.compile(recurrence, startTime.epochMilliseconds / 1_000)
  const first = Recurrence.next(compiled, DateTime.max(startTime, from))
  if (first === undefined) return undefined
  const passed = countBefore(recurrence, startTime, first)
  return { ...fields, startTime: first, recurrence: withCount(recurrence, (count) => count - passed) }
}

/** The number of occurrences of a rule that are before an instant. */
export const countBefore = (rule: RecurrenceRule, start: DateTime.Utc, at: DateTime.Utc): number =>
  Recurrence.count(
    Recurrence.compile(rule, start.epochMilliseconds / 1_000),
    start,
    DateTime.subtract(at, { seconds: 1 })
  )

/** The rule with another count, if it has one. */
export const withCount = (rule: RecurrenceRule, change: (count: number) => number): RecurrenceRule =>
  rule.end?._tag === "Count"
    ? new RecurrenceRule({ ...rule, end: { _tag: "Count", count: change(rule.end.count) } })
    : rule

/** The draft with the start and the rule of another one. */
export const withSchedule = (draft: Draft, { recurrence, startTime }: Draft): Draft => {
  const { recurrence: _, ...fields } = draft
  return { ...fields, startTime, ...(recurrence === undefined ? undefined : { recurrence }) }
}

/** True if two drafts say the same; lists, targets and payloads compare by meaning. */
export const sameDraft = (one: Draft, other: Draft, now: DateTime.Utc): boolean =>
  asDispatch(one, now).sameContent(asDispatch(other, now))

/** True if two drafts have the same occurrences from now on. */
export const comesAlike = (one: Draft, other: Draft, now: DateTime.Utc): boolean => {
  const [left, right] = [toCome(one, now), toCome(other, now)]
  if (left === undefined || right === undefined) return left === right
  return sameDraft(left, withSchedule(left, right), now)
}

/** The draft some milliseconds later, with the end of its rule. */
export const later = (draft: Draft, millis: number): Draft => {
  const { recurrence, startTime } = draft
  if (startTime === "NOW") return draft
  const end = recurrence?.end
  const moved = (at: DateTime.Utc) => DateTime.add(at, { milliseconds: millis })
  return {
    ...draft,
    startTime: moved(startTime),
    ...(recurrence === undefined || end?._tag !== "Until"
      ? undefined
      : { recurrence: new RecurrenceRule({ ...recurrence, end: { ...end, until: moved(end.until) } }) })
  }
}

/** A dispatch as it is after changes; a part of a rule changes nothing where there is no rule. */
export const changed = (dispatch: Dispatch, changes: DispatchChanges): Dispatch => {
  const { recurrence: present, ...fields } = dispatch
  const recurrence = changedRule(present, changes.recurrence)
  return new Dispatch({
    ...fields,
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

const changedRule = (
  present: RecurrenceRule | undefined,
  change: DispatchChanges["recurrence"]
): RecurrenceRule | undefined => {
  if (change === undefined) return present
  if (change === null) return undefined
  if (change instanceof RecurrenceRule) return change
  return present === undefined ? undefined : mergedRule(present, change)
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
  ...(sameRule(before, after, now) ? undefined : { recurrence: after.recurrence ?? null })
})

const sameInstant = (one: Draft["startTime"], other: DateTime.Utc): boolean =>
  one !== "NOW" && DateTime.Equivalence(one, other)

const sameRule = (one: Draft, other: Draft, now: DateTime.Utc): boolean =>
  sameDraft(one, withSchedule(one, { ...other, startTime: one.startTime }), now)
