/**
 * Asks the service for dispatches that are in doubt: those a listing should have shown and did not, and those whose
 * newest version could not be read. Many are asked for in one call, again and again until there is an answer.
 */
import { Effect, Exit, Latch, Stream } from "effect"
import { DispatchClientError, Protocol } from "../../DispatchClientError.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { describe, pause } from "./syncFailure.ts"
import { currentSpan, traced } from "./syncSpans.ts"
import type { SyncOwner } from "./syncOwner.ts"

/** How many dispatches are asked for in one call: no more ids than a service takes in a filter. */
export const asksAtOnceMax = 1_000

/** Dispatches in doubt. */
export interface Doubts {
  /** Asks what has become of a dispatch, soon. */
  readonly add: (id: DispatchId) => void
  /** Asks, for ever. */
  readonly run: Effect.Effect<never>
}

const nameless = Effect.fail(
  new DispatchClientError({
    reason: new Protocol({ message: "asked for some dispatches, the service gave one without an id" })
  })
)

export const make = ({ client, mark, microgridId, settings, tell }: SyncOwner): Doubts => {
  const waiting = new Set<DispatchId>()
  const some = Latch.makeUnsafe(false)

  const ask = Effect.fnUntraced(
    function* (ids: ReadonlyArray<DispatchId>) {
      const askedAt = mark()
      const origin = yield* currentSpan
      const records = yield* Stream.runCollect(
        client.list(microgridId, { filter: { ids }, pageSize: Math.min(settings.pageSize, ids.length) })
      )
      const absent = new Set(ids)
      for (const record of records) {
        if (record.id === undefined || !absent.delete(record.id)) continue
        yield* tell({ _tag: "Read", record, askedAt, origin })
      }
      // What does not tell its id may be any of those that seem to be absent.
      if (absent.size > 0 && records.some(({ id }) => id === undefined)) return yield* nameless
      for (const id of absent) yield* tell({ _tag: "Missing", id, askedAt })
    },
    traced(microgridId, "ask")
  )

  const run = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      yield* some.await
      // What comes into doubt together is asked for together.
      yield* Effect.yieldNow
      some.closeUnsafe()
      while (waiting.size > 0) {
        const ids = [...waiting].slice(0, asksAtOnceMax)
        // What comes into doubt again meanwhile is asked for again.
        for (const id of ids) waiting.delete(id)
        const exit = yield* Effect.exit(ask(ids))
        if (Exit.isSuccess(exit)) {
          failures = 0
          continue
        }
        for (const id of ids) waiting.add(id)
        yield* pause(settings, describe(exit.cause), ++failures)
      }
    }
  })

  return {
    add: (id) => {
      waiting.add(id)
      some.openUnsafe()
    },
    run
  }
}
