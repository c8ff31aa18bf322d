import { Command } from "effect/cli"
import { loaded } from "../handler.ts"

/** Takes commands line by line. */
export const repl = Command.make(
  "repl",
  {},
  loaded(() => import("../handlers/repl.ts"))
).pipe(
  Command.withDescription("Take commands line by line, with history and completion"),
  Command.withExamples([
    { command: "dispatch repl" },
    { command: "dispatch repl < commands.txt", description: "Runs the lines of a file" }
  ])
)
