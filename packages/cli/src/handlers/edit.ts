import { join } from "node:path"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Config, DateTime, Effect, FileSystem, Option, Result } from "effect"
import { ChildProcess } from "effect/process"
import { clientLayer, explain } from "../connection.ts"
import * as EditedText from "../input/editedText.ts"
import { formOf, printWritten } from "../output/dispatch.ts"
import { tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { changesBetween } from "../schedule/draft.ts"
import { Failure } from "../UsageError.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly id: DispatchId
  readonly json: boolean
  readonly utc: boolean
}

/** Opens a dispatch in the editor of the person, and sends what was changed. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const dispatch = yield* Effect.catch(client.get(options.microgrid, options.id), explain)
    const sheet = yield* sheetOf(dispatch)
    const written = yield* edit(dispatch, sheet, options)
    if (written === undefined) return yield* tell("Nothing was changed.")
    yield* printWritten(written, yield* formOf(options))
  }).pipe(Effect.scoped, Effect.provide(clientLayer))

/** The file that is edited; it goes with the scope, unless what was written in it would be lost. */
interface Sheet {
  readonly path: string
  readonly read: Effect.Effect<string, Failure>
  readonly write: (text: string) => Effect.Effect<void, Failure>
  /** Keeps the file. */
  readonly keep: Effect.Effect<void>
}

const sheetOf = Effect.fnUntraced(function* (dispatch: Dispatch) {
  const files = yield* FileSystem.FileSystem
  const unusable = ({ message }: { readonly message: string }) =>
    new Failure({ message: `no temporary file: ${message}` })
  let isKept = false
  const folder = yield* Effect.acquireRelease(
    Effect.mapError(files.makeTempDirectory({ prefix: "dispatch-edit-" }), unusable),
    (path) => (isKept ? Effect.void : Effect.ignore(files.remove(path, { recursive: true })))
  )
  const path = join(folder, `dispatch-${dispatch.id}.jsonc`)
  const sheet: Sheet = {
    path,
    read: Effect.mapError(files.readFileString(path), unusable),
    write: (text) => Effect.mapError(files.writeFileString(path, text, { mode: 0o600 }), unusable),
    keep: Effect.sync(() => {
      isKept = true
    })
  }
  return sheet
})

/** Lets a person edit until the service takes the text, or nothing more is written; gives what was changed. */
const edit = Effect.fnUntraced(function* (dispatch: Dispatch, sheet: Sheet, options: Options) {
  const original = EditedText.textOf(dispatch, yield* Times.forScreen(options))
  const before = yield* Effect.orDie(Effect.fromResult(EditedText.parseEdited(original, dispatch)))
  let text = original
  let fault: string | undefined
  for (;;) {
    yield* sheet.write(EditedText.commented(remarks(dispatch, options, fault), text))
    yield* openEditor(sheet.path)
    const edited = EditedText.withoutComments(yield* sheet.read)
    if (edited.trim() === "" || edited.trim() === original.trim()) return undefined
    // Left as it was refused: the person gives up.
    if (fault !== undefined && edited.trim() === text.trim()) return yield* givingUp(sheet, fault)
    text = edited
    const read = EditedText.parseEdited(edited, dispatch)
    if (Result.isFailure(read)) {
      fault = read.failure
      continue
    }
    const changes = changesBetween(before, read.success, yield* DateTime.now)
    if (Object.keys(changes).length === 0) return undefined
    const sent = yield* send(dispatch, changes, options)
    if (Result.isSuccess(sent)) return sent.success
    const { error, explained } = sent.failure
    if (error.reason._tag !== "InvalidArgument") return yield* givingUp(sheet, explained.message)
    fault = explained.message
  }
})

/** Writes only over the version that was shown. */
const send = Effect.fnUntraced(function* (
  dispatch: Dispatch,
  changes: DispatchChanges,
  { microgrid }: Options
) {
  const client = yield* DispatchClient
  return yield* client.update(microgrid, dispatch.id, changes, { ifUpdateTime: dispatch.updateTime }).pipe(
    Effect.catch((error) =>
      Effect.flatMap(Effect.flip(explain(error)), (explained) => Effect.fail({ error, explained }))
    ),
    Effect.result
  )
})

const givingUp = Effect.fnUntraced(function* ({ keep, path }: Sheet, fault: string) {
  yield* keep
  return yield* new Failure({
    message: `${fault}\nNothing was changed. The text is kept in ${path}`
  })
})

const remarks = (
  dispatch: Dispatch,
  { microgrid }: Options,
  fault: string | undefined
): ReadonlyArray<string> => [
  `Dispatch ${dispatch.id} of microgrid ${microgrid}, ${Text.safe(dispatch.type)}${dispatch.dryRun ? ", dry run" : ""}.`,
  "Save and close to change it; close as it is, or empty, to leave it.",
  `"duration" is in words; null means until stopped. "recurrence" is null for once; "calendar" is a rule in local time.`,
  ...(fault === undefined ? [] : ["", ...fault.split("\n").map((line) => `REFUSED: ${Text.safe(line)}`)])
]

const editorOfLastResort = "vi"

/** The editor that the environment names, a line of shell as in `VISUAL="code --wait"`. */
const editorName = Effect.gen(function* () {
  const visual = yield* Config.option(Config.NonEmptyString("VISUAL"))
  const editor = yield* Config.option(Config.NonEmptyString("EDITOR"))
  return Option.getOrElse(
    Option.orElse(visual, () => editor),
    () => editorOfLastResort
  )
}).pipe(Effect.orElseSucceed(() => editorOfLastResort))

const openEditor = Effect.fnUntraced(function* (path: string) {
  const editor = yield* editorName
  const process = ChildProcess.make("sh", ["-c", `${editor} "$1"`, "sh", path], {
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit"
  })
  const code = yield* process.pipe(
    Effect.flatMap(({ exitCode }) => exitCode),
    Effect.scoped,
    Effect.mapError(({ message }) => new Failure({ message: `${editor} cannot be started: ${message}` }))
  )
  if (code === 0) return
  return yield* new Failure({
    message: `${editor} ended with ${code}. EDITOR names another one; nothing was changed.`
  })
})
