/** The acts of a person: each ends in a sentence about what was done, or why not. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime, Duration, Effect } from "effect"
import {
  type Answer,
  type Changes,
  type Draft,
  type Request,
  ruleFields,
  ruleOf
} from "../worker/protocol.ts"
import * as Names from "../words/names.ts"
import * as Atoms from "./atoms.ts"
import { registry } from "./binding.ts"
import * as Faults from "./faults.ts"
import * as Link from "./link.ts"

/** Tells everybody what was done, or why not. */
export const tell = (kind: "good" | "bad", text: string): void => registry.set(Atoms.notice, { kind, text })

/** Asks, and gives the answer to a component. */
export const asking = (request: Request, then: (answer: Answer) => void): void =>
  Faults.run(Effect.map(Link.ask(request), then))

/** Opens the form for a new dispatch, which may be like another. */
export const startNew = (startTime: number | undefined, like?: Dispatch): void => {
  const draft = like === undefined ? emptyDraft : withoutName(draftOf(like))
  const start = startTime === undefined ? null : DateTime.makeUnsafe(startTime)
  registry.set(Atoms.dialog, { _tag: "Edit", dispatch: undefined, draft: { ...draft, startTime: start } })
}

/** No two dispatches of a microgrid have the same name. */
const withoutName = (draft: Draft): Draft => {
  const { name: _, ...rest } = draft
  return rest
}

export const startEdit = (dispatch: Dispatch): void =>
  registry.set(Atoms.dialog, { _tag: "Edit", dispatch, draft: draftOf(dispatch) })

const emptyDraft: Draft = {
  type: "",
  startTime: null,
  durationSeconds: Duration.hours(1),
  target: { _tag: "ComponentCategories", categories: [] },
  active: true,
  dryRun: false,
  payload: {},
  recurrence: null
}

export const draftOf = (dispatch: Dispatch): Draft => ({
  ...(dispatch.name === undefined ? undefined : { name: dispatch.name }),
  type: dispatch.type,
  startTime: dispatch.startTime,
  durationSeconds: dispatch.duration,
  target: dispatch.target,
  active: dispatch.active,
  dryRun: dispatch.dryRun,
  payload: dispatch.payload,
  ...ruleFields(dispatch.recurrence)
})

/** Asks before something is paused, resumed or deleted. */
export const confirm = (action: "pause" | "resume" | "delete", ids: ReadonlyArray<bigint>): void => {
  if (ids.length > 0) registry.set(Atoms.dialog, { _tag: "Confirm", action, ids })
}

export const closeDialog = (): void => registry.set(Atoms.dialog, undefined)

/** Closes a form in which nothing is changed. */
export const closeUnchanged = (): void => {
  tell("good", "Nothing was changed.")
  closeDialog()
}

/** Tells if the dialog that is open now is still open: it may be closed before its answer comes. */
const dialogAtHand = (): (() => boolean) => {
  const dialog = registry.get(Atoms.dialog)
  return () => registry.get(Atoms.dialog) === dialog
}

/** Asks for a dialog, which closes once it is done. If it was closed before that, everybody is told of a failure. */
const askingFromDialog = (
  request: Request,
  done: (answer: Extract<Answer, { readonly _tag: "Dispatched" }>) => string,
  then: (answer: Answer) => void
): void => {
  const isOpen = dialogAtHand()
  asking(request, (answer) => {
    if (answer._tag === "Dispatched") {
      tell("good", done(answer))
      if (isOpen()) {
        registry.set(Atoms.opened, answer.dispatch.id)
        closeDialog()
      }
    } else if (answer._tag === "Failed" && !isOpen()) tell("bad", `Not done: ${answer.message}.`)
    then(answer)
  })
}

/** Writes a form: a new dispatch, or the changes of one. */
export const save = (dispatch: Dispatch | undefined, draft: Draft, then: (answer: Answer) => void): void =>
  askingFromDialog(
    dispatch === undefined ? { _tag: "Create", draft } : changing(dispatch, changesOf(dispatch, draft)),
    ({ dispatch: made }) => `${Names.ofDispatch(made)} is ${dispatch === undefined ? "created" : "changed"}.`,
    then
  )

