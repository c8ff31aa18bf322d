import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { ids, microgrid } from "../input/flags.ts"

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
    )
  },
  loaded(() => import("../handlers/delete.ts"))
).pipe(
  Command.withDescription("Delete dispatches, for ever"),
  Command.withExamples([
    { command: "dispatch delete 1 12" },
    { command: "dispatch delete 1 3-5 --yes", description: "Asks nothing, as in a script" }
  ])
)
