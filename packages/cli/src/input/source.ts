/** Text from a file, or from the standard input. */
import { Effect, FileSystem, Result, Stdio, Stream } from "effect"
import type { PlatformError } from "effect/PlatformError"
import { tell } from "../output/terminal.ts"

/** The name that stands for the standard input. */
export const dash = "-"

/** Reads all of a file, or of the standard input for `-`; fails with the fault. */
export const readSource = Effect.fnUntraced(function* (path: string) {
  if (path === dash) return yield* readStandardInput
  const files = yield* FileSystem.FileSystem
  const bytes = yield* Effect.mapError(
    files.readFile(path),
    ({ reason }) => `cannot be read: ${whyUnreadable(reason)}`
  )
  return yield* decoded(bytes)
})

const readStandardInput = Effect.gen(function* () {
  const { stdin, stdinIsTerminal } = yield* Stdio.Stdio
  if (yield* stdinIsTerminal) yield* tell("Reading what is typed; Ctrl-D at the beginning of a line ends it.")
  const chunks = yield* Effect.mapError(
    Stream.runCollect(stdin),
    ({ message }) => `cannot be read: ${message}`
  )
  return yield* decoded(Buffer.concat(chunks))
})

const decoded = (bytes: Uint8Array): Effect.Effect<string, string> =>
  Effect.fromResult(
    Result.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () => "is no text in UTF-8"
    })
  )

/** The cause of a failed reading, in words. */
export const whyUnreadable = (reason: PlatformError["reason"]): string => {
  if (reason._tag === "NotFound") return "there is no such file"
  return reason._tag === "PermissionDenied" ? "this user may not" : reason.message
}
