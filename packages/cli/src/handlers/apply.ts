import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Option, Result } from "effect"
import { clientLayer, serviceAddress } from "../connection.ts"
import { readSource } from "../input/source.ts"
import * as Json from "../output/json.ts"
import { tell, tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { type Plan, type Planned } from "../plan/plan.ts"
import { parsePlan } from "../plan/planReading.ts"
import { creationOf, type Step, stepOf } from "../plan/steps.ts"
import { Failure, UsageError } from "../UsageError.ts"
import { carryOut } from "./applyTasks.ts"
import { confirmed, tellWhich } from "./confirmation.ts"
import { countsOf, printSteps, type PlannedStep } from "./planDifference.ts"
import { type Present, presentOf, wayOut } from "./planPresent.ts"

/** The options of `apply`. */
export interface ApplyOptions {
  readonly microgrid: Option.Option<MicrogridId>
  readonly file: string
  readonly prune: boolean
  readonly replace: boolean
  readonly diff: boolean
  readonly preview: boolean
  readonly yes: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

const example = "dispatch apply --file site.yaml --diff"

/** Makes the dispatches of a microgrid as a plan says. */
export const run = Effect.fnUntraced(function* (options: ApplyOptions) {
  const plan = yield* planOf(options)
  const microgrid = Option.getOrElse(options.microgrid, () => plan.microgrid)
  if (microgrid === undefined) return yield* noMicrogrid
  yield* refuseUnknowable(plan)
  if (options.prune && plan.name === undefined) return yield* nothingToPrune
  const isAtHome = plan.service === (yield* serviceAddress) && plan.microgrid === microgrid
  yield* Effect.provide(apply({ plan, microgrid, isAtHome }, options), clientLayer)
})

const noMicrogrid = new UsageError({
  message: "the plan does not say which microgrid it is for",
  example: "dispatch apply 1 --file site.yaml"
})

const nothingToPrune = new UsageError({
  message: "--prune deletes what a plan of this name has made before, and the plan has no name",
  example: "plan: week"
})

const planOf = Effect.fnUntraced(function* ({ file, json }: ApplyOptions) {
  const text = yield* Effect.mapError(
    readSource(file),
    (fault) => new UsageError({ message: `--file ${file} ${fault}`, example })
  )
  const read = parsePlan(text)
  if (Result.isSuccess(read)) return read.success
  for (const { line, message } of read.failure) {
    yield* tellSentences(Text.safe(`line ${line}: ${message}`))
    if (json) yield* Json.line({ line, result: "failed", message })
  }
  return yield* new Failure({ message: "Nothing was sent." })
})

/** A dispatch that could not be found again would be created by every apply. */
const refuseUnknowable = Effect.fnUntraced(function* (plan: Plan) {
  const nameless = plan.dispatches.filter(({ id, name }) => id === undefined && name === undefined)
  if (nameless.length === 0) return
  const lines = Text.enumerated(nameless.map(({ line }) => String(line)))
  return yield* new Failure({
    message: `${nameless.length === 1 ? "line" : "lines"} ${lines}: without a name. Nothing would find them again, so that each apply would create them anew.\n${wayOut}`
  })
})

/** A plan, and where it is applied. */
interface Site {
  readonly plan: Plan
  readonly microgrid: MicrogridId
  /** Its ids count there. */
  readonly isAtHome: boolean
}

const apply = Effect.fnUntraced(function* (site: Site, options: ApplyOptions) {
  const { isAtHome, microgrid, plan } = site
  // Ids of another service are those of other dispatches here.
  const sought = isAtHome
    ? plan
    : { ...plan, dispatches: plan.dispatches.filter(({ id }) => id === undefined) }
  const present = yield* presentOf(sought, microgrid, options.prune ? plan.name : undefined)
  const now = yield* DateTime.now
  const steps = plan.dispatches.map((planned): PlannedStep => ({
    planned,
    step:
      isAtHome || planned.id === undefined
        ? stepOf(planned, present.of(planned), now)
        : creationOf(planned, now)
  }))
  yield* show(steps, present, { ...options, now })
  const counts = countsOf(steps, present.unplanned.length)
  if (isShownOnly(options)) return yield* tellSentences(`${counts} Nothing was sent.`)
  const impossible = steps.filter(({ step }) => !isPossible(step, options))
  if (impossible.length > 0 && !options.keepGoing) {
    return yield* new Failure({ message: `${counts} Nothing was sent; --keep-going does all else.` })
  }
  if (!(yield* isMeant(steps, present.unplanned, site, options))) return yield* tell("Nothing was sent.")
  const possible = steps.filter(({ step }) => isPossible(step, options))
  const written = yield* carryOut(possible, present.unplanned, { ...options, microgrid })
  if (written === 0 && !options.quiet) yield* tellSentences(counts)
  if (impossible.length > 0) return yield* new Failure({ message: "" })
})

const isShownOnly = ({ diff, preview }: ApplyOptions): boolean => diff || preview

const show = Effect.fnUntraced(function* (
  steps: ReadonlyArray<PlannedStep>,
  { unplanned }: Present,
  options: ApplyOptions & { readonly now: DateTime.Utc }
) {
  if (options.quiet && !isShownOnly(options)) return
  // JSON tells a dispatch that is sent once, with its answer.
  const isToldAgain = ({ step }: PlannedStep) =>
    options.json && !isShownOnly(options) && isWriting(step) && isPossible(step, options)
  yield* printSteps(
    steps.filter((each) => !isToldAgain(each)),
    options.json && !isShownOnly(options) ? [] : unplanned,
    options
  )
})

const isWriting = ({ _tag }: Step): boolean => ["Update", "Creation", "Replacement"].includes(_tag)

/** A replacement has another id: only a name finds it again. */
const isPossible = (step: Step, { replace }: ApplyOptions): boolean => {
  if (step._tag === "Replacement") return replace && step.draft.name !== undefined
  return step._tag !== "Gone" && step._tag !== "Incomplete"
}

/** Asks before anything is deleted for ever, or created by every apply. */
const isMeant = Effect.fnUntraced(function* (
  steps: ReadonlyArray<PlannedStep>,
  unplanned: ReadonlyArray<Dispatch>,
  { microgrid, plan }: Site,
  { json, quiet, yes }: ApplyOptions
) {
  if (yes) return true
  if (unplanned.length > 0 && plan.dispatches.length === 0) {
    return yield* new Failure({
      message: `The plan has no dispatches: --prune would delete all ${unplanned.length} of ${Text.safe(plan.name ?? "")}/… Give --yes if that is right. Nothing was sent.`
    })
  }
  const nameless = steps.filter(({ planned, step }) => step._tag === "Creation" && isNameless(planned))
  if (nameless.length > 0) {
    const what = Text.counted(nameless.length, "dispatch", "dispatches")
    const where = `the ids of the plan count at ${Text.safe(plan.service ?? "a service that it does not name")}, microgrid ${plan.microgrid ?? "unknown"}`
    yield* tellSentences(
      `New in microgrid ${microgrid}, as ${where}: ${Text.enumerated(nameless.map(({ planned }) => `#${planned.id}`))}.`
    )
    const question = `Create ${what} without a name? Each apply creates them anew.`
    if (!(yield* confirmed(question, yesExample))) return false
  }
  if (unplanned.length === 0) return true
  // The difference has shown them.
  if (quiet || json) yield* tellWhich(unplanned)
  const what = Text.counted(unplanned.length, "dispatch", "dispatches")
  return yield* confirmed(`Delete ${what} of ${Text.safe(plan.name ?? "")}/… for ever?`, yesExample)
})

const isNameless = ({ name }: Planned): boolean => name === undefined

const yesExample = "dispatch apply --file site.yaml --prune --yes"
