import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { many } from "../input/bulk.ts"
import { choice, filters } from "../input/filters.ts"
import { idsOrNone, json, microgrid, utc } from "../input/flags.ts"

/** Deletes dispatches. */
export const remove = Command.make(
  "delete",
  {
    microgrid,
    ids: idsOrNone,
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDescription("Delete without a question; without a terminal nothing is deleted else"),
      Flag.withDefault(false)
    ),
    ...filters,
    active: choice("active", "Only what may run"),
    ...many,
    json,
    utc
  },
  loaded(() => import("../handlers/delete.ts"))
).pipe(
  Command.withDescription("Delete dispatches, for ever. It shows them and asks first"),
  Command.withShortDescription("Delete dispatches, for ever"),
  Command.withExamples([
    { command: "dispatch delete 1 12" },
    { command: "dispatch delete 1 3-5 --yes", description: "Asks nothing, as in a script" },
    { command: "dispatch delete 1 --type CHARGE --no-active", description: "All of a type that are inactive" }
  ])
)
