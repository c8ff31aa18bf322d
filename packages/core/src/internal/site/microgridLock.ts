/** One actor for the records of a microgrid in a directory (S10). */
import { DateTime, Duration, Effect, FileSystem, Option, Path, Schema, type Scope } from "effect"
import type { MicrogridId } from "../../MicrogridId.ts"
import * as MicrogridTaken from "../../MicrogridTaken.ts"
import { elapsedMillis } from "../elapsed.ts"
import * as ProcessLock from "./processLock.ts"

/** The time between two looks whether the other has gone. */
const lookInterval = "250 millis"

const HolderText = Schema.fromJsonString(
  Schema.Struct({ pid: Schema.Int, host: Schema.String, since: Schema.DateTimeUtcFromString })
)

/**
 * An earlier release had one lock for all of a directory. All actors of this release hold it together, so that one of
 * that release finds it taken.
 */
const earlierLock = "lock"

/** Holds the records of a microgrid until the scope is closed; if another has them, waits and logs the holder. */
export const hold = Effect.fnUntraced(function* (
  directory: string,
  microgridId: MicrogridId
): Effect.fn.Return<void, MicrogridTaken.MicrogridTaken, FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const holderFile = path.join(directory, `microgrid-${microgridId}.holder`)
  const holder = files
    .readFileString(holderFile)
    .pipe(Effect.flatMap(Schema.decodeEffect(HolderText)), Effect.option, Effect.map(Option.getOrUndefined))
  const locks: ReadonlyArray<Lock> = [
    {
      path: path.join(directory, earlierLock),
      sharing: "Together",
      taken: Effect.succeed(MicrogridTaken.by(directory, microgridId, "EarlierRelease"))
    },
    {
      path: path.join(directory, `microgrid-${microgridId}.lock`),
      sharing: "Alone",
      taken: Effect.map(holder, (holder) => MicrogridTaken.by(directory, microgridId, holder))
    }
  ]
  const since = yield* elapsedMillis
  let why: string | undefined
  for (const lock of locks) {
    const held = yield* awaitLock(
      lock,
      Duration.toMillis(MicrogridTaken.takenPatience) - ((yield* elapsedMillis) - since)
    )
    if (held._tag !== "Held") why ??= held.why
  }
  if (why !== undefined) {
    yield* Effect.logWarning(`Another process may use ${directory} as well: it cannot be locked (${why})`)
  }
  yield* Effect.acquireRelease(say(files, holderFile), () =>
    Effect.ignore(files.remove(holderFile, { force: true }))
  )
})

/** A lock of a file, and the text to log when another has it. */
interface Lock {
  readonly path: string
  readonly sharing: ProcessLock.Sharing
  readonly taken: Effect.Effect<MicrogridTaken.MicrogridTaken>
}

/** Takes a lock, if need be within so many milliseconds, or says that there are no locks. */
const awaitLock = ({ path, sharing, taken }: Lock, patience: number) => {
  const attempt = Effect.filterOrElse(
    ProcessLock.attempt(path, sharing),
    (attempt) => attempt._tag !== "Taken",
    () => Effect.flatMap(taken, Effect.fail)
  )
  return attempt.pipe(
    Effect.catch((refusal) =>
      Effect.logWarning(`${refusal.message}; waiting for it to go`).pipe(
        Effect.andThen(Effect.sleep(lookInterval)),
        Effect.andThen(Effect.eventually(Effect.tapError(attempt, () => Effect.sleep(lookInterval)))),
        Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.flatMap(taken, Effect.fail) })
      )
    )
  )
}

/** Writes the holder for others: they do well without. */
const say = (files: FileSystem.FileSystem, holderFile: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const own = ProcessLock.ownHolder()
    if (own === undefined) return
    const holder: MicrogridTaken.MicrogridHolder = { ...own, since: yield* DateTime.now }
    const text = yield* Schema.encodeEffect(HolderText)(holder)
    yield* files.writeFileString(holderFile, text)
  }).pipe(Effect.ignore)
