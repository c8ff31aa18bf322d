import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as DispatchStoreConformance from "@effect-dispatch/testing/DispatchStoreConformance"
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

const sqlite = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-store-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    ),
    (folder) =>
      DispatchStoreSqlite.layerFormat({ filename: join(folder, "store.sqlite"), synchronous: "NORMAL" })
  )
)

for (const [name, store] of [
  ["DispatchStoreMemory", DispatchStoreMemory.layerFormat],
  ["DispatchStoreSqlite", sqlite]
] as const) {
  describe.each([
    ["as messages of the API", DispatchFormatProtobuf.layer],
    ["in a form of another kind", DispatchStoreConformance.layerOtherForm]
  ] as const)(`${name}, dispatches kept %s`, (_, format) => {
    for (const each of DispatchStoreConformance.cases) {
      it.effect(each.name, () => Effect.provide(each.run, Layer.fresh(Layer.provideMerge(store, format))))
    }
  })
}
