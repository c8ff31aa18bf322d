/** Writes what a plan changes. An answer that is lost is looked for, and nothing is sent twice. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Data, DateTime, Effect, Option, Stream } from "effect"
import type { Planned } from "./plan.ts"
import { type Step, stepOf } from "./steps.ts"

/** A step that writes. */
export type Writing = Extract<Step, { readonly _tag: "Update" | "Creation" | "Replacement" }>

type StepOf<Tag extends Step["_tag"]> = Extract<Step, { readonly _tag: Tag }>

/** The change of a dispatch that is there. */
export type UpdateStep = StepOf<"Update">

/** Takes a step, and gives the dispatch as it is then. */
export const write = (microgrid: MicrogridId, planned: Planned, step: Writing) => {
  switch (step._tag) {
    case "Update":
      return updateOne(microgrid, planned, step)
    case "Creation":
      return createOne(microgrid, planned, step)
    case "Replacement":
      return replaceOne(microgrid, planned, step)
  }
}

/** Writes only over the version that was shown. */
export const updateOne = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  planned: Planned,
  { changes, dispatch }: UpdateStep
) {
  const client = yield* DispatchClient
  return yield* client
    .update(microgrid, dispatch.id, changes, { ifUpdateTime: dispatch.updateTime })
    .pipe(
      Effect.catchIf(isLost, (error) =>
        asPlanned(Effect.option(client.get(microgrid, dispatch.id)), planned, error)
      )
    )
})

/** Creates a dispatch. Where it has no name, nobody can tell whether it is there. */
export const createOne = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  planned: Planned,
  { draft }: StepOf<"Creation">
) {
  const client = yield* DispatchClient
  return yield* client
    .create(microgrid, draft)
    .pipe(
      Effect.catchIf(isLost, (error) =>
        asPlanned(
          draft.name === undefined ? Effect.succeedNone : named(microgrid, draft.name),
          planned,
          error
        )
      )
    )
})

/** Deletes the version that was shown, and creates another dispatch in its place. */
export const replaceOne = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  planned: Planned,
  { dispatch, draft }: StepOf<"Replacement">
) {
  yield* deleteOne(microgrid, dispatch)
  return yield* createOne(microgrid, planned, { _tag: "Creation", draft }).pipe(
    Effect.mapError((error) => new Halfway({ error }))
  )
})

/** A replacement of which only the deletion was done. */
export class Halfway extends Data.TaggedError("Halfway")<{ readonly error: DispatchError.DispatchError }> {}

/** Deletes only the version that was shown. */
export const deleteOne = Effect.fnUntraced(function* (microgrid: MicrogridId, { id, updateTime }: Dispatch) {
  const client = yield* DispatchClient
  const present = yield* client.get(microgrid, id)
  if (present.updateTime !== updateTime) {
    return yield* DispatchError.conflict(`#${id} was changed since it was shown: nothing was deleted`)
  }
  yield* client.delete(microgrid, id).pipe(
    Effect.catchIf(isLost, (error) =>
      Effect.matchEffect(client.get(microgrid, id), {
        onFailure: ({ reason }) => (reason._tag === "NotFound" ? Effect.void : Effect.fail(error)),
        onSuccess: () => Effect.fail(error)
      })
    )
  )
})

/** True if the call may have done what it was to do. */
const isLost = ({ isRetryable }: DispatchError.DispatchError): boolean => isRetryable

const named = Effect.fnUntraced(function* (microgrid: MicrogridId, name: string) {
  const client = yield* DispatchClient
  const records = client.list(microgrid, { filter: { names: [name] } }).pipe(Stream.filter(isReadable))
  return yield* Effect.map(Effect.option(Stream.runHead(records)), Option.flatten)
})

/** The dispatch, if it is as planned all the same. */
const asPlanned = Effect.fnUntraced(function* (
  looking: Effect.Effect<Option.Option<Dispatch>, never, DispatchClient>,
  planned: Planned,
  error: DispatchError.DispatchError
) {
  const found = Option.getOrUndefined(yield* looking)
  if (found === undefined) return yield* error
  return stepOf(planned, found, yield* DateTime.now)._tag === "Same" ? found : yield* error
})
