import { Command } from "effect/cli"
import { loaded } from "../handler.ts"
import { json, microgridOrVariable, typeFlag, utc } from "../input/flags.ts"

/** Shows the service's events. */
export const stream = Command.make(
  "stream",
  { microgrid: microgridOrVariable, type: typeFlag, json, utc },
  loaded(() => import("../handlers/stream.ts"))
).pipe(
  Command.withDescription("Show the service's events as they happen"),
  Command.withExamples([
    { command: "dispatch stream 1" },
    { command: "dispatch stream 1 --type CHARGE --json" }
  ])
)
