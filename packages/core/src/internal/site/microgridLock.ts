/** One actor for what is kept of a microgrid in a directory (S10). */
import { DateTime, Effect, FileSystem, Option, Path, Schema, type Scope } from "effect"
import type { MicrogridId } from "../../MicrogridId.ts"
import { type MicrogridHolder, MicrogridTaken, takenPatience } from "../../MicrogridTaken.ts"
import * as ProcessLock from "./processLock.ts"

/** How often it is looked whether the other has gone. */
const lookInterval = "250 millis"

const HolderText = Schema.fromJsonString(
  Schema.Struct({ pid: Schema.Int, host: Schema.String, since: Schema.DateTimeUtcFromString })
)

/** Holds what is kept of a microgrid until the scope is closed; waits if another has it, and says who. */
export const hold = Effect.fnUntraced(function* (
  directory: string,
  microgridId: MicrogridId
): Effect.fn.Return<void, MicrogridTaken, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const lock = path.join(directory, `microgrid-${microgridId}.lock`)
  const holderFile = path.join(directory, `microgrid-${microgridId}.holder`)

  const holder = files
    .readFileString(holderFile)
    .pipe(Effect.flatMap(Schema.decodeEffect(HolderText)), Effect.option, Effect.map(Option.getOrUndefined))
  const taken = Effect.map(holder, (holder) => MicrogridTaken.by(directory, microgridId, holder))
  const attempt = Effect.flatMap(ProcessLock.attempt(lock), (attempt) => {
    if (attempt._tag === "Taken") return Effect.flatMap(taken, Effect.fail)
    if (attempt._tag === "Held") return Effect.void
    return Effect.logWarning(
      `Another process may use ${directory} as well: it cannot be locked (${attempt.why})`
    )
  })
  yield* attempt.pipe(
    Effect.catch((refusal) =>
      Effect.logWarning(`${refusal.message}; waiting for it to go`).pipe(
        Effect.andThen(Effect.sleep(lookInterval)),
        Effect.andThen(Effect.eventually(Effect.tapError(attempt, () => Effect.sleep(lookInterval)))),
        Effect.timeoutOrElse({ duration: takenPatience, orElse: () => Effect.flatMap(taken, Effect.fail) })
      )
    )
  )
  yield* Effect.acquireRelease(say(files, holderFile), () =>
    Effect.ignore(files.remove(holderFile, { force: true }))
  )
})

/** Says who holds it, for others: they do well without. */
const say = (files: FileSystem.FileSystem, holderFile: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const identity = ProcessLock.identity()
    if (identity === undefined) return
    const holder: MicrogridHolder = { ...identity, since: yield* DateTime.now }
    const text = yield* Schema.encodeEffect(HolderText)(holder)
    yield* files.writeFileString(holderFile, text)
  }).pipe(Effect.ignore)
