import { Command } from "effect/cli"
import { loadedUnconnected } from "../handler.ts"

/** Prints what a plan may hold. */
export const schema = Command.make(
  "schema",
  {},
  loadedUnconnected("schema", () => import("../handlers/schema.ts"))
).pipe(
  Command.withDescription("Print the JSON Schema of plans, by which editors complete and check them"),
  Command.withShortDescription("Print the JSON Schema of plans"),
  Command.withExamples([{ command: "dispatch schema > plan.schema.json" }])
)