/** Changes a dispatch from a dialog, which tells what was done. */
export const change = (
  dispatch: Dispatch,
  changes: Changes,
  done: string,
  then: (answer: Answer) => void
): void => askingFromDialog(changing(dispatch, changes), () => done, then)

/** The fields in which a form differs from what it was opened with. */
export const changesOf = (dispatch: Dispatch, draft: Draft): Changes => {
  const before = draftOf(dispatch)
  const has = (field: keyof Draft): boolean => !isSame(before[field], draft[field])
  return {
    ...(has("name") ? { name: draft.name ?? null } : undefined),
    ...(has("startTime") && draft.startTime !== null ? { startTime: draft.startTime } : undefined),
    ...(has("durationSeconds") ? { durationSeconds: draft.durationSeconds } : undefined),
    ...(has("target") ? { target: draft.target } : undefined),
    ...(has("active") ? { active: draft.active } : undefined),
    ...(has("payload") ? { payload: draft.payload } : undefined),
    ...ruleChanges(before, draft)
  }
}

/** A whole rule replaces one of either kind; without one, the kind that was there is taken away. */
const ruleChanges = (before: Draft, after: Draft): Pick<Changes, "calendar" | "recurrence"> => {
  const [old, fresh] = [ruleOf(before), ruleOf(after)]
  if (isSame(old, fresh)) return {}
  if (fresh === undefined) return old?.timeZone === undefined ? { recurrence: null } : { calendar: null }
  return fresh.timeZone === undefined ? { recurrence: fresh } : { calendar: fresh }
}

const isSame = (one: unknown, other: unknown): boolean => text(one) === text(other)

const text = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each))

/** Asks before runs of a dispatch are left out, or had again. */
export const confirmRuns = (
  act: "skip" | "have again",
  dispatch: Dispatch,
  begins: ReadonlyArray<number>
): void => registry.set(Atoms.dialog, { _tag: "Skip", act, dispatch, begins })

/** The request for a change, unless somebody else has changed the dispatch meanwhile. */
const changing = ({ id, updateTime }: Dispatch, changes: Changes): Request => ({
  _tag: "Update",
  id,
  changes,
  ifUpdateTime: updateTime
})

/** A dispatch, and the request that is made for it. */
export interface Task {
  readonly dispatch: Dispatch
  readonly request: Request
}

/** The things that something is done to, and the word for it: `3 dispatches`, `paused`. */
export interface Told {
  readonly what: string
  readonly done: string
}

/** The sentence about requests that failed. */
export const failureOf = ({ done, what }: Told, failed: number): string =>
  `${failed} of ${what} could not be ${done}.`

/** Followers of requests: of each answer, and of the end. */
interface Followed {
  readonly told: Told
  readonly each: (dispatch: Dispatch, answer: Answer) => void
  readonly whenDone: () => void
}

/** Makes the requests of a dialog, which closes if all were done; if it was closed before, everybody is told. */
export const doEach = (tasks: ReadonlyArray<Task>, { each, told, whenDone }: Followed): void => {
  const isOpen = dialogAtHand()
  let failed = 0
  const work = Effect.forEach(
    tasks,
    ({ dispatch, request }) =>
      Effect.map(Link.ask(request), (answer) => {
        if (answer._tag === "Failed") failed++
        each(dispatch, answer)
      }),
    { concurrency: 4, discard: true }
  )
  const end = () => {
    registry.set(Atoms.selected, new Set())
    if (failed === 0) tell("good", `${told.what} ${told.done}.`)
    else if (!isOpen()) tell("bad", failureOf(told, failed))
    if (failed === 0 && isOpen()) closeDialog()
    whenDone()
  }
  Faults.run(Effect.map(work, end))
}
