/** The form of what a store keeps: it is handed to the store, which looks into none of it. */
import * as assert from "node:assert/strict"
import { DispatchJson } from "@effect-dispatch/core/Dispatch"
import { defaultSort } from "@effect-dispatch/core/DispatchFilter"
import { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import { DispatchStore, type StoredDispatch } from "@effect-dispatch/server/DispatchStore"
import { Effect, Layer, Option, Schema } from "effect"
import type { StoreCase } from "./storeCase.ts"
import { insert, one, remove, update } from "./storeFixtures.ts"

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(DispatchJson))

/** A form that has nothing of the wire: a store that looked into its bytes would find nothing. */
export const layerOtherForm: Layer.Layer<DispatchFormat> = Layer.effect(
  DispatchFormat,
  Effect.map(DispatchFormat, ({ encode }) => {
    const read = (bytes: Uint8Array) => decode(Buffer.from(bytes).reverse().toString())
    return DispatchFormat.of({
      encode: (dispatch) => new Uint8Array(Buffer.from(JSON.stringify(dispatch)).reverse()),
      decode: read,
      toMessage: (bytes) => encode(read(bytes))
    })
  })
).pipe(Layer.provide(DispatchFormatProtobuf.layer))

/** All ways on which dispatches leave a store. */
const waysOut = Effect.gen(function* () {
  const store = yield* DispatchStore
  const kept = yield* insert(1)
  const created = yield* insert(2)
  const { id } = created.dispatch
  const updated = yield* update(id, 3, { payload: { changed: true } })
  const deleted = yield* remove(id, 4)
  const query = { microgridId: one, filter: {}, sort: defaultSort, after: undefined, limit: 10 }
  return {
    insert: [kept, created],
    modify: [updated, deleted].map(Option.getOrThrow),
    get: Option.toArray(yield* store.get(one, kept.dispatch.id)),
    begin: (yield* store.begin(query)).dispatches,
    page: yield* store.page(query),
    changesAfter: yield* store.changesAfter(one, 0n, 10)
  } satisfies { readonly [way: string]: ReadonlyArray<StoredDispatch> }
})

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "the bytes are those of the form that the store was handed, on every way out",
    run: Effect.gen(function* () {
      const { decode, toMessage } = yield* DispatchFormat
      const ways = Object.entries(yield* waysOut)
      assert.deepEqual(
        ways.map(([way, all]) => `${way} ${all.length}`),
        ["insert 2", "modify 2", "get 1", "begin 1", "page 1", "changesAfter 4"]
      )
      for (const [way, all] of ways)
        for (const { bytes, dispatch, message } of all) {
          assert.ok(decode(bytes).sameContent(dispatch), way)
          assert.deepEqual(message, toMessage(bytes), way)
        }
    })
  }
]
