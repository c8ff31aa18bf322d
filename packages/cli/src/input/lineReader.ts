/** Lines typed by a person, with history and completion, or from elsewhere. */
import { createInterface } from "node:readline"
import { Effect, Stream } from "effect"

/** The options of a reader of lines. */
export interface LineReaderOptions {
  readonly prompt: string
  /** The latest line first. */
  readonly history: ReadonlyArray<string>
  /** The possible texts in the place of the last word. */
  readonly complete: (line: string) => ReadonlyArray<string>
}

/** Most lines that are remembered. */
export const historySizeMax = 1_000

/** True if lines are typed. */
export const isTyped = Effect.sync(() => process.stdin.isTTY && process.stdout.isTTY)

/**
 * The next line typed, or those pasted at once; nothing at the end of input (Ctrl-D). Ctrl-C takes the typed text back.
 * Between reads the terminal is as it was before, so that commands hear Ctrl-C and may ask questions themselves.
 */
export const readTyped = ({
  complete,
  history,
  prompt
}: LineReaderOptions): Effect.Effect<ReadonlyArray<string> | undefined> =>
  Effect.callback((resume) => {
    const lines: Array<string> = []
    const reader = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt,
      history: [...history],
      historySize: historySizeMax,
      removeHistoryDuplicates: true,
      completer: (line: string) => {
        const last = /\S*$/.exec(line)?.[0] ?? ""
        return [complete(line).map((word) => `${word} `), last]
      }
    })
    reader.on("line", (line) => {
      // Pasted text comes as many lines in one turn.
      if (lines.length === 0) setImmediate(() => reader.close())
      lines.push(line)
    })
    reader.on("SIGINT", () => {
      process.stdout.write("\n")
      // It takes back the line, which may have been typed in part.
      reader.write(null, { ctrl: true, name: "e" })
      reader.write(null, { ctrl: true, name: "u" })
      reader.prompt()
    })
    reader.on("close", () => {
      if (lines.length === 0) process.stdout.write("\n")
      resume(Effect.succeed(lines.length === 0 ? undefined : lines))
    })
    reader.prompt()
    return Effect.sync(() => reader.close())
  })

/** Lines from a file or another process. */
export const lines: Stream.Stream<string> = Stream.suspend(() =>
  Stream.orDie(
    Stream.fromAsyncIterable(createInterface({ input: process.stdin, crlfDelay: Infinity }), (cause) => cause)
  )
)
