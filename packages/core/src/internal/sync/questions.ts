/** The calls that ask for dispatches in doubt: many at once by their ids, or each by itself. Rules S6, S7. */
import { Cause, Effect, Exit, Option } from "effect"
import type { DispatchRecord } from "../../DispatchClient.ts"
import * as DispatchError from "../../DispatchError.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { askFailuresMax, getsAtOnceMax } from "../../SyncSettings.ts"
import * as Answers from "./answers.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

type Ids = ReadonlyArray<DispatchId>

type OnAnswer = (id: DispatchId) => void

const nameless = Effect.fail(
  DispatchError.protocol("asked for some dispatches, the service gave one without an id")
)

const reasonOf = (cause: Cause.Cause<DispatchError.DispatchError>) =>
  Option.getOrUndefined(Cause.findErrorOption(cause))?.reason

/** True if a listing of ids would fail again, however often it is asked for. */
const isForGood = (cause: Cause.Cause<DispatchError.DispatchError>): boolean => {
  const tag = reasonOf(cause)?._tag
  return (
    tag === "InvalidArgument" || tag === "Unimplemented" || tag === "NotFound" || tag === "PermissionDenied"
  )
}

export class Questions {
  readonly #owner: SyncOwner

  constructor(owner: SyncOwner) {
    this.#owner = owner
  }

  /** Asks for some dispatches, hands over the service's answers, and notes which have been answered. */
  ask(ids: Ids, by: "get" | "ids", onAnswer: OnAnswer): Effect.Effect<void, DispatchError.DispatchError> {
    const asked =
      by === "get"
        ? this.#byGet(ids, onAnswer)
        : Effect.catchCauseIf(this.#byIds(ids, onAnswer), isForGood, () => this.#byGet(ids, onAnswer))
    return traced(this.#owner.microgridId, "ask")(asked)
  }

  #byIds(ids: Ids, onAnswer: OnAnswer) {
    return Effect.gen({ self: this }, function* () {
      const { client, mark, microgridId, settings, tell } = this.#owner
      const askedAt = mark()
      const origin = yield* currentSpan
      const asked = client.list(microgridId, {
        filter: { ids },
        pageSize: Math.min(settings.pageSize, ids.length)
      })
      const records = yield* Answers.collect(asked, () => undefined)
      const absent = new Set(ids)
      for (const record of records) {
        if (record.id === undefined || !absent.delete(record.id)) continue
        onAnswer(record.id)
        yield* tell({ _tag: "Read", record, askedAt, by: "ids", origin })
      }
      // A record without an id may be any of the seemingly absent ones.
      if (absent.size > 0 && records.some(({ id }) => id === undefined)) return yield* nameless
      for (const id of absent) {
        onAnswer(id)
        yield* tell({ _tag: "Missing", id, askedAt })
      }
    })
  }

  #byGet(ids: Ids, onAnswer: OnAnswer) {
    return Effect.gen({ self: this }, function* () {
      const failed: Array<Cause.Cause<DispatchError.DispatchError>> = []
      const one = Effect.fnUntraced({ self: this }, function* (id: DispatchId) {
        // One failure does not keep the others from being answered, but a service that does not answer is left alone.
        if (failed.length >= askFailuresMax) return
        const exit = yield* Effect.exit(this.#getOne(id, onAnswer))
        if (Exit.isFailure(exit)) failed.push(exit.cause)
      })
      yield* Effect.forEach(ids, one, { concurrency: getsAtOnceMax, discard: true })
      const [cause] = failed
      if (cause !== undefined) return yield* Effect.failCause(cause)
    })
  }

  #getOne(id: DispatchId, onAnswer: OnAnswer) {
    return Effect.gen({ self: this }, function* () {
      const { mark, tell } = this.#owner
      const askedAt = mark()
      const origin = yield* currentSpan
      const record = yield* this.#get(id)
      onAnswer(id)
      yield* record === undefined
        ? tell({ _tag: "Missing", id, askedAt })
        : tell({ _tag: "Read", record, askedAt, by: "get", origin })
    })
  }

  /** The service's version of one dispatch; absent if it has none. One that it cannot tell exists all the same. */
  #get(id: DispatchId): Effect.Effect<DispatchRecord | undefined, DispatchError.DispatchError> {
    const { client, microgridId } = this.#owner
    return Effect.catch(Answers.answer(client.get(microgridId, id)), (error) => {
      const { reason } = error
      if (reason._tag === "NotFound") return Effect.undefined
      if (reason._tag !== "Protocol") return Effect.fail(error)
      const unreadable = { id, updateTime: undefined, path: "dispatch", message: reason.message }
      return Effect.succeed({ _tag: "UnreadableDispatch" as const, ...unreadable })
    })
  }
}
