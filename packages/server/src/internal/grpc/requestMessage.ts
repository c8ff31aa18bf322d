/** Reads the one message of a request. */
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf"
import { FrameReader, type FramingFault } from "@effect-dispatch/api/GrpcFraming"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Result } from "effect"

/** The message of a request as it arrives; it is never compressed, and there is never another. */
export class RequestMessage {
  readonly #reader: FrameReader
  #bytes: Uint8Array | undefined

  constructor(bytesMax: number) {
    this.#reader = new FrameReader(bytesMax)
  }

  /** Takes bytes that arrived; gives the reason to refuse the request, if there is one. */
  take(chunk: Uint8Array): DispatchError.DispatchError | undefined {
    for (const { isCompressed, message } of this.#reader.take(chunk)) {
      if (isCompressed) return DispatchError.unimplemented("compressed messages are not read here")
      if (this.#bytes !== undefined) return DispatchError.unimplemented("the request has several messages")
      this.#bytes = message
    }
    const { fault, isWithin } = this.#reader
    if (fault !== undefined) return faultOf(fault)
    return isWithin && this.#bytes !== undefined
      ? DispatchError.unimplemented("the request has several messages")
      : undefined
  }

  /** The message, once the request has ended. */
  end<Desc extends DescMessage>(
    schema: Desc
  ): Result.Result<MessageShape<Desc>, DispatchError.DispatchError> {
    if (this.#reader.isWithin)
      return Result.fail(DispatchError.invalidArgument(undefined, "the message ends before its length"))
    const bytes = this.#bytes
    if (bytes === undefined) return Result.fail(DispatchError.unimplemented("the request has no message"))
    return Result.try({
      try: () => fromBinary(schema, bytes),
      catch: (cause) =>
        DispatchError.invalidArgument(undefined, `the message cannot be read: ${Thrown.messageOf(cause)}`)
    })
  }
}

const faultOf = (fault: FramingFault): DispatchError.DispatchError =>
  fault._tag === "UnknownFlags"
    ? DispatchError.invalidArgument(undefined, `the flags of a message are ${fault.flags}, must be 0`)
    : DispatchError.resourceExhausted(
        `the message has ${fault.bytes} bytes, must be at most ${fault.bytesMax} for this method`
      )
