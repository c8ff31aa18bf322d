/** Rules in local time, written to a service that may know none: asked before, moved to their first run, compared after. */
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Dispatch, readRunDuration } from "@effect-dispatch/core/Dispatch"
import type { DispatchCalls, DispatchChanges, NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime, Duration, Effect, Result } from "effect"
import type { Features } from "./features.ts"

type Writes = Pick<DispatchCalls, "create" | "update" | "delete">

/** The same calls, but that no rule in local time is lost; `ask` has the service answer something. */
export const withCalendars = (
  plain: Writes,
  features: Features,
  ask: (microgridId: MicrogridId) => Effect.Effect<unknown, DispatchError.DispatchError>
): Pick<Writes, "create" | "update"> => ({
  create: (microgridId, dispatch) => {
    if (!needsCalendar(dispatch)) return plain.create(microgridId, dispatch)
    return features.require("calendar", ask(microgridId)).pipe(
      Effect.andThen(plain.create(microgridId, startingAtFirst(dispatch))),
      Effect.flatMap((made) => checkEcho(made, dispatch, undo(plain, microgridId, made.id)))
    )
  },
  update: (microgridId, id, changes, options) => {
    if (!needsCalendar(changes)) return plain.update(microgridId, id, changes, options)
    return features.require("calendar", ask(microgridId)).pipe(
      Effect.andThen(plain.update(microgridId, id, changes, options)),
      Effect.flatMap((made) => checkEcho(made, { calendar: changes.calendar }, Effect.succeed("")))
    )
  }
})

/** Deletes a dispatch that was stored wrongly; it may have begun. */
const undo = (plain: Writes, microgridId: MicrogridId, id: DispatchId): Effect.Effect<string> =>
  Effect.match(plain.delete(microgridId, id), {
    onFailure: ({ message }) => `, and could not be deleted: ${message}`,
    onSuccess: () => ", and was deleted"
  })

/** True if a service that knows no rules in local time would lose something. */
const needsCalendar = (
  written: Pick<NewDispatch, "recurrence"> | Pick<DispatchChanges, "calendar" | "recurrence">
): boolean =>
  ("calendar" in written && written.calendar !== undefined) || written.recurrence?.timeZone !== undefined

/**
 * The dispatch with its first run as its start, so that a reader that knows no zones runs a right one. It stays where it
 * is if that would change what occurs.
 */
const startingAtFirst = (dispatch: NewDispatch): NewDispatch => {
  const { recurrence, startTime } = dispatch
  if (recurrence?.timeZone === undefined || startTime === "NOW") return dispatch
  const duration = readRunDuration(dispatch.duration ?? Duration.infinity)
  if (Result.isFailure(duration) || !Duration.isFinite(duration.success)) return dispatch
  // The service rounds a start up.
  const start = Math.ceil(startTime.epochMilliseconds / 1_000)
  const first = Recurrence.firstAsStart(Recurrence.compile(CalendarRule.make(recurrence), start))
  return Number.isNaN(first) ? dispatch : { ...dispatch, startTime: DateTime.makeUnsafe(1_000 * first) }
}

/** The part of a write that concerns the rule. */
interface Written {
  readonly calendar?: DispatchChanges["calendar"] | undefined
  readonly recurrence?: NewDispatch["recurrence"]
}

/** The rule that an answer must have, if what was written says so. */
const expectedOf = (made: Dispatch, { calendar, recurrence }: Written): Recurrence.Rule | undefined => {
  if (recurrence?.timeZone !== undefined) return recurrence
  if (calendar == null) return made.recurrence
  if ("timeZone" in calendar) return calendar
  const { recurrence: present } = made
  return present?.timeZone === undefined
    ? undefined
    : new CalendarRule({ ...present, exceptions: calendar.exceptions })
}

/** Fails if the answer has another rule than was written; says what is stored now, and what `undo` did about it. */
const checkEcho = (
  made: Dispatch,
  written: Written,
  undo: Effect.Effect<string>
): Effect.Effect<Dispatch, DispatchError.DispatchError> => {
  const expected = expectedOf(made, written)
  const { recurrence: _, ...fields } = made
  const wanted = new Dispatch(
    { ...fields, ...(expected === undefined ? undefined : { recurrence: expected }) },
    { disableChecks: true }
  )
  const isNothing = written.calendar !== undefined && written.calendar !== null && expected === undefined
  if (!isNothing && wanted.sameContent(made)) return Effect.succeed(made)
  const stored = made.recurrence === undefined ? "a one-off" : "another rule"
  const at = DateTime.formatIso(made.startTime)
  return Effect.flatMap(undo, (undone) =>
    Effect.fail(
      DispatchError.unsupported(
        `the service lost the rule in local time: dispatch ${made.id} is stored as ${stored} at ${at}${undone}`
      )
    )
  )
}
