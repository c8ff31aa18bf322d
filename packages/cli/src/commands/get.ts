import { Command } from "effect/cli"
import { loaded } from "../handler.ts"
import { ids, json, microgrid, utc } from "../input/flags.ts"

/** Shows dispatches. */
export const get = Command.make(
  "get",
  { microgrid, ids, json, utc },
  loaded(() => import("../handlers/get.ts"))
).pipe(
  Command.withDescription("Show dispatches, all of each"),
  Command.withExamples([{ command: "dispatch get 1 12" }, { command: "dispatch get 1 3-5,9 --json" }])
)
