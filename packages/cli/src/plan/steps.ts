/**
 * The steps from what is there to a plan: one for each planned dispatch.
 *
 * Two dispatches are the same if they run alike from now on. What is changed is changed as little as it can be: a start
 * that need not move stays, and a count goes on from it.
 */
import { recurrenceCountMax } from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { type DateTime, Duration, Result } from "effect"
import { carryingExceptions } from "../input/exceptions.ts"
import { changesBetween, type Draft, draftOf, sameDraft, withSchedule } from "../schedule/draft.ts"
import { endless, withCount, withEnd } from "../schedule/rule.ts"
import { comesAlike, countBefore, fromNowOn, toCome } from "../schedule/toCome.ts"
import { newDraft, type Planned, withPlanned } from "./plan.ts"

/** The step that makes a planned dispatch so. */
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
  const read = wantedOf(planned, { ...before, startTime: dispatch.startTime }, now)
  if (Result.isFailure(read)) return { _tag: "Incomplete", message: read.failure }
  const wanted = read.success
  if (wanted === undefined) return { _tag: "Past", dispatch }
  if (wanted.type !== before.type || wanted.dryRun !== before.dryRun) {
    const draft = fromNowOn(wanted, now)
    return draft === undefined
      ? { _tag: "Past", dispatch }
      : { _tag: "Replacement", dispatch, draft: named(draft, dispatch) }
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

/** The draft with the name of the dispatch whose place it takes. */
const named = (draft: Draft, { name }: Dispatch): Draft => (name === undefined ? draft : { ...draft, name })

/** A draft that starts at an instant. */
interface Present extends Draft {
  readonly startTime: DateTime.Utc
}

/** The dispatch as it is planned; what the plan does not say stays as it is. */
const wantedOf = (
  planned: Planned,
  before: Present,
  now: DateTime.Utc
): Result.Result<Draft | undefined, string> =>
  Result.map(wantedRule(planned, before), (recurrence) => {
    const wanted = withSchedule(
      {
        type: planned.type ?? before.type,
        startTime: before.startTime,
        duration: planned.duration ?? before.duration,
        target: planned.target ?? before.target,
        active: planned.active ?? before.active,
        dryRun: planned.dryRun ?? before.dryRun,
        payload: planned.payload ?? before.payload
      },
      { ...before, startTime: planned.startTime ?? before.startTime, recurrence }
    )
    const isMovedAlone = planned.startTime !== undefined && planned.recurrence === undefined
    return isMovedAlone ? withCountLeft(wanted, before, now) : wanted
  })

/** The planned rule. Exceptions that the plan does not say go along, each with its local day. */
const wantedRule = (planned: Planned, before: Present): Result.Result<Rule | undefined, string> => {
  const { exceptions, recurrence = before.recurrence ?? null, startTime = before.startTime } = planned
  if (exceptions !== undefined) return withPlanned(recurrence ?? undefined, startTime, exceptions ?? [])
  return Result.succeed(
    recurrence === null
      ? undefined
      : carryingExceptions(
          { rule: recurrence, start: startTime },
          { rule: before.recurrence, start: before.startTime }
        )
  )
}

/** A rule that is moved and not planned itself has what is left of its count; nothing is wanted of one that is over. */
const withCountLeft = (wanted: Draft, before: Draft, now: DateTime.Utc): Draft | undefined => {
  const { recurrence } = wanted
  if (recurrence?.end?._tag !== "Count" || !Duration.isFinite(wanted.duration)) return wanted
  const rest = toCome({ ...before, duration: wanted.duration }, now)
  const first = toCome({ ...wanted, recurrence: endless(recurrence) }, now)
  if (rest?.recurrence === undefined || first?.recurrence === undefined) return undefined
  return withSchedule(wanted, { ...first, recurrence: withEnd(first.recurrence, rest.recurrence.end) })
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
