/**
 * Dispatches kept as the message that the API has of them, which an answer can pass on as it is.
 *
 * @since 0.1.0
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import { Layer, Result } from "effect"
import { DispatchFormat } from "./DispatchFormat.ts"

/**
 * The form of all stores.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchFormat, DispatchFormatProtobuf, DispatchStore, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { decode } = yield* DispatchFormat.DispatchFormat
 *   const { changesAfter } = yield* DispatchStore.DispatchStore
 *   const changes = yield* changesAfter(MicrogridId.make(1n), 0n, 10)
 *   assert.ok(changes.every(({ bytes, dispatch }) => decode(bytes).sameContent(dispatch)))
 * })
 * const store = Layer.provideMerge(DispatchStoreMemory.layerFormat, DispatchFormatProtobuf.layer)
 * await Effect.runPromise(Effect.provide(program, store))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchFormat> = Layer.succeed(DispatchFormat, {
  encode: (dispatch) => toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch))),
  decode: (bytes) => Result.getOrThrow(DispatchCodec.decodeStored(fromBinary(DispatchSchema, bytes))),
  toMessage: (bytes) => bytes
})
