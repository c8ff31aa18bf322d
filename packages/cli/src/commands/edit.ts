import { Command } from "effect/cli"
import { loaded } from "../handler.ts"
import { idArgument, json, microgrid, utc } from "../input/flags.ts"

/** Changes a dispatch in an editor. */
export const edit = Command.make(
  "edit",
  { microgrid, id: idArgument, json, utc },
  loaded(() => import("../handlers/edit.ts"))
).pipe(
  Command.withDescription(
    "Change a dispatch in the editor that VISUAL or EDITOR names. Nothing is overwritten that somebody else has changed meanwhile"
  ),
  Command.withShortDescription("Change a dispatch in an editor"),
  Command.withExamples([{ command: "dispatch edit 1 12" }])
)
