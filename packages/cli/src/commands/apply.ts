import { Argument, Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { many } from "../input/bulk.ts"
import { json, microgrid, utc } from "../input/flags.ts"
import { fileFlag } from "../input/paths.ts"

/** Makes dispatches as a plan says. */
export const apply = Command.make(
  "apply",
  {
    microgrid: Argument.optional(microgrid).pipe(
      Argument.withDescription("Id of the microgrid; else the one that the plan names")
    ),
    file: fileFlag("file").pipe(
      Flag.withAlias("f"),

      Flag.withDescription("The plan, in YAML or JSON, as export writes it; - for the standard input")
    ),
    prune: Flag.Boolean("prune").pipe(
      Flag.withDescription(
        "Delete dispatches that a plan of this name has made and no longer holds (PLAN/…); they are shown, and it asks first"
      ),
      Flag.withDefault(false)
    ),
    replace: Flag.Boolean("replace").pipe(
      Flag.withDescription("Where type or dry run differ, delete the dispatch and create another one"),
      Flag.withDefault(false)
    ),
    diff: Flag.Boolean("diff").pipe(
      Flag.withDescription("Show what would change, and send nothing"),
      Flag.withDefault(false)
    ),
    preview: Flag.Boolean("preview").pipe(
      Flag.withDescription("The same as --diff"),
      Flag.withDefault(false)
    ),
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDescription("Do not ask"),
      Flag.withDefault(false)
    ),
    ...many,
    json,
    utc
  },
  loaded(() => import("../handlers/apply.ts"))
).pipe(
  Command.withDescription(
    "Make dispatches as a plan says. Each is found by its name, PLAN/NAME, or by its id: one that differs is changed, and one that is missing is created. Applied again, the plan changes nothing. Fields that it leaves out stay as they are, and so do dispatches that it does not name, but for --prune"
  ),
  Command.withShortDescription("Make dispatches as a plan says"),
  Command.withExamples([
    { command: "dispatch apply --file site.yaml --diff", description: "Shows it, and sends nothing" },
    { command: "dispatch apply --file site.yaml" },
    { command: "dispatch apply 1 --file week.yaml --prune --yes", description: "Without a question" }
  ])
)
