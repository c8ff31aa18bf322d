import { Argument, Command, Flag } from "effect/cli"
import { loadedUnconnected } from "../handler.ts"
import { flag, utc } from "../input/flags.ts"
import { fileArgument } from "../input/paths.ts"
import { parsePlanName } from "../input/planName.ts"
import { parseTarget } from "../input/target.ts"

/** Writes a calendar as a plan. */
export const importCalendar = Command.make(
  "import",
  {
    file: fileArgument("file").pipe(
      Argument.withDescription("A calendar (iCalendar, .ics); - for the standard input")
    ),
    plan: flag("plan", "PLAN", parsePlanName).pipe(
      Flag.withDescription("The name of the plan; that of the file unless given"),
      Flag.optional
    ),
    type: Flag.String("type").pipe(
      Flag.withAlias("T"),
      Flag.withMetavar("TYPE"),
      Flag.withDescription("The type of all of them"),
      Flag.optional
    ),
    typeFromSummary: Flag.Boolean("type-from-summary").pipe(
      Flag.withDescription("The type of each is its summary"),
      Flag.withDefault(false)
    ),
    target: flag("target", "TARGET", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("What they act upon")
    ),
    keepGoing: Flag.Boolean("keep-going").pipe(
      Flag.withDescription("Write the plan without the events that have no form in one"),
      Flag.withDefault(false)
    ),
    utc
  },
  loadedUnconnected("import", () => import("../handlers/import.ts"))
).pipe(
  Command.withDescription(
    "Write the events of a calendar as a plan, named by their UIDs, and send nothing. All-day, cancelled and moved events, and other occurrences than those of a rule have no form in a plan, and are told with their lines"
  ),
  Command.withShortDescription("Write a calendar as a plan"),
  Command.withExamples([
    { command: "dispatch import week.ics --type CHARGE --target BATTERY > week.yaml" },
    { command: "dispatch import week.ics --type-from-summary --target 1-3 --keep-going > week.yaml" }
  ])
)
