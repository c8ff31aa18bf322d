/** The calls by which a plan is carried out. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect } from "effect"
import { explain, explainCreation, explainWrite } from "../connection.ts"
import * as Json from "../output/json.ts"
import { hintOf } from "../output/startNotes.ts"
import * as Text from "../output/text.ts"
import { deleteOne, type Halfway, write, type Writing } from "../plan/carryingOut.ts"
import { labelOf } from "../plan/plan.ts"
import { Failure } from "../UsageError.ts"
import { callAll, type Task } from "./bulk.ts"
import type { PlannedStep } from "./planDifference.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
}

type Explained = Effect.Services<ReturnType<typeof explain>>

/** Takes the steps of a plan, and deletes what is not in it once all else is done; gives how many calls that were. */
export const carryOut = Effect.fnUntraced(function* (
  steps: ReadonlyArray<PlannedStep>,
  unplanned: ReadonlyArray<Dispatch>,
  options: Options
) {
  const now = yield* DateTime.now
  const tasks = steps.flatMap((each) => taskOf(each, options.microgrid, now))
  if (tasks.length > 0) {
    yield* callAll(tasks, {
      ...options,
      jsonOf: (dispatch) => Json.dispatch(dispatch, now),
      textOf: ({ id }, done) => (done === doneWords.Update ? done : `${done} as #${id}`)
    })
  }
  const deletions = unplanned.map((dispatch): Task<void, DispatchClient | Explained> => ({
    name: Text.label(dispatch),
    key: { id: String(dispatch.id) },
    done: "deleted",
    call: Effect.catch(deleteOne(options.microgrid, dispatch), explain)
  }))
  if (deletions.length > 0) {
    yield* callAll(deletions, { ...options, jsonOf: () => ({}), textOf: () => "deleted" })
  }
  return tasks.length + deletions.length
})

const doneWords = { Update: "updated", Creation: "created", Replacement: "replaced" } as const

const taskOf = (
  { planned, step }: PlannedStep,
  microgrid: MicrogridId,
  now: DateTime.Utc
): ReadonlyArray<Task<Dispatch, DispatchClient | Explained>> => {
  if (step._tag !== "Update" && step._tag !== "Creation" && step._tag !== "Replacement") return []
  return [
    {
      name: Text.safe(labelOf(planned)),
      key: planned.name === undefined ? { id: String(planned.id) } : { name: planned.name },
      done: doneWords[step._tag],
      call: Effect.catch(write(microgrid, planned, step), (error) => explained(error, step, now))
    }
  ]
}

const explained = (
  error: DispatchError | Halfway,
  step: Writing,
  now: DateTime.Utc
): Effect.Effect<never, Failure, Explained> => {
  if (error._tag === "Halfway") {
    return Effect.mapError(
      explained(error.error, step, now),
      ({ message }) => new Failure({ message: `${message}\n${halfway}` })
    )
  }
  if (step._tag === "Update") return explainWrite("")(error)
  return explainCreation(hintOf(step.draft, now))(error)
}

const halfway = "The one before it is deleted; applied again, the plan creates it."
