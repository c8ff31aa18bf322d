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
    diff: Flag.Boolean("diff").pipe(
      Flag.withDescription("Show what would change, and send nothing"),
      Flag.withDefault(false)
    ),
    preview: Flag.Boolean("preview").pipe(
      Flag.withDescription("The same as --diff"),
      Flag.withDefault(false)
    ),
    ...many,
    json,
    utc
  },
  loaded(() => import("../handlers/apply.ts"))
).pipe(
  Command.withDescription(
    "Make dispatches as a plan says, each known by its id: what is there is changed where it differs, and applied again the plan changes nothing. What the plan does not say of a dispatch stays as it is, and what it does not name is left alone. create --file makes new dispatches of a plan"
  ),
  Command.withShortDescription("Make dispatches as a plan says"),
  Command.withExamples([
    { command: "dispatch apply --file site.yaml --diff", description: "Shows it, and sends nothing" },
    { command: "dispatch apply --file site.yaml" }
  ])
)
