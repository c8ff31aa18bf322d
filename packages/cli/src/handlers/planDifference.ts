/** What a plan would change, for people and for programs. */
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
}

/** Prints what is not as it is planned. */
export const printSteps = Effect.fnUntraced(function* (
  steps: ReadonlyArray<PlannedStep>,
  options: { readonly utc: boolean; readonly json: boolean; readonly now: DateTime.Utc }
) {
  const { json, now } = options
  const layout = { columns: yield* readingColumns, times: yield* Times.forScreen(options), now, json }
  yield* Effect.forEach(steps, (each) => printStep(each, layout), { discard: true })
})

const printStep = ({ planned, step }: PlannedStep, layout: Layout): Effect.Effect<void> => {
  if (layout.json) return Json.line({ line: planned.line, ...keyOf(planned), ...jsonOf(step, layout.now) })
  return Effect.forEach(linesOf(planned, step, layout), print, { discard: true })
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
  { now, times }: Layout
): string => {
  switch (step._tag) {
    case "Replacement":
      return `would be replaced: ${differences(step)}. Another dispatch in its place has another id, by which the plan does not know it.`
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

const differences = ({ dispatch, draft }: Extract<Step, { readonly _tag: "Replacement" }>): string => {
  const before = draftOf(dispatch)
  return [
    ...(before.type === draft.type ? [] : [`type ${Text.safe(before.type)} → ${Text.safe(draft.type)}`]),
    ...(before.dryRun === draft.dryRun ? [] : [`dry run ${before.dryRun ? "yes → no" : "no → yes"}`])
  ].join(", ")
}

/** How many of each there are: `3 as planned, 1 to be updated.` */
export const countsOf = (steps: ReadonlyArray<PlannedStep>): string => {
  const counts = words.flatMap(([tag, word]) => {
    const count = steps.filter(({ step }) => step._tag === tag).length
    return count === 0 ? [] : [`${count.toLocaleString("en-US")} ${word}`]
  })
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
