/**
 * Calls with what the upstream API does not have, to a service that may not know it: it is asked before, and its answer
 * is compared after. A rule in local time begins with its first run.
 */
import type { Feature } from "@effect-dispatch/api/ServiceFeatures"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Dispatch, readRunDuration } from "@effect-dispatch/core/Dispatch"
import type { DispatchCalls, DispatchChanges, NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime, Duration, Effect, Result, Stream } from "effect"
import type { Features } from "./features.ts"

/** Calls that are made whatever the service keeps. */
type Plain = Pick<DispatchCalls, "list" | "create" | "update" | "delete">

/** The same calls, but that nothing of them is lost; `ask` has the service answer something. */
export const withExtensions = (
  plain: Plain,
  features: Features,
  ask: (microgridId: MicrogridId) => Effect.Effect<unknown, DispatchError.DispatchError>
): Pick<Plain, "list" | "create" | "update"> => ({
  list: (microgridId, options) => {
    const { names = [] } = options?.filter ?? {}
    const listed = plain.list(microgridId, options)
    return names.length === 0
      ? listed
      : Stream.unwrap(Effect.as(features.require(["name"], ask(microgridId)), listed))
  },
  create: (microgridId, dispatch) => {
    const needed = featuresOf(dispatch)
    if (needed.length === 0) return plain.create(microgridId, dispatch)
    return features.require(needed, ask(microgridId)).pipe(
      Effect.andThen(DateTime.now),
      Effect.flatMap((now) => plain.create(microgridId, startingAtFirst(dispatch, now))),
      Effect.flatMap((made) => checkEcho(made, dispatch, undo(plain, microgridId, made.id)))
    )
  },
  update: (microgridId, id, changes, options) => {
    const needed = featuresOf(changes)
    if (needed.length === 0) return plain.update(microgridId, id, changes, options)
    return features.require(needed, ask(microgridId)).pipe(
      Effect.andThen(plain.update(microgridId, id, changes, options)),
      Effect.flatMap((made) => {
        const { calendar, name } = changes
        return checkEcho(made, { calendar, name }, Effect.succeed(""))
      })
    )
  }
})

/** Deletes a dispatch that was stored wrongly; it may have begun. */
const undo = (plain: Plain, microgridId: MicrogridId, id: DispatchId): Effect.Effect<string> =>
  Effect.match(plain.delete(microgridId, id), {
    onFailure: ({ message }) => `, and could not be deleted: ${message}`,
    onSuccess: () => ", and was deleted"
  })

/** The features without which a service would lose something. */
const featuresOf = (
  written:
    | Pick<NewDispatch, "name" | "recurrence">
    | Pick<DispatchChanges, "calendar" | "name" | "recurrence">
): ReadonlyArray<Feature> => {
  const hasCalendar =
    ("calendar" in written && written.calendar !== undefined) || written.recurrence?.timeZone !== undefined
  return [
    ...(hasCalendar ? (["calendar"] as const) : []),
    ...(written.name === undefined ? [] : (["name"] as const))
  ]
}

/**
 * The dispatch with its first run as its start, so that a reader that knows no zones runs a right one. The start stays
 * if the occurrences would change, or if the first run is in the present second.
 */
const startingAtFirst = (dispatch: NewDispatch, now: DateTime.Utc): NewDispatch => {
  const { recurrence, startTime } = dispatch
  if (recurrence?.timeZone === undefined) return dispatch
  const duration = readRunDuration(dispatch.duration ?? Duration.infinity)
  if (Result.isFailure(duration) || !Duration.isFinite(duration.success)) return dispatch
  // The service rounds a start up, and the present down.
  const start =
    startTime === "NOW"
      ? Math.floor(now.epochMilliseconds / 1_000)
      : Math.ceil(startTime.epochMilliseconds / 1_000)
  const first = Recurrence.firstAsStart(Recurrence.compile(CalendarRule.make(recurrence), start))
  return Number.isNaN(first) || first === start
    ? dispatch
    : { ...dispatch, startTime: DateTime.makeUnsafe(1_000 * first) }
}

/** The part of a write that may be lost. */
interface Written {
  readonly name?: DispatchChanges["name"] | undefined
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

/** Fails if the answer has another rule or name than was written; says what is stored, and what `undo` did about it. */
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
  const lost = [
    ...(isNothing || !wanted.sameContent(made) ? ["the rule in local time"] : []),
    ...(written.name === undefined || (written.name ?? undefined) === made.name ? [] : ["the name"])
  ]
  if (lost.length === 0) return Effect.succeed(made)
  const stored = made.recurrence === undefined ? "a one-off" : "another rule"
  const at = DateTime.formatIso(made.startTime)
  return Effect.flatMap(undo, (undone) =>
    Effect.fail(
      DispatchError.unsupported(
        `the service lost ${lost.join(" and ")}: dispatch ${made.id} is stored as ${stored} at ${at}${undone}`
      )
    )
  )
}
