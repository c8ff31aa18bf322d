/** Writes what a plan changes. An answer that is lost is looked for, and nothing is sent twice. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Data, DateTime, Effect, Option, Stream } from "effect"
import type { Planned } from "./plan.ts"
import { type Step, stepOf } from "./steps.ts"
import { accession, type NamedDraft, successorNames, waiting } from "./successor.ts"

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
export const replaceOne = (microgrid: MicrogridId, planned: Planned, step: StepOf<"Replacement">) => {
  const { name } = step.draft
  return step.isSaid || name === undefined
    ? createAnew(microgrid, planned, step)
    : createBefore(microgrid, planned, { ...step, draft: { ...step.draft, name } })
}

/** After a kill in between, the plan alone creates it. */
const createAnew = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  planned: Planned,
  { dispatch, draft }: StepOf<"Replacement">
) {
  yield* deleteOne(microgrid, dispatch)
  return yield* halfway(createOne(microgrid, planned, { _tag: "Creation", draft }))
})

/** After a kill in between, the plan goes on from the successor, which never runs beside the one before it. */
const createBefore = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  planned: Planned,
  { dispatch, draft }: { readonly dispatch: Dispatch; readonly draft: NamedDraft }
) {
  const client = yield* DispatchClient
  yield* removeSuccessors(microgrid, draft.name)
  const successor = yield* createWaiting(microgrid, waiting(draft))
  yield* Effect.tapError(deleteOne(microgrid, dispatch), ({ reason }) =>
    reason._tag === "Conflict" ? Effect.ignore(client.delete(microgrid, successor.id)) : Effect.void
  )
  const changes = accession(successor, draft.name)
  return yield* halfway(updateOne(microgrid, planned, { _tag: "Update", dispatch: successor, changes }))
})

/** Removes what an earlier replacement has left that was killed before its deletion; nothing of it runs. */
const removeSuccessors = Effect.fnUntraced(function* (microgrid: MicrogridId, name: string) {
  const client = yield* DispatchClient
  const names = successorNames(name)
  yield* client.list(microgrid, { filter: { names } }).pipe(
    Stream.filter(isReadable),
    Stream.filter(({ active }) => !active),
    Stream.runForEach((left) => deleteOne(microgrid, left))
  )
})

/** Nothing else has its name: what is found by it was created by this call. */
const createWaiting = Effect.fnUntraced(function* (microgrid: MicrogridId, draft: NamedDraft) {
  const client = yield* DispatchClient
  return yield* client
    .create(microgrid, draft)
    .pipe(
      Effect.catchIf(isLost, (error) =>
        Effect.flatMap(
          named(microgrid, draft.name),
          Option.match({ onNone: () => Effect.fail(error), onSome: Effect.succeed })
        )
      )
    )
})

/** A replacement of which only the deletion was done. */
export class Halfway extends Data.TaggedError("Halfway")<{ readonly error: DispatchError.DispatchError }> {}

const halfway = <A, R>(call: Effect.Effect<A, DispatchError.DispatchError, R>) =>
  Effect.mapError(call, (error) => new Halfway({ error }))

/** Deletes only the version that was shown; one that is gone need not be deleted. */
export const deleteOne = Effect.fnUntraced(function* (microgrid: MicrogridId, { id, updateTime }: Dispatch) {
  const client = yield* DispatchClient
  const present = yield* unlessGone(client.get(microgrid, id))
  if (present === undefined) return
  if (present.updateTime !== updateTime) {
    return yield* DispatchError.conflict(`#${id} was changed since it was shown: nothing was deleted`)
  }
  yield* client
    .delete(microgrid, id)
    .pipe(
      Effect.catchIf(isLost, (error) =>
        Effect.flatMap(unlessGone(client.get(microgrid, id)), (left) =>
          left === undefined ? Effect.void : Effect.fail(error)
        )
      )
    )
})

/** The dispatch, or nothing where it is deleted. */
const unlessGone = (call: Effect.Effect<Dispatch, DispatchError.DispatchError>) =>
  Effect.catchIf(
    call,
    ({ reason }) => reason._tag === "NotFound",
    () => Effect.succeed(undefined)
  )

/** True if the call may have done what it was to do. */
const isLost = ({ isRetryable }: DispatchError.DispatchError): boolean => isRetryable

const named = Effect.fnUntraced(function* (microgrid: MicrogridId, name: string) {
  const client = yield* DispatchClient
  const records = client.list(microgrid, { filter: { names: [name] } }).pipe(Stream.filter(isReadable))
  return yield* Effect.map(Effect.option(Stream.runHead(records)), Option.flatten)
})

/** The dispatch, if it is as planned all the same; a successor has its name last. */
const asPlanned = Effect.fnUntraced(function* (
  looking: Effect.Effect<Option.Option<Dispatch>, never, DispatchClient>,
  planned: Planned,
  error: DispatchError.DispatchError
) {
  const found = Option.getOrUndefined(yield* looking)
  if (found === undefined || (planned.name ?? found.name) !== found.name) return yield* error
  return stepOf(planned, found, yield* DateTime.now)._tag === "Same" ? found : yield* error
})
