import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Dispatch, DispatchJson } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as DispatchStoreConformance from "@effect-dispatch/testing/DispatchStoreConformance"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"

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

const noon = DateTime.makeUnsafe("2026-01-01T12:00:00Z")

const dispatchOf = (id: DispatchId, updateTime = 0n): Dispatch =>
  new Dispatch({
    id,
    type: "CHARGE",
    startTime: noon,
    duration: Duration.hours(1),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: { power: 5 },
    createTime: noon,
    updateTime
  })

/** All that a store gives of a dispatch that was created, changed and deleted, and of one that is still there. */
const given = Effect.gen(function* () {
  const store = yield* DispatchStore
  const microgridId = MicrogridId.make(1n)
  const origin = { at: noon, by: "tester" }
  const modify = (id: DispatchId, kind: "Updated" | "Deleted", updateTime: bigint) =>
    store.modify(microgridId, id, origin, () => Effect.succeed({ kind, dispatch: dispatchOf(id, updateTime) }))
  const kept = yield* store.insert(microgridId, origin, dispatchOf)
  const created = yield* store.insert(microgridId, origin, dispatchOf)
  const { id } = created.dispatch
  const changes = [created, yield* modify(id, "Updated", 1n), yield* modify(id, "Deleted", 2n)]
  const sort = { field: "createTime", order: "ascending" } as const
  const query = { microgridId, filter: {}, sort, after: undefined, limit: 10 }
  return {
    written: changes.flatMap((change) => (Option.isOption(change) ? Option.toArray(change) : [change])),
    got: Option.toArray(yield* store.get(microgridId, kept.dispatch.id)),
    begun: (yield* store.begin(query)).dispatches,
    page: yield* store.page(query),
    changes: yield* store.changesAfter(microgridId, 0n, 10)
  }
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

    it.effect("the bytes are those of the form that the store was handed, on every way out", () =>
      Effect.gen(function* () {
        const { decode } = yield* DispatchFormat
        const ways = Object.entries(yield* given)
        assert.deepStrictEqual(
          ways.map(([way, all]) => [way, all.length]),
          [
            ["written", 3],
            ["got", 1],
            ["begun", 1],
            ["page", 1],
            ["changes", 4]
          ]
        )
        for (const [way, all] of ways)
          for (const { bytes, dispatch } of all) assert.isTrue(decode(bytes).sameContent(dispatch), way)
      }).pipe(Effect.provide(Layer.fresh(Layer.provideMerge(store, format))))
    )
  })
}
