import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DispatchJson } from "@effect-dispatch/core/Dispatch"
import { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as DispatchStoreConformance from "@effect-dispatch/testing/DispatchStoreConformance"
import { describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"

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

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(DispatchJson))

/** A form that has nothing of the wire: a store that looked into its bytes would find nothing. */
const json = Layer.succeed(DispatchFormat, {
  encode: (dispatch) => new Uint8Array(Buffer.from(JSON.stringify(dispatch)).reverse()),
  decode: (bytes) => decode(Buffer.from(bytes).reverse().toString())
})

for (const [name, store] of [
  ["DispatchStoreMemory", DispatchStoreMemory.layerFormat],
  ["DispatchStoreSqlite", sqlite]
] as const) {
  describe.each([
    ["as messages of the API", DispatchFormatProtobuf.layer],
    ["in a form of another kind", json]
  ] as const)(`${name}, dispatches kept %s`, (_, format) => {
    for (const each of DispatchStoreConformance.cases) {
      it.effect(each.name, () => Effect.provide(each.run, Layer.fresh(Layer.provide(store, format))))
    }
  })
}
