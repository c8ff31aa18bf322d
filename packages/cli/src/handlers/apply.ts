import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Option, Result } from "effect"
import { clientLayer, explain, serviceAddress } from "../connection.ts"
import { readSource } from "../input/source.ts"
import * as Json from "../output/json.ts"
import { tell, tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { updateOne } from "../plan/carryingOut.ts"
import { labelOf, type Plan } from "../plan/plan.ts"
import { parsePlan } from "../plan/planReading.ts"
import { type Step, stepOf } from "../plan/steps.ts"
import { Failure, UsageError } from "../UsageError.ts"
import { runAll, type Task } from "./bulk.ts"
import { countsOf, printSteps, type PlannedStep } from "./planDifference.ts"
import { selectByIds, unfiltered } from "./selection.ts"

interface Options {
  readonly microgrid: Option.Option<MicrogridId>
  readonly file: string
  readonly diff: boolean
  readonly preview: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

const example = "dispatch apply --file site.yaml --diff"

/** Makes the dispatches of a microgrid as a plan says. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const plan = yield* planOf(options)
  const microgrid = Option.getOrElse(options.microgrid, () => plan.microgrid)
  if (microgrid === undefined) return yield* noMicrogrid
  yield* refuseUnknowable(plan, microgrid, yield* serviceAddress)
  yield* Effect.provide(carryOut(plan, microgrid, options), clientLayer)
})

const noMicrogrid = new UsageError({
  message: "the plan does not say which microgrid it is for",
  example: "dispatch apply 1 --file site.yaml"
})

const planOf = Effect.fnUntraced(function* ({ file, json }: Options) {
  const text = yield* Effect.mapError(
    readSource(file),
    (fault) => new UsageError({ message: `--file ${file} ${fault}`, example })
  )
  const read = parsePlan(text)
  if (Result.isSuccess(read)) return read.success
  for (const { line, message } of read.failure) {
    yield* tell(Text.safe(`line ${line}: ${message}`))
    if (json) yield* Json.line({ line, result: "failed", message })
  }
  return yield* new Failure({ message: "Nothing was sent." })
})

/** A dispatch that could not be found again would be created by every apply. */
const refuseUnknowable = Effect.fnUntraced(function* (plan: Plan, microgrid: MicrogridId, service: string) {
  const nameless = plan.dispatches.filter(({ id }) => id === undefined)
  if (nameless.length > 0) {
    const lines = Text.enumerated(nameless.map(({ line }) => String(line)))
    return yield* new Failure({
      message: `${nameless.length === 1 ? "line" : "lines"} ${lines}: without an id. The service keeps no names by which they would be found again, so that each apply would create them anew.\n${wayOut}`
    })
  }
  if (plan.service === service && plan.microgrid === microgrid) return
  const there =
    plan.service === undefined
      ? "The plan does not say at which service its ids count."
      : `The ids of the plan count at ${plan.service}, microgrid ${plan.microgrid ?? "unknown"}, and this is ${service}, microgrid ${microgrid}.`
  return yield* new Failure({ message: `${there}\n${wayOut}` })
})

const wayOut = "dispatch create MICROGRID --file creates what a plan holds, all of it as new."

const carryOut = Effect.fnUntraced(function* (plan: Plan, microgrid: MicrogridId, options: Options) {
  const ids = plan.dispatches.flatMap(({ id }) => id ?? [])
  const { found } = yield* Effect.catch(selectByIds(microgrid, ids, unfiltered), explain)
  const byId = new Map(found.map((dispatch) => [dispatch.id, dispatch]))
  const now = yield* DateTime.now
  const steps = plan.dispatches.map((planned): PlannedStep => ({
    planned,
    step: stepOf(planned, planned.id === undefined ? undefined : byId.get(planned.id), now)
  }))
  const isShown = options.diff || options.preview
  // What is sent is told again, with its answer.
  const told = steps.filter(({ step }) => isShown || !options.json || step._tag !== "Update")
  if (!options.quiet || isShown) yield* printSteps(told, { ...options, now })
  const impossible = steps.filter(({ step }) => isImpossible(step))
  if (isShown) return yield* tellSentences(`${countsOf(steps)} Nothing was sent.`)
  if (impossible.length > 0 && !options.keepGoing) {
    return yield* new Failure({ message: `${countsOf(steps)} Nothing was sent; --keep-going does all else.` })
  }
  const updates = steps.filter(({ step }) => step._tag === "Update")
  if (updates.length > 0) yield* update(updates, microgrid, options)
  else if (!options.quiet) yield* tellSentences(countsOf(steps))
  if (impossible.length > 0) return yield* new Failure({ message: "" })
})

/** A replacement would have another id, by which the plan does not know it. */
const isImpossible = ({ _tag }: Step): boolean => ["Gone", "Replacement", "Incomplete"].includes(_tag)

const update = Effect.fnUntraced(function* (
  steps: ReadonlyArray<PlannedStep>,
  microgrid: MicrogridId,
  options: Options
) {
  const now = yield* DateTime.now
  const tasks = steps.flatMap(
    ({
      planned,
      step
    }): ReadonlyArray<Task<Dispatch, DispatchClient | Effect.Services<ReturnType<typeof explain>>>> =>
      step._tag === "Update"
        ? [
            {
              name: labelOf(planned),
              key: { id: String(step.dispatch.id) },
              call: Effect.catch(updateOne(microgrid, planned, step), explain)
            }
          ]
        : []
  )
  yield* runAll(tasks, {
    ...options,
    done: "updated",
    jsonOf: (dispatch) => Json.dispatch(dispatch, now),
    textOf: () => "updated"
  })
})
