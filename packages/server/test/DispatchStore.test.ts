import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
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
    (folder) => DispatchStoreSqlite.layer({ filename: join(folder, "store.sqlite"), synchronous: "NORMAL" })
  )
)

for (const [name, store] of [
  ["DispatchStoreMemory", DispatchStoreMemory.layer],
  ["DispatchStoreSqlite", sqlite]
] as const) {
  describe(name, () => {
    for (const each of DispatchStoreConformance.cases) {
      it.effect(each.name, () => Effect.provide(each.run, Layer.fresh(store)))
    }
  })
}
