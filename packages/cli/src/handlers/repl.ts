import { join } from "node:path"
import * as NodeTerminal from "@effect/platform-node/NodeTerminal"
import { Cause, ConfigProvider, Effect, Exit, FileSystem, Layer, Redacted, Ref, Stream } from "effect"
import { CommandLine, type CommandNames } from "../CommandLine.ts"
import { credentials, serviceUrl } from "../connection.ts"
import { dataFolder } from "../defaults.ts"
import { historySizeMax, isTyped, lines, readTyped } from "../input/lineReader.ts"
import { parseWords } from "../input/words.ts"
import { bold, tell } from "../output/terminal.ts"
import { untilStopped } from "../signals.ts"
import { Failure } from "../UsageError.ts"

/** Takes commands until the input ends or `exit`. */
export const run = Effect.fnUntraced(function* () {
  const surroundings = yield* environment
  const failures = yield* Ref.make(0)
  const execute = Effect.fnUntraced(function* (line: string) {
    const exit = yield* runLine(line).pipe(
      Effect.provideService(ConfigProvider.ConfigProvider, surroundings),
      // Each command gives the terminal back before the next line is read.
      Effect.provide(Layer.fresh(NodeTerminal.layer)),
      Effect.exit
    )
    if (Exit.isSuccess(exit)) return
    // A question that was left with Ctrl-C interrupts its command.
    if (Cause.hasInterruptsOnly(exit.cause)) return yield* tell("")
    if (Cause.hasDies(exit.cause)) yield* tell(Cause.pretty(exit.cause))
    yield* Ref.update(failures, (count) => count + 1)
  })
  if (yield* isTyped) return yield* converse(execute)
  yield* lines.pipe(
    Stream.takeWhile((line) => !isExit(line)),
    Stream.runForEach(execute)
  )
  const failed = yield* Ref.get(failures)
  if (failed > 0) return yield* new Failure({ message: "" })
})

/** The commands find the connection of the session in their environment, so that flags of a line come first. */
const environment = Effect.gen(function* () {
  const current = yield* ConfigProvider.ConfigProvider
  const shown = yield* credentials
  const own = ConfigProvider.fromEnvRecord({
    DISPATCH_API_URL: yield* serviceUrl,
    // Examples can be typed here as they are.
    npm_lifecycle_event: "repl",
    // An empty variable counts as not set: a secret of the environment belongs to no other key.
    ...(shown === undefined
      ? {}
      : {
          DISPATCH_API_AUTH_KEY: Redacted.value(shown.authKey),
          DISPATCH_API_SIGN_SECRET: shown.signSecret === undefined ? "" : Redacted.value(shown.signSecret)
        })
  })
  return ConfigProvider.orElse(own, current)
})

const isExit = (line: string): boolean => /^\s*(exit|quit)\s*$/.test(line)

const runLine = Effect.fnUntraced(function* (line: string) {
  const parsed = parseWords(line)
  if (parsed._tag === "Failure") {
    yield* tell(parsed.failure)
    return yield* new Failure({ message: "" })
  }
  const [first, ...rest] = parsed.success[0] === "dispatch" ? parsed.success.slice(1) : parsed.success
  if (first === undefined || first.startsWith("#")) return
  const { run } = yield* CommandLine
  if (first === "repl") return yield* tell("This is it already; leave it with exit.")
  // A command ends at Ctrl-C, and the next line is taken.
  yield* untilStopped(run(first === "help" ? [...rest, "--help"] : [first, ...rest]))
})

const converse = Effect.fnUntraced(function* <R>(execute: (line: string) => Effect.Effect<void, never, R>) {
  const commands = yield* Effect.flatMap(CommandLine, (line) => line.commands)
  const file = yield* historyFile
  let history = yield* file.read
  yield* tell("Commands as on the command line; help tells of them, Tab completes, exit or Ctrl-D leaves.")
  for (;;) {
    const typed = yield* readTyped({
      prompt: bold("dispatch> "),
      history,
      complete: (line) => completionsOf(line, commands)
    })
    if (typed === undefined) return
    for (const line of typed) {
      if (isExit(line)) return
      if (line.trim() === "") continue
      history = [line, ...history.filter((earlier) => earlier !== line)].slice(0, historySizeMax)
      yield* file.write(history)
      yield* execute(line)
    }
  }
})

/** Commands for the first word, then flags of the command. */
export const completionsOf = (line: string, commands: ReadonlyArray<CommandNames>): ReadonlyArray<string> => {
  const words = line.trimStart().split(/\s+/)
  const last = words.at(-1) ?? ""
  const known =
    words.length <= 1
      ? [...commands.map(({ name }) => name), "help", "exit"]
      : (commands.find(({ name }) => name === words[0])?.flags ?? [])
  return known.filter((word) => word.startsWith(last))
}

/** Lines with keys and secrets stay out of the history. */
const isSecret = (line: string): boolean => /--(auth-key|sign-secret)[= ]/.test(line)

/** The file of the history. An unreadable history counts as none. */
const historyFile = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = join(dataFolder, "history")
  return {
    read: files.readFileString(path).pipe(
      Effect.map((text) => text.split("\n").filter((line) => line !== "")),
      Effect.orElseSucceed((): ReadonlyArray<string> => [])
    ),
    write: (history: ReadonlyArray<string>) =>
      files.makeDirectory(dataFolder, { recursive: true, mode: 0o700 }).pipe(
        Effect.andThen(
          files.writeFileString(path, `${history.filter((line) => !isSecret(line)).join("\n")}\n`, {
            mode: 0o600
          })
        ),
        Effect.ignore
      )
  }
})
