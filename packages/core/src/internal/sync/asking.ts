/** The calls that ask for dispatches in doubt: many at once by their ids, or each by itself. Rules S6, S7. */
import { Cause, Effect, Exit, Option } from "effect"
import type { DispatchRecord } from "../../DispatchClient.ts"
import { DispatchError, Protocol } from "../../DispatchError.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { askFailuresMax, getsAtOnceMax } from "../../SyncSettings.ts"
import * as Answers from "./answers.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

/** Asks for some dispatches and hands over what the service says; notes of which it has said something. */
export type Ask = (
  ids: ReadonlyArray<DispatchId>,
  by: "get" | "ids",
  onAnswer: (id: DispatchId) => void
) => Effect.Effect<void, DispatchError>

const nameless = Effect.fail(
  DispatchError.protocol("asked for some dispatches, the service gave one without an id")
)

const reasonOf = (cause: Cause.Cause<DispatchError>) =>
  Option.getOrUndefined(Cause.findErrorOption(cause))?.reason

/** Whether a listing of ids would fail again, however often it is asked for. */
const isForGood = (cause: Cause.Cause<DispatchError>): boolean => {
  const tag = reasonOf(cause)?._tag
  return (
    tag === "InvalidArgument" || tag === "Unimplemented" || tag === "NotFound" || tag === "PermissionDenied"
  )
}

export const make = ({ client, mark, microgridId, settings, tell }: SyncOwner): Ask => {
  const byIds = Effect.fnUntraced(function* (
    ids: ReadonlyArray<DispatchId>,
    onAnswer: (id: DispatchId) => void
  ) {
    const askedAt = mark()
    const origin = yield* currentSpan
    const asked = client.list(microgridId, {
      filter: { ids },
      pageSize: Math.min(settings.pageSize, ids.length)
    })
    const records = yield* Answers.collect(asked, settings, () => undefined)
    const absent = new Set(ids)
    for (const record of records) {
      if (record.id === undefined || !absent.delete(record.id)) continue
      onAnswer(record.id)
      yield* tell({ _tag: "Read", record, askedAt, by: "ids", origin })
    }
    // What does not tell its id may be any of those that seem to be absent.
    if (absent.size > 0 && records.some(({ id }) => id === undefined)) return yield* nameless
    for (const id of absent) {
      onAnswer(id)
      yield* tell({ _tag: "Missing", id, askedAt })
    }
  })

  /** What the service has of one dispatch; absent if it has none. One that it cannot tell exists all the same. */
  const get = (id: DispatchId): Effect.Effect<DispatchRecord | undefined, DispatchError> =>
    Effect.catch(Answers.answer(client.get(microgridId, id), settings), (error) => {
      const { reason } = error
      if (reason._tag === "NotFound") return Effect.undefined
      if (reason._tag !== "Protocol") return Effect.fail(error)
      const unreadable = { id, updateTime: undefined, path: "dispatch", message: reason.message }
      return Effect.succeed({ _tag: "UnreadableDispatch" as const, ...unreadable })
    })

  const byGet = Effect.fnUntraced(function* (
    ids: ReadonlyArray<DispatchId>,
    onAnswer: (id: DispatchId) => void
  ) {
    const failed: Array<Cause.Cause<DispatchError>> = []
    const one = Effect.fnUntraced(function* (id: DispatchId) {
      // One that fails does not keep the others from being answered, but a service that does not answer is left alone.
      if (failed.length >= askFailuresMax) return
      const askedAt = mark()
      const origin = yield* currentSpan
      const exit = yield* Effect.exit(get(id))
      if (Exit.isFailure(exit)) {
        failed.push(exit.cause)
        return
      }
      onAnswer(id)
      yield* exit.value === undefined
        ? tell({ _tag: "Missing", id, askedAt })
        : tell({ _tag: "Read", record: exit.value, askedAt, by: "get", origin })
    })
    yield* Effect.forEach(ids, one, { concurrency: getsAtOnceMax, discard: true })
    const [cause] = failed
    if (cause !== undefined) return yield* Effect.failCause(cause)
  })

  return (ids, by, onAnswer) => {
    const asked =
      by === "get"
        ? byGet(ids, onAnswer)
        : Effect.catchCauseIf(byIds(ids, onAnswer), isForGood, () => byGet(ids, onAnswer))
    return traced(microgridId, "ask")(asked)
  }
}
