/** The acts of a person: each ends in a sentence about what was done, or why not. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime, Duration, Effect } from "effect"
import {
  type Answer,
  type Changes,
  type Draft,
  type Request,
  ruleFields,
  ruleOf
} from "../worker/protocol.ts"
import * as Atoms from "./atoms.ts"
import { registry } from "./binding.ts"
import * as Link from "./link.ts"

/** Tells everybody what was done, or why not. */
export const tell = (kind: "good" | "bad", text: string): void => registry.set(Atoms.notice, { kind, text })

/** Asks, and gives the answer to a component. */
export const asking = (request: Request, then: (answer: Answer) => void): void =>
  void Effect.runFork(Effect.map(Link.ask(request), then))

/** A dispatch by its number, its name and its type, which are texts of others. */
export const nameOf = (dispatch: Pick<Dispatch, "id" | "name" | "type">): string =>
  `${DispatchText.label(dispatch)} ${DispatchText.safe(dispatch.type)}`

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

/** Writes a form: a new dispatch, or the changes of one. */
export const save = (dispatch: Dispatch | undefined, draft: Draft, then: (answer: Answer) => void): void =>
  asking(
    dispatch === undefined
      ? { _tag: "Create", draft }
      : {
          _tag: "Update",
          id: dispatch.id,
          changes: changesOf(dispatch, draft),
          ifUpdateTime: dispatch.updateTime
        },
    (answer) => {
      if (answer._tag === "Dispatched") {
        tell("good", `${nameOf(answer.dispatch)} is ${dispatch === undefined ? "created" : "changed"}.`)
        registry.set(Atoms.opened, answer.dispatch.id)
        closeDialog()
      }
      then(answer)
    }
  )

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

/** Does the same to each of several dispatches, and gives each its answer as it comes. */
export const doEach = (
  action: "pause" | "resume" | "delete",
  all: ReadonlyArray<Dispatch>,
  each: (dispatch: Dispatch, answer: Answer) => void,
  then: () => void
): void => {
  const work = Effect.forEach(
    all,
    (dispatch) =>
      Effect.map(
        Link.ask(
          action === "delete"
            ? { _tag: "Delete", id: dispatch.id }
            : {
                _tag: "Update",
                id: dispatch.id,
                changes: { active: action === "resume" },
                ifUpdateTime: dispatch.updateTime
              }
        ),
        (answer) => each(dispatch, answer)
      ),
    { concurrency: 4, discard: true }
  )
  void Effect.runFork(Effect.map(work, then))
}
