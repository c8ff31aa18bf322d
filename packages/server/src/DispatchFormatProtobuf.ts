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
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchFormat> = Layer.succeed(DispatchFormat, {
  encode: (dispatch) => toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch))),
  decode: (bytes) => Result.getOrThrow(DispatchCodec.decodeDispatch(fromBinary(DispatchSchema, bytes)))
})
