/** The command line: all commands, and how it answers wrong use. */
import { Effect } from "effect"
import { type CliError, CliOutput, Command } from "effect/cli"
import { create } from "./commands/create.ts"
import { remove } from "./commands/delete.ts"
import { demo } from "./commands/demo.ts"
import { get } from "./commands/get.ts"
import { list } from "./commands/list.ts"
import { serve } from "./commands/serve.ts"
import { stream } from "./commands/stream.ts"
import { update } from "./commands/update.ts"
import { watch } from "./commands/watch.ts"
import { print, tell } from "./output/terminal.ts"
import { UsageError } from "./UsageError.ts"

/** The version of this package. */
const version = "0.1.0"

const dispatch = Command.make("dispatch").pipe(
  Command.withDescription("Dispatches of microgrids: run the service, follow it, change what it holds"),
  Command.withSubcommands([serve, demo, watch, stream, list, get, create, update, remove])
)

/** Help goes to the output; wrong use is a short message with an example, apart from it. */
const present = (event: CliOutput.Presenter.Event): Effect.Effect<void> =>
  Effect.gen(function* () {
    const formatter = yield* CliOutput.Formatter
    if (event._tag === "Help") return yield* print(formatter.formatHelpDoc(event.helpDoc))
    if (event._tag === "Version") return yield* print(`${event.name} ${event.version}`)
    const path = event.commandPath.join(" ")
    for (const error of event.errors) yield* tell(sentenceOf(error))
    const [example] = event.helpDoc.examples ?? []
    if (example !== undefined) yield* tell(`Example: ${example.command}`)
    yield* tell(`All about it: ${path} --help`)
  })

/** What is wrong with a value is said by whoever reads it. */
const sentenceOf = (error: CliError.NonShowHelpErrors): string =>
  error._tag === "InvalidValue"
    ? `${error.kind === "flag" ? `--${error.option}` : error.option} "${error.value}" ${error.expected}`
    : error.message

/** Runs a command line. Wrong use has been answered when this fails. */
export const run = Command.run(dispatch, { version }).pipe(
  Effect.catchTag("ShowHelp", (help) =>
    help.errors.length > 0 ? Effect.fail(new UsageError({ message: "" })) : Effect.void
  ),
  Effect.tapError((error) =>
    Effect.gen(function* () {
      if (error.message !== "") yield* tell(error.message)
      if ("example" in error && error.example !== undefined) yield* tell(`Example: ${error.example}`)
    })
  ),
  Effect.provideService(CliOutput.Presenter, { present })
)
