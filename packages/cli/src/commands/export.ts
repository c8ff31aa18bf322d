import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { filters } from "../input/filters.ts"
import { flag, microgridOrVariable, utc } from "../input/flags.ts"
import { parsePlanName } from "../input/planName.ts"

/** Writes dispatches as a plan. */
export const exportPlan = Command.make(
  "export",
  {
    microgrid: microgridOrVariable,
    ...filters,
    plan: flag("plan", "PLAN", parsePlanName).pipe(
      Flag.withDescription("Only what the plan of this name has made (PLAN/…), as that plan"),
      Flag.optional
    ),
    all: Flag.Boolean("all").pipe(Flag.withDescription("Also what is over"), Flag.withDefault(false)),
    ics: Flag.Boolean("ics").pipe(
      Flag.withDescription("As a calendar (iCalendar), for programs that show one"),
      Flag.withDefault(false)
    ),
    utc
  },
  loaded(() => import("../handlers/export.ts"))
).pipe(
  Command.withDescription(
    "Write dispatches as a plan in YAML, for apply and create --file, or as a calendar. Each is written by its name, or else by its id, which counts only at this service and this microgrid"
  ),
  Command.withShortDescription("Write dispatches as a plan, or as a calendar"),
  Command.withExamples([
    { command: "dispatch export 1 > site.yaml" },
    { command: "dispatch export 1 --plan week > week.yaml" },
    { command: "dispatch export 1 --type CHARGE --ics > charging.ics" }
  ])
)
