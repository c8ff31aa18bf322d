/** The versions that creating and changing a dispatch make: rounded, with their end and a later time. */
import * as CalendarRule from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges, NewDispatch, RecurrenceChanges } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import { DateTime, Duration, Effect } from "effect"
import { checkDuration, checkStart, isSameSchedule, timeMax } from "./validation.ts"

/** A new dispatch, with the id 0 for now. */
export const created = (
  dispatch: NewDispatch,
  now: DateTime.Utc
): Effect.Effect<Dispatch, DispatchError.DispatchError> =>
  Effect.map(checkDuration(dispatch.duration ?? Duration.infinity), (duration) =>
    withEnd({
      id: 0n as DispatchId,
      ...(dispatch.name === undefined ? undefined : { name: dispatch.name }),
      type: dispatch.type,
      startTime: dispatch.startTime === "NOW" ? presentSecond(now) : roundUpToSecond(dispatch.startTime),
      duration,
      target: dispatch.target,
      active: dispatch.active ?? true,
      dryRun: dispatch.dryRun ?? false,
      payload: dispatch.payload ?? {},
      createTime: now,
      updateTime: nanosOf(now),
      ...(dispatch.recurrence === undefined ? undefined : { recurrence: dispatch.recurrence })
    })
  )

/** The same dispatch with the id it is given. */
export const withId =
  (dispatch: Dispatch) =>
  (id: DispatchId): Dispatch =>
    new Dispatch({ ...dispatch, id }, { disableChecks: true })

/** The dispatch with the changes applied. */
export const changed = Effect.fnUntraced(function* (
  current: Dispatch,
  changes: DispatchChanges,
  now: DateTime.Utc
) {
  const { startTime } = changes
  const moved = startTime !== undefined && startTime.epochMilliseconds !== current.startTime.epochMilliseconds
  if (moved) yield* checkStart(startTime, now)
  const { endTime, name: presentName, recurrence: present, ...fields } = current
  const name = changes.name === undefined ? presentName : (changes.name ?? undefined)
  const duration =
    changes.duration === undefined
      ? current.duration
      : yield* checkDuration(changes.duration ?? Duration.infinity)
  const recurrence = yield* changedRule(present, changes)
  const next = {
    ...fields,
    ...(name === undefined ? undefined : { name }),
    ...(moved ? { startTime: roundUpToSecond(startTime) } : undefined),
    duration,
    ...(changes.target === undefined ? undefined : { target: changes.target }),
    ...(changes.active === undefined ? undefined : { active: changes.active }),
    ...(changes.payload === undefined ? undefined : { payload: changes.payload }),
    ...(recurrence === undefined ? undefined : { recurrence }),
    updateTime: laterThan(current, now)
  }
  if (!isSameSchedule(next, current)) return withEnd(next)
  // The zone by which the end was found may be unknown by now.
  return new Dispatch({ ...next, ...(endTime && { endTime }) }, { disableChecks: true })
})

/** The last version of a deleted dispatch. */
export const deleted = (current: Dispatch, now: DateTime.Utc): Dispatch =>
  new Dispatch({ ...current, updateTime: laterThan(current, now) }, { disableChecks: true })

/** A whole rule of one kind replaces any other; the absence of one kind leaves the other alone. */
const changedRule = (
  present: Rule | undefined,
  { calendar, recurrence }: DispatchChanges
): Effect.Effect<Rule | undefined, DispatchError.DispatchError> => {
  if (calendar != null) return changedCalendar(present, calendar)
  if (recurrence instanceof RecurrenceRule.RecurrenceRule) return Effect.succeed(recurrence)
  if (present?.timeZone !== undefined) {
    if (recurrence == null) return Effect.succeed(calendar === null ? undefined : present)
    const message = "the dispatch has a rule in local time, not one in UTC: change that"
    return Effect.fail(DispatchError.invalidArgument("calendar", message))
  }
  if (recurrence === undefined) return Effect.succeed(present)
  return recurrence === null ? Effect.undefined : changedParts(present, recurrence)
}

const changedCalendar = (
  present: Rule | undefined,
  changes: NonNullable<DispatchChanges["calendar"]>
): Effect.Effect<Rule, DispatchError.DispatchError> => {
  if ("timeZone" in changes) return Effect.succeed(changes)
  if (present?.timeZone === undefined) {
    const message = "need a rule in local time, which the dispatch does not have"
    return Effect.fail(DispatchError.invalidArgument("calendar.exceptions", message))
  }
  return Effect.mapError(
    Effect.fromResult(CalendarRule.makeResult({ ...present, exceptions: changes.exceptions })),
    ({ message, path }) => DispatchError.invalidArgument(`calendar.${path}`, message)
  )
}

const changedParts = (
  present: RecurrenceRule.RecurrenceRule | undefined,
  changes: RecurrenceChanges
): Effect.Effect<RecurrenceRule.RecurrenceRule, DispatchError.DispatchError> => {
  const frequency = changes.frequency ?? present?.frequency
  if (frequency === undefined) {
    return Effect.fail(
      DispatchError.invalidArgument(
        "recurrence.frequency",
        "is required for a dispatch that does not recur yet"
      )
    )
  }
  const { end: presentEnd, ...rest } = present ?? { interval: 1 }
  const { end: newEnd, ...newRest } = changes
  const end = newEnd === undefined ? presentEnd : newEnd
  return Effect.mapError(
    Effect.fromResult(
      RecurrenceRule.makeResult({ ...rest, ...newRest, frequency, ...(end == null ? undefined : { end }) })
    ),
    ({ message, path }) => DispatchError.invalidArgument(`recurrence.${path}`, message)
  )
}

type DispatchFields = ConstructorParameters<typeof Dispatch>[0]

/** The dispatch with the end of its last run, if it has one that the wire can carry. */
const withEnd = (fields: DispatchFields): Dispatch => {
  const dispatch = new Dispatch(fields, { disableChecks: true })
  const end =
    dispatch.recurrence !== undefined && dispatch.recurrence.end === undefined
      ? Infinity
      : dispatch.schedule.lastEnd
  return Number.isFinite(end) && end <= timeMax
    ? new Dispatch({ ...fields, endTime: DateTime.makeUnsafe(end) }, { disableChecks: true })
    : dispatch
}

const secondOf = (instant: DateTime.Utc): number => instant.epochMilliseconds / 1_000

const roundUpToSecond = (instant: DateTime.Utc): DateTime.Utc =>
  DateTime.makeUnsafe(Math.ceil(secondOf(instant)) * 1_000)

/** A dispatch that begins now runs from this very moment on, so it began with the second. */
const presentSecond = (instant: DateTime.Utc): DateTime.Utc =>
  DateTime.makeUnsafe(Math.floor(secondOf(instant)) * 1_000)

const nanosOf = (instant: DateTime.Utc): bigint => BigInt(Math.floor(instant.epochMilliseconds)) * 1_000_000n

/** The time of a new version: now, but always later than the version before, whatever the clock says. */
const laterThan = (current: Dispatch, now: DateTime.Utc): bigint => {
  const nanos = nanosOf(now)
  return nanos > current.updateTime ? nanos : current.updateTime + 1n
}
