/**
 * What a plan wants of the service: for each planned dispatch one step.
 *
 * Two dispatches are the same if they run alike from now on. What is changed is changed as little as it can be: a start
 * that need not move stays, and a count goes on from it.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { recurrenceCountMax } from "@effect-dispatch/api/WireLimits"
import { type DateTime, Duration, Result } from "effect"
import {
  changesBetween,
  comesAlike,
  type Draft,
  draftOf,
  fromNowOn,
  countBefore,
  sameDraft,
  toCome,
  withCount,
  withSchedule
} from "../schedule/draft.ts"
import { newDraft, type Planned } from "./plan.ts"

/** What is to be done about a planned dispatch. */
export type Step =
  /** It is there, as it is planned. */
  | { readonly _tag: "Same"; readonly dispatch: Dispatch }
  /** It is not there. */
  | { readonly _tag: "Creation"; readonly draft: Draft }
  | { readonly _tag: "Update"; readonly dispatch: Dispatch; readonly changes: DispatchChanges }
  /** Its type or its dry run differ, which never change: it is deleted, and created anew. */
  | { readonly _tag: "Replacement"; readonly dispatch: Dispatch; readonly draft: Draft }
  /** Its last start has passed, and nobody can start it any more; a dispatch that is there stays as it is. */
  | { readonly _tag: "Past"; readonly dispatch: Dispatch | undefined }
  /** Its id is not there. */
  | { readonly _tag: "Gone" }
  /** It is not there, and too little is said of it. */
  | { readonly _tag: "Incomplete"; readonly message: string }

/** The step for a planned dispatch, given the one that there is. */
export const stepOf = (planned: Planned, dispatch: Dispatch | undefined, now: DateTime.Utc): Step => {
  if (dispatch !== undefined) return stepFor(planned, dispatch, now)
  return planned.id === undefined ? creationOf(planned, now) : { _tag: "Gone" }
}

/** The step for a planned dispatch that is new, whatever its id. */
export const creationOf = (planned: Planned, now: DateTime.Utc): Step => {
  const made = newDraft(planned)
  if (Result.isFailure(made)) return { _tag: "Incomplete", message: made.failure }
  const draft = fromNowOn(made.success, now)
  return draft === undefined ? { _tag: "Past", dispatch: undefined } : { _tag: "Creation", draft }
}

const stepFor = (planned: Planned, dispatch: Dispatch, now: DateTime.Utc): Step => {
  const before = draftOf(dispatch)
  const wanted = wantedOf(planned, before, now)
  if (wanted === undefined) return { _tag: "Past", dispatch }
  if (wanted.type !== before.type || wanted.dryRun !== before.dryRun) {
    const draft = fromNowOn(wanted, now)
    return draft === undefined ? { _tag: "Past", dispatch } : { _tag: "Replacement", dispatch, draft }
  }
  const after = [
    withSchedule(wanted, before),
    ...ruleFromStart(wanted, before, now),
    ...movedStart(wanted, now)
  ]
    // The first one leaves the most as it is.
    .find((candidate) => comesAlike(candidate, wanted, now))
  if (after === undefined) return { _tag: "Past", dispatch }
  return sameDraft(after, before, now)
    ? { _tag: "Same", dispatch }
    : { _tag: "Update", dispatch, changes: changesBetween(before, after, now) }
}

/** The dispatch as it is planned; what the plan does not say stays as it is. */
const wantedOf = (planned: Planned, before: Draft, now: DateTime.Utc): Draft | undefined => {
  const { recurrence = before.recurrence ?? null, startTime = before.startTime } = planned
  const wanted = withSchedule(
    {
      type: planned.type ?? before.type,
      startTime,
      duration: planned.duration ?? before.duration,
      target: planned.target ?? before.target,
      active: planned.active ?? before.active,
      dryRun: planned.dryRun ?? before.dryRun,
      payload: planned.payload ?? before.payload
    },
    { ...before, startTime, recurrence: recurrence ?? undefined }
  )
  const isMovedAlone = planned.startTime !== undefined && planned.recurrence === undefined
  return isMovedAlone ? withCountLeft(wanted, before, now) : wanted
}

/** A rule that is moved and not planned itself has what is left of its count; nothing is wanted of one that is over. */
const withCountLeft = (wanted: Draft, before: Draft, now: DateTime.Utc): Draft | undefined => {
  const { recurrence } = wanted
  if (recurrence?.end?._tag !== "Count" || !Duration.isFinite(wanted.duration)) return wanted
  const rest = toCome({ ...before, duration: wanted.duration }, now)
  const first = toCome({ ...wanted, recurrence: endless(recurrence) }, now)
  if (rest === undefined || first === undefined) return undefined
  return withSchedule(wanted, { ...rest, startTime: first.startTime })
}

const endless = (rule: RecurrenceRule): RecurrenceRule => {
  const { end: _, ...fields } = rule
  return new RecurrenceRule(fields)
}

/** The planned rule from the present start on, with the count that ends it where it is planned to end. */
const ruleFromStart = (wanted: Draft, before: Draft, now: DateTime.Utc): ReadonlyArray<Draft> => {
  const { recurrence } = wanted
  const { startTime } = before
  if (recurrence === undefined || startTime === "NOW") return []
  const kept = withSchedule(wanted, { ...before, recurrence })
  const rest = toCome(wanted, now)
  const left = rest?.recurrence?.end
  // Where nothing is to come, or its rule is not looked at, its count does not matter.
  if (left?._tag !== "Count" || rest?.startTime === undefined || rest.startTime === "NOW") return [kept]
  const count = countBefore(endless(recurrence), startTime, rest.startTime) + left.count
  return count <= recurrenceCountMax ? [{ ...kept, recurrence: withCount(recurrence, () => count) }] : []
}

const movedStart = (wanted: Draft, now: DateTime.Utc): ReadonlyArray<Draft> => {
  const moved = fromNowOn(wanted, now)
  return moved === undefined ? [] : [moved]
}
