/** What an actor knows and has announced, kept in files from one run of the program to the next. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import { Effect, type FileSystem, Layer, type Path } from "effect"
import { tell } from "./output/terminal.ts"
import { Failure } from "./UsageError.ts"

/**
 * Keeps it in a folder, for one process at a time: another one that comes while the folder is in use is told so, and
 * keeps nothing.
 */
export const layer = (folder: string): Layer.Layer<never, Failure, FileSystem.FileSystem | Path.Path> =>
  Layer.unwrap(
    Effect.gen(function* () {
      if (yield* lock(folder)) {
        return Layer.catch(SitePersistence.layerFiles(folder), (error) =>
          Layer.effectDiscard(Effect.fail(unusable(folder)(error)))
        )
      }
      yield* tell(
        `What another process knows in ${folder} is its own: this one begins anew and keeps nothing.`
      )
      return Layer.empty
    })
  )

const unusable = (folder: string) => (cause: unknown) =>
  new Failure({
    message: `${folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}\nGive another one with --state PATH, or keep nothing with --no-keep`
  })

/** What SQLite says of a file that another process has locked. */
const busy = 5

/** Whether the folder is free. It is held by the operating system for as long as the process lives. */
const lock = Effect.fnUntraced(function* (folder: string) {
  const open = Effect.try({
    try: () => {
      mkdirSync(folder, { recursive: true })
      return new DatabaseSync(join(folder, "lock"), { timeout: 0 })
    },
    catch: unusable(folder)
  })
  const database = yield* Effect.acquireRelease(open, (opened) => Effect.sync(() => opened.close()))
  return yield* Effect.try({
    try: () => database.exec("BEGIN EXCLUSIVE"),
    catch: (cause) => cause as { readonly errcode?: number }
  }).pipe(
    Effect.as(true),
    Effect.catch((cause) =>
      cause.errcode === busy ? Effect.succeed(false) : Effect.fail(unusable(folder)(cause))
    )
  )
})
