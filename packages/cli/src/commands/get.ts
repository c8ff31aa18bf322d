import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DateTime, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { clientLayer, explain } from "../connection.ts"
import { connection, json, microgrid } from "../input/flags.ts"
import { parseIds } from "../input/ids.ts"
import * as Card from "../output/card.ts"
import * as Json from "../output/json.ts"
import { print, tell } from "../output/terminal.ts"
import { Failure, UsageError } from "../UsageError.ts"

/** Ids as arguments, read and checked. */
export const ids = Argument.String("ids").pipe(
  Argument.withDescription("Ids: 1, 1,2,3, 1-3 or 1..3"),
  Argument.variadic({ min: 1 })
)

/** The ids, or what is wrong with them. */
export const readIds = (texts: ReadonlyArray<string>, example: string) =>
  Effect.mapError(
    Effect.fromResult(parseIds(texts)),
    (fault) => new UsageError({ message: `ids "${texts.join(" ")}" ${fault}`, example })
  )

/** Does something with every id, says which failed, and fails if any did. */
export const forEachId = Effect.fnUntraced(function* <A, E extends { readonly message: string }, R>(
  all: ReadonlyArray<bigint>,
  action: (id: bigint) => Effect.Effect<A, E, R>
) {
  let failed = 0
  for (const id of all) {
    const done = yield* Effect.result(action(id))
    if (done._tag === "Failure") {
      failed++
      yield* tell(`#${id}: ${done.failure.message}`)
    }
  }
  if (failed > 0) {
    const message =
      failed === all.length
        ? failed === 1
          ? "It failed."
          : `All ${failed} failed.`
        : `${failed} of ${all.length} failed.`
    return yield* new Failure({ message })
  }
})

/** Shows dispatches. */
export const get = Command.make(
  "get",
  { microgrid, ids, json, ...connection },
  Effect.fn(function* (options) {
    const all = yield* readIds(options.ids, "dispatch get 1 12")
    yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      const now = yield* DateTime.now
      yield* forEachId(all, (id) =>
        Effect.gen(function* () {
          const dispatch = yield* Effect.mapError(
            client.get(options.microgrid, id as (typeof all)[number]),
            explain
          )
          if (options.json) return yield* print(JSON.stringify(Json.dispatch(dispatch)))
          for (const line of Card.dispatch(dispatch, now)) yield* print(line)
        })
      )
    }).pipe(Effect.provide(clientLayer(options)))
  })
).pipe(Command.withDescription("Show dispatches"), Command.withExamples([{ command: "dispatch get 1 12" }]))
