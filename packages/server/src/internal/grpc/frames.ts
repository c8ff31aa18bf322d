/** Messages as frames; one that many streams send is framed once. */
import { type DescMessage, toBinary } from "@bufbuild/protobuf"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import type { Message } from "./route.ts"

const frames = new WeakMap<Message, Uint8Array>()

/** The frame of a message. */
export const frameOf = (schema: DescMessage, message: Message): Uint8Array => {
  const known = frames.get(message)
  if (known !== undefined) return known
  const framed = frame(toBinary(schema, message))
  frames.set(message, framed)
  return framed
}
