/** A transport of connect that speaks gRPC with binary messages, and nothing else. */
import type * as http2 from "node:http2"
import {
  create,
  type DescMessage,
  type DescMethodStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
  toBinary
} from "@bufbuild/protobuf"
import { Code, ConnectError, type Transport } from "@connectrpc/connect"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import * as GrpcTimeout from "@effect-dispatch/api/GrpcTimeout"
import { requestBytesMax, responseBytesMax } from "@effect-dispatch/api/WireLimits"
import type * as Instrument from "@effect-dispatch/core/Instrument"
import { Result } from "effect"
import { encodings, readMessage } from "./answerMessages.ts"
import { GrpcCall } from "./grpcCall.ts"
import { headersOf } from "./grpcEnd.ts"
import type { Http2Sessions } from "./http2Sessions.ts"
import { MessageQueue } from "./messageQueue.ts"

/**
 * Makes calls through sessions, and counts in `held` the streams that wait for their readers. The arguments of a call stand
 * in the order of connect.
 */
export const make = (sessions: Http2Sessions, held: Instrument.Tally): Transport => ({
  unary: (method, signal, timeoutMs, header, input) =>
    new Promise((resolve, reject) => {
      let answer: Uint8Array | undefined
      const call = new GrpcCall(sessions, requestOf(method, input, { header, signal, timeoutMs }), {
        onHeaders: () => {},
        onMessages: (messages) => {
          if (answer === undefined && messages.length === 1) answer = messages[0]
          else call.cancel(new ConnectError("the answer has several messages", Code.Unimplemented))
        },
        onEnd: (failure) => {
          const read = failure === undefined ? answerOf(method.output, answer) : Result.fail(failure)
          if (Result.isFailure(read)) reject(read.failure)
          else resolve(new UnaryAnswer(method, read.success, call))
        }
      })
      call.begin()
    }),
  stream: (method, signal, timeoutMs, header, input) =>
    only(input).then(
      (message) =>
        new Promise((resolve, reject) => {
          const request = requestOf(method, message, { header, signal, timeoutMs })
          const call = new GrpcCall(sessions, request, {
            // Headers with a status are the whole answer, and its end follows.
            onHeaders: () => call.headers?.["grpc-status"] === undefined && opened(),
            onMessages: (arrived) => messages.add(arrived),
            onEnd: (failure) => {
              messages.end(failure)
              if (failure === undefined) opened()
              else reject(failure)
            }
          })
          const messages = new MessageQueue(method.output, call, held)
          const opened = () => resolve(new StreamAnswer(method, messages, call))
          call.begin()
        })
    )
})

type Method<I extends DescMessage, O extends DescMessage> = DescMethodUnary<I, O> | DescMethodStreaming<I, O>

/** All that connect says of a call beside its message. */
interface Options {
  readonly header: Parameters<Transport["unary"]>[3]
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number | undefined
}

const requestOf = <I extends DescMessage, O extends DescMessage>(
  method: Method<I, O>,
  input: MessageInitShape<I>,
  { header, signal, timeoutMs }: Options
) => {
  const body = toBinary(method.input, create(method.input, input))
  if (body.length > requestBytesMax)
    throw new ConnectError(
      `the request has ${body.length} bytes, must be at most ${requestBytesMax}`,
      Code.ResourceExhausted
    )
  const headers: http2.OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": `/${method.parent.typeName}/${method.name}`,
    "content-type": "application/grpc+proto",
    "grpc-accept-encoding": encodings,
    "user-agent": "effect-dispatch",
    te: "trailers"
  }
  if (timeoutMs !== undefined && timeoutMs > 0) headers[GrpcTimeout.name] = GrpcTimeout.encode(timeoutMs)
  if (header !== undefined && !(Symbol.iterator in header)) Object.assign(headers, header)
  else new Headers(header).forEach((value, name) => (headers[name] = value))
  return { headers, frame: frame(body), signal, timeoutMs, bytesMax: responseBytesMax }
}

/** The one message that a call of this kind sends. */
const only = <A>(input: AsyncIterable<A>): Promise<A> =>
  input[Symbol.asyncIterator]()
    .next()
    .then(({ done, value }) => {
      if (done !== true) return value
      throw new ConnectError("the call has no message", Code.InvalidArgument)
    })

const answerOf = <O extends DescMessage>(schema: O, bytes: Uint8Array | undefined) =>
  bytes === undefined
    ? Result.fail(new ConnectError("the answer has no message", Code.Unimplemented))
    : readMessage(schema, bytes)

/** Headers and trailers are made for those who look at them. */
abstract class Answer {
  readonly #call: GrpcCall

  constructor(call: GrpcCall) {
    this.#call = call
  }

  get header(): Headers {
    return headersOf(this.#call.headers)
  }

  get trailer(): Headers {
    return headersOf(this.#call.trailers)
  }
}

class UnaryAnswer<I extends DescMessage, O extends DescMessage> extends Answer {
  readonly stream = false
  readonly method: DescMethodUnary<I, O>
  readonly message: MessageShape<O>

  constructor(method: DescMethodUnary<I, O>, message: MessageShape<O>, call: GrpcCall) {
    super(call)
    this.method = method
    this.message = message
  }

  get service() {
    return this.method.parent
  }
}

class StreamAnswer<I extends DescMessage, O extends DescMessage> extends Answer {
  readonly stream = true
  readonly method: DescMethodStreaming<I, O>
  readonly message: AsyncIterable<MessageShape<O>>

  constructor(method: DescMethodStreaming<I, O>, message: AsyncIterable<MessageShape<O>>, call: GrpcCall) {
    super(call)
    this.method = method
    this.message = message
  }

  get service() {
    return this.method.parent
  }
}
