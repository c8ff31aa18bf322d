import { Command, Flag } from "effect/cli"
import { defaultWebPort } from "../defaults.ts"
import { loaded } from "../handler.ts"
import { flag } from "../input/flags.ts"
import { portOf } from "../input/settings.ts"

/** Shows the console of a service elsewhere. */
export const console = Command.make(
  "console",
  {
    port: flag("port", "PORT", portOf).pipe(
      Flag.withDescription(
        `Port of this machine for browsers, 0 for any that is free; else ${defaultWebPort}`
      ),
      Flag.withDefault(defaultWebPort)
    )
  },
  loaded(() => import("../handlers/console.ts"))
).pipe(
  Command.withDescription("Show a service elsewhere in browsers on this machine, with your credentials"),
  Command.withExamples([
    { command: "dispatch console", description: "Of the service in DISPATCH_API_URL" },
    { command: "dispatch console --port 0", description: "At any port that is free" }
  ])
)
