import { fromBinary } from "@bufbuild/protobuf"
import { DispatchCodec, Protobuf } from "@effect-dispatch/api"

/** Describes a message of the event stream. An unreadable dispatch is a value too, with the field that is wrong. */
export const describeEvent = (bytes: Uint8Array): string => {
  const message = fromBinary(Protobuf.StreamMicrogridDispatchesResponseSchema, bytes)
  const { kind, record } = DispatchCodec.decodeEvent(message)
  switch (record._tag) {
    case "Dispatch":
      return `${kind}: #${record.id} ${record.type}, ${record.target._tag}`
    case "UnreadableDispatch":
      return `${kind}: ${record.path} cannot be read: ${record.message}`
  }
}
