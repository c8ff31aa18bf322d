/** The changes of a plan, for people and for programs. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { type DateTime, Effect } from "effect"
import { wrap } from "../output/layout.ts"
import * as Difference from "../output/difference.ts"
import * as Json from "../output/json.ts"
import { print, readingColumns } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { labelOf, type Planned } from "../plan/plan.ts"
import type { Step } from "../plan/steps.ts"
import { asDispatch, changed, draftOf } from "../schedule/draft.ts"

/** A planned dispatch, and what is to be done about it. */
export interface PlannedStep {
  readonly planned: Planned
  readonly step: Step
}

interface Layout extends Difference.Layout {
  readonly json: boolean
  readonly replace: boolean
}

/** Prints what is not as it is planned. */
export const printSteps = Effect.fnUntraced(function* (
  steps: ReadonlyArray<PlannedStep>,
  unplanned: ReadonlyArray<Dispatch>,
  options: {
    readonly utc: boolean
    readonly json: boolean
    readonly now: DateTime.Utc
    /** Replacements are carried out. */
    readonly replace: boolean
  }
) {
  const { json, now, replace } = options
  const layout = {
    columns: yield* readingColumns,
    times: yield* Times.forScreen(options),
    now,
    json,
    replace
  }
  yield* Effect.forEach(steps, (each) => printStep(each, layout), { discard: true })
  yield* Effect.forEach(unplanned, (dispatch) => printUnplanned(dispatch, layout), { discard: true })
})

const printStep = ({ planned, step }: PlannedStep, layout: Layout): Effect.Effect<void> => {
  if (layout.json) return Json.line({ line: planned.line, ...keyOf(planned), ...jsonOf(step, layout.now) })
  return Effect.forEach(linesOf(planned, step, layout), print, { discard: true })
}

/** A dispatch that a plan of this name has made, and does not hold any more. */
const printUnplanned = (dispatch: Dispatch, { columns, json, now, times }: Layout): Effect.Effect<void> => {
  if (json) return Json.line({ ...Json.dispatch(dispatch, now), result: "delete" })
  const text = `${Text.label(dispatch)} is not in the plan, and deleted for ever: ${Text.content(dispatch, now, times)}`
  return Effect.forEach(wrap(text, columns), print, { discard: true })
}

const keyOf = ({ id, name }: Planned) => (id === undefined ? { name } : { id: String(id) })

const jsonOf = (step: Step, now: DateTime.Utc): object => {
  switch (step._tag) {
    case "Update":
      return { ...Json.dispatch(changed(step.dispatch, step.changes), now), result: "update" }
    case "Creation":
      return { ...Json.draft(asDispatch(step.draft, now)), result: "create" }
    case "Replacement":
      return { ...Json.draft(asDispatch(step.draft, now)), result: "replace" }
    case "Incomplete":
      return { result: "failed", message: step.message }
    default:
      return { result: step._tag.toLowerCase() }
  }
}

const linesOf = (planned: Planned, step: Step, layout: Layout): ReadonlyArray<string> => {
  if (step._tag === "Same") return []
  if (step._tag === "Update") {
    return Difference.lines(step.dispatch, changed(step.dispatch, step.changes), layout)
  }
  return wrap(`${Text.safe(labelOf(planned))} ${inWords(step, layout)}`, layout.columns)
}

const inWords = (
  step: Exclude<Step, { readonly _tag: "Same" | "Update" }>,
  { now, replace, times }: Layout
): string => {
  switch (step._tag) {
    case "Replacement":
      return `${replacementInWords(step, now)} ${wayOf(step, { replace })}`
    case "Creation":
      return `is new: ${Text.content(asDispatch(step.draft, now), now, times)}`
    case "Past":
      return step.dispatch === undefined
        ? "is past"
        : "is planned to be past, and stays as it is: no start can be moved there"
    case "Gone":
      return "is not there any more"
    case "Incomplete":
      return `is not there, and cannot be created: ${step.message}`
  }
}

/** A dispatch is deleted, and another one created. */
const replacementInWords = (step: StepOf<"Replacement">, now: DateTime.Utc): string =>
  `would be replaced: ${differences(step)}.${step.dispatch.startedAt(now) ? " It runs now, and stops." : ""}`

const wayOf = ({ draft }: StepOf<"Replacement">, { replace }: Pick<Layout, "replace">): string => {
  if (draft.name === undefined)
    return "Another one in its place has another id, by which the plan does not know it."
  return replace ? "It is deleted, and created anew." : "--replace deletes it, and creates it anew."
}

type StepOf<Tag extends Step["_tag"]> = Extract<Step, { readonly _tag: Tag }>

const differences = ({ dispatch, draft }: StepOf<"Replacement">): string => {
  const before = draftOf(dispatch)
  return [
    ...(before.type === draft.type ? [] : [`type ${Text.safe(before.type)} → ${Text.safe(draft.type)}`]),
    ...(before.dryRun === draft.dryRun ? [] : [`dry run ${before.dryRun ? "yes → no" : "no → yes"}`])
  ].join(", ")
}

/** The number of each: `3 as planned, 1 to be updated.` */
export const countsOf = (steps: ReadonlyArray<PlannedStep>, unplanned: number): string => {
  const planned = words.flatMap(([tag, word]) => {
    const count = steps.filter(({ step }) => step._tag === tag).length
    return count === 0 ? [] : [`${count.toLocaleString("en-US")} ${word}`]
  })
  const counts =
    unplanned === 0 ? planned : [...planned, `${unplanned.toLocaleString("en-US")} to be deleted`]
  return counts.length === 0 ? "The plan has no dispatches." : `${counts.join(", ")}.`
}

const words: ReadonlyArray<readonly [Step["_tag"], string]> = [
  ["Same", "as planned"],
  ["Update", "to be updated"],
  ["Creation", "to be created"],
  ["Replacement", "to be replaced"],
  ["Past", "past"],
  ["Gone", "not there"],
  ["Incomplete", "incomplete"]
]
