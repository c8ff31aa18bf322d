import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { defaultWebPort } from "../defaults.ts"
import { flag, json, microgridOrVariable, typeFlag, utc } from "../input/flags.ts"
import { portOf } from "../input/settings.ts"
import { telemetryFlags } from "../input/telemetry.ts"

/** Runs the actor and shows what it does. */
export const watch = Command.make(
  "watch",
  {
    microgrid: microgridOrVariable,
    type: typeFlag,
    state: Flag.String("state").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription("Folder for what the actor knows; else one in .dispatch for each service"),
      Flag.optional
    ),
    keep: Flag.Boolean("keep").pipe(
      Flag.withDescription("Keep what the actor knows for the next time (--no-keep)"),
      Flag.withDefault(true)
    ),
    journal: Flag.String("journal").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription("Keep a journal of what really ran in this folder; else none"),
      Flag.optional
    ),
    report: Flag.Boolean("report").pipe(
      Flag.withDescription(
        "Report what really ran to the service; needs a journal, by default beside the rest"
      ),
      Flag.withDefault(false)
    ),
    reporter: Flag.String("reporter").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("The name under which it reports; else that of this machine"),
      Flag.optional
    ),
    web: flag("web", "PORT", portOf).pipe(
      Flag.withDescription(
        `Also show in browsers on this machine what the site knows and ran, at a port, ${defaultWebPort} where none is given`
      ),
      Flag.optional
    ),
    json,
    utc,
    ...telemetryFlags
  },
  loaded(() => import("../handlers/watch.ts"))
).pipe(
  Command.withDescription("Run the actor of a microgrid and show what starts, changes and stops"),
  Command.withExamples([
    { command: "dispatch watch 1" },
    { command: "dispatch watch 1 --type CHARGE --json --no-keep" },
    { command: "dispatch watch 1 --report", description: "What ran is then shown by dispatch history 1" },
    {
      command: "dispatch watch 1 --web --journal ./journal",
      description: "Shows the site in browsers, with its past"
    }
  ])
)
