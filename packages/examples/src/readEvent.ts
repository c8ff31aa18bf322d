import { fromBinary } from "@bufbuild/protobuf"
import { DispatchCodec, Protobuf } from "@effect-dispatch/api"

/** Describes a message of the event stream. An unreadable dispatch is a value too, with the field that is wrong. */
export const describeEvent = (bytes: Uint8Array): string => {
  const message = fromBinary(Protobuf.StreamMicrogridDispatchesResponseSchema, bytes)
  const { kind, record } = DispatchCodec.decodeEvent(message)
  return "_tag" in record
    ? `${kind}: ${record.path} cannot be read: ${record.message}`
    : `${kind}: #${record.id} ${record.type}, ${record.target._tag}`
}
