import { Command, Flag } from "effect/cli"
import { loadedUnconnected } from "../handler.ts"
import { parseDuration } from "../input/duration.ts"
import { flag, utc } from "../input/flags.ts"

/** Shows service, actor and a few dispatches at work. */
export const demo = Command.make(
  "demo",
  {
    for: flag("for", "DURATION", parseDuration).pipe(
      Flag.withDescription("Stops by itself after this time"),
      Flag.optional
    ),
    utc
  },
  loadedUnconnected("demo", () => import("../handlers/demo.ts"))
).pipe(
  Command.withDescription("Show the service and the actor at work, with a few dispatches"),
  Command.withExamples([{ command: "dispatch demo" }, { command: "dispatch demo --for 20s" }])
)
