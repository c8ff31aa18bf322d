/** Finds the messages of an answer in what arrives. */
import { gunzipSync } from "node:zlib"
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf"
import { Code, ConnectError } from "@connectrpc/connect"
import { type Frame, FrameReader, type FramingFault } from "@effect-dispatch/api/GrpcFraming"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Predicate, Result } from "effect"

/** The encodings of messages that are read. */
export const encodings = "gzip"

/** Messages so far, or the reason why they cannot be read. */
type Messages = Result.Result<ReadonlyArray<Uint8Array>, ConnectError>

/** Reads the messages of one answer. */
export class AnswerMessages {
  readonly #bytesMax: number
  readonly #reader: FrameReader

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    this.#reader = new FrameReader(bytesMax)
  }

  /** Takes what arrived; gives the messages that are whole with it. */
  take(chunk: Uint8Array, encoding: string | undefined): Messages {
    const messages: Array<Uint8Array> = []
    for (const frame of this.#reader.take(chunk)) {
      const message = frame.isCompressed ? this.#unpack(frame, encoding) : Result.succeed(frame.message)
      if (Result.isFailure(message)) return Result.fail(message.failure)
      messages.push(message.success)
    }
    const { fault } = this.#reader
    return fault === undefined ? Result.succeed(messages) : Result.fail(failureOf(fault))
  }

  /** The failure of an answer that ends here. */
  get cutShort(): ConnectError | undefined {
    return this.#reader.isWithin
      ? new ConnectError("the answer ends within a message", Code.InvalidArgument)
      : undefined
  }

  #unpack({ message }: Frame, encoding: string | undefined): Result.Result<Uint8Array, ConnectError> {
    if (encoding !== encodings)
      return Result.fail(new ConnectError(`a message is compressed by ${encoding}`, Code.Internal))
    return Result.try({
      try: () => gunzipSync(message, { maxOutputLength: this.#bytesMax }),
      catch: (cause) =>
        Predicate.hasProperty(cause, "code") && cause.code === "ERR_BUFFER_TOO_LARGE"
          ? tooLarge("unpacked", this.#bytesMax)
          : new ConnectError(`decompression failed: ${Thrown.messageOf(cause)}`, Code.InvalidArgument)
    })
  }
}

/** A message, or why it is none. */
export const readMessage = <O extends DescMessage>(
  schema: O,
  bytes: Uint8Array
): Result.Result<MessageShape<O>, ConnectError> =>
  Result.try({
    try: () => fromBinary(schema, bytes, { readUnknownFields: false }),
    catch: (cause) => new ConnectError(Thrown.messageOf(cause), Code.InvalidArgument)
  })

const failureOf = (fault: FramingFault): ConnectError =>
  fault._tag === "UnknownFlags"
    ? new ConnectError(`the flags of a message are ${fault.flags}`, Code.InvalidArgument)
    : tooLarge(`of ${fault.bytes} bytes`, fault.bytesMax)

const tooLarge = (what: string, bytesMax: number): ConnectError =>
  new ConnectError(`a message ${what} is larger than ${bytesMax} bytes`, Code.ResourceExhausted)
