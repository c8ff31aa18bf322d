/** The command line: all commands, and the answer to wrong use. */
import { zoneDataRelease } from "@effect-dispatch/core/LocalClock"
import { Effect } from "effect"
import { CliConfig, CliOutput, Command, Completions, GlobalFlag } from "effect/cli"
import { CommandLine } from "./CommandLine.ts"
import { apply } from "./commands/apply.ts"
import { console } from "./commands/console.ts"
import { copy } from "./commands/copy.ts"
import { create } from "./commands/create.ts"
import { remove } from "./commands/delete.ts"
import { demo } from "./commands/demo.ts"
import { edit } from "./commands/edit.ts"
import { exportPlan } from "./commands/export.ts"
import { fleet } from "./commands/fleet.ts"
import { get } from "./commands/get.ts"
import { history } from "./commands/history.ts"
import { importCalendar } from "./commands/import.ts"
import { keys } from "./commands/keys.ts"
import { list } from "./commands/list.ts"
import { preview } from "./commands/preview.ts"
import { repl } from "./commands/repl.ts"
import { schema } from "./commands/schema.ts"
import { serve } from "./commands/serve.ts"
import { pause, skip, unskip } from "./commands/skip.ts"
import { stream } from "./commands/stream.ts"
import { timeline } from "./commands/timeline.ts"
import { update } from "./commands/update.ts"
import { watch } from "./commands/watch.ts"
import { defaultWebPort } from "./defaults.ts"
import { arrange } from "./input/wordOrder.ts"
import * as Help from "./output/help.ts"
import { print, readingColumns, tell, tellSentences } from "./output/terminal.ts"
import * as WrongUse from "./output/wrongUse.ts"
import { asCalled, programName } from "./programName.ts"
import { dispatch } from "./root.ts"
import { UsageError } from "./UsageError.ts"

/** The version of this package. */
const version = "0.1.0"

const commands = dispatch.pipe(
  Command.withSubcommands([
    serve,
    console,
    demo,
    watch,
    stream,
    list,
    get,
    create,
    update,
    skip,
    unskip,
    pause,
    edit,
    copy,
    remove,
    preview,
    timeline,
    history,
    apply,
    exportPlan,
    importCalendar,
    schema,
    keys,
    fleet,
    repl
  ])
)

/** Help goes to the output; wrong use is a short message with an example, apart from it. */
const present = (event: CliOutput.Presenter.Event): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (event._tag === "Help") {
      const lines = Help.lines(event.helpDoc, yield* readingColumns)
      return yield* Effect.forEach(lines, print, { discard: true })
    }
    if (event._tag === "Version") {
      const data = zoneDataRelease()
      return yield* print(`${event.name} ${event.version}${data === undefined ? "" : ` (zone data ${data})`}`)
    }
    const { hints, sentences } = WrongUse.answer(
      event.errors,
      event.helpDoc,
      event.commandPath,
      yield* programName
    )
    yield* Effect.forEach(sentences, tellSentences, { discard: true })
    // A terminal breaks these itself, and they can be copied as they are.
    yield* Effect.forEach(hints, tell, { discard: true })
  })

/** The options that every command takes. A wizard that asks for each of so many would help nobody; there is `repl`. */
const cliConfig = CliConfig.make({
  builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]
})

/**
 * Runs a command line, given as its words. Any fault or failure has been reported when this fails.
 */
export const execute = (words: ReadonlyArray<string>) =>
  Command.runWith(commands, { version })(arrange(withPort(words), Completions.fromCommand(commands))).pipe(
    Effect.catchTag("ShowHelp", ({ errors }) =>
      errors.length > 0 ? Effect.fail(new UsageError({ message: "" })) : Effect.void
    ),
    Effect.tapError((error) =>
      Effect.gen(function* () {
        if (error.message !== "") yield* tellSentences(error.message)
        if ("example" in error && error.example !== undefined) {
          yield* tell(`Example: ${asCalled(error.example, yield* programName)}`)
        }
      })
    ),
    Effect.provideService(CliOutput.Presenter, { present }),
    Effect.provideService(CliConfig.CliConfig, cliConfig),
    Effect.provideService(CommandLine, commandLine)
  )

/** The words with the port of the console, where `--web` stands alone. */
const withPort = (words: ReadonlyArray<string>): ReadonlyArray<string> =>
  words.flatMap((word, at) =>
    word === "--web" && !/^\d/.test(words[at + 1] ?? "") ? [word, String(defaultWebPort)] : [word]
  )

const commandLine: CommandLine["Service"] = {
  run: (words) => execute(words),
  commands: Effect.sync(() =>
    Completions.fromCommand(commands).subcommands.map(({ flags, name }) => ({
      name,
      flags: [...flags, ...Completions.fromCommand(dispatch).flags].map((flag) => `--${flag.name}`)
    }))
  )
}
