import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { Effect } from "effect"
import { Command, Flag, Prompt } from "effect/cli"
import { clientLayer, explain } from "../connection.ts"
import { connection, microgrid } from "../input/flags.ts"
import { isInteractive, tell } from "../output/terminal.ts"
import { forEachId, ids, readIds } from "./get.ts"

/** Deletes dispatches. */
export const remove = Command.make(
  "delete",
  {
    microgrid,
    ids,
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDescription("Do not ask"),
      Flag.withDefault(false)
    ),
    ...connection
  },
  Effect.fn(function* (options) {
    const all = yield* readIds(options.ids, "dispatch delete 1 12")
    if (!options.yes && (yield* isInteractive)) {
      const what = all.length === 1 ? `dispatch ${all[0]}` : `${all.length} dispatches`
      const confirmed = yield* Prompt.run(
        Prompt.Confirm({ message: `Delete ${what} for ever?`, initial: false })
      )
      if (!confirmed) return yield* tell("Nothing was deleted.")
    }
    yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      yield* forEachId(all, (id) =>
        Effect.andThen(
          Effect.mapError(client.delete(options.microgrid, id as (typeof all)[number]), explain),
          tell(`#${id} deleted`)
        )
      )
    }).pipe(Effect.provide(clientLayer(options)))
  })
).pipe(
  Command.withDescription("Delete dispatches"),
  Command.withExamples([{ command: "dispatch delete 1 3-5 --yes" }])
)
