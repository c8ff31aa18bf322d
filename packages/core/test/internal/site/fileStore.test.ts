import { basename } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as FileStore from "../../../src/internal/site/fileStore.ts"
import { watched } from "../../watchedFiles.ts"

describe("a store in files", () => {
  it.effect(
    "S10: the draft of a record is on disk before it has its name, and the name before it counts as written",
    () =>
      Effect.gen(function* () {
        const directory = yield* Effect.flatMap(FileSystem.FileSystem, (files) =>
          files.makeTempDirectoryScoped()
        )
        const { done, value: store } = yield* watched(
          Effect.tap(FileStore.make(directory), ({ set }) => set("microgrid-1/site", "known"))
        )
        const draft = "microgrid-1%2Fsite.json.draft"
        assert.deepStrictEqual(done, [`sync ${draft}`, `rename ${draft}`, `sync ${basename(directory)}`])
        assert.strictEqual(yield* store.get("microgrid-1/site"), "known")
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
