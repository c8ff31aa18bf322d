import { basename } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as FileStore from "../../../src/internal/site/fileStore.ts"

/** The files of this machine; what is made durable, and in which order, is written down. */
const watched = (files: FileSystem.FileSystem, done: Array<string>): FileSystem.FileSystem => ({
  ...files,
  open: (path, options) =>
    Effect.map(files.open(path, options), (file) =>
      Object.create(file, {
        sync: { value: Effect.tap(file.sync, () => Effect.sync(() => done.push(`sync ${basename(path)}`))) }
      })
    ),
  rename: (from, to) =>
    Effect.tap(files.rename(from, to), () => Effect.sync(() => done.push(`rename ${basename(from)}`)))
})

describe("a store in files", () => {
  it.effect(
    "S10: the draft of a record is on disk before it has its name, and the name before it counts as written",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const directory = yield* files.makeTempDirectoryScoped()
        const done: Array<string> = []
        const store = yield* Effect.provideService(
          FileStore.make(directory),
          FileSystem.FileSystem,
          watched(files, done)
        )
        yield* store.set("microgrid-1/site", "known")
        const draft = "microgrid-1%2Fsite.json.draft"
        assert.deepStrictEqual(done, [`sync ${draft}`, `rename ${draft}`, `sync ${basename(directory)}`])
        assert.strictEqual(yield* store.get("microgrid-1/site"), "known")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
