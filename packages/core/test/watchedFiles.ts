import { basename } from "node:path"
import { Effect, FileSystem } from "effect"

/** Runs an effect with the files of this machine; gives what was made durable and renamed meanwhile, in order. */
export const watched = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const done: Array<string> = []
    const note = (what: string, path: string) => Effect.sync(() => done.push(`${what} ${basename(path)}`))
    const value = yield* Effect.provideService(effect, FileSystem.FileSystem, {
      ...files,
      open: (path, options) =>
        Effect.map(files.open(path, options), (file) =>
          Object.create(file, { sync: { value: Effect.tap(file.sync, note("sync", path)) } })
        ),
      rename: (from, to) => Effect.tap(files.rename(from, to), note("rename", from))
    })
    return { value, done }
  })
