/** A call of gRPC on a stream of Node's HTTP/2. */
import * as http2 from "node:http2"
import { Code, ConnectError } from "@connectrpc/connect"
import * as GrpcTimeout from "@effect-dispatch/api/GrpcTimeout"
import { Result } from "effect"
import { streamRefusedMax } from "../ClientLimits.ts"
import { AnswerMessages } from "./answerMessages.ts"
import { failureOf, headerFailure } from "./grpcEnd.ts"
import type { Http2Sessions } from "./http2Sessions.ts"

/** The request of a call, and the time until which it waits. */
export interface CallRequest {
  readonly headers: http2.OutgoingHttpHeaders
  /** Its one message, framed. */
  readonly frame: Uint8Array
  readonly signal: AbortSignal | undefined
  /** The time for the whole call, in milliseconds. */
  readonly timeoutMs: number | undefined
  /** Most bytes of a message of the answer. */
  readonly bytesMax: number
}

/** Hears the answer of a call. */
export interface CallListener {
  /** The headers arrived. */
  readonly onHeaders: () => void
  readonly onMessages: (messages: ReadonlyArray<Uint8Array>) => void
  /** The call is over, once and for good; without a failure it was answered. */
  readonly onEnd: (failure: ConnectError | undefined) => void
}

const nothing = (): void => {}

/**
 * A call waits for a stream, sends its message, and hears the answer. A stream that was refused before the service
 * looked at it is followed by another, so a call is sent again as it is.
 */
export class GrpcCall {
  readonly #sessions: Http2Sessions
  readonly #signal: AbortSignal | undefined
  /** Kept until it is answered: until then it may be sent again. */
  #request: CallRequest | undefined
  readonly #listener: CallListener
  #timer: NodeJS.Timeout | undefined
  #stopWaiting = nothing
  #stream: http2.ClientHttp2Stream | undefined
  #headers: http2.IncomingHttpHeaders | undefined
  #trailers: http2.IncomingHttpHeaders | undefined
  #error: unknown
  #refusals = 0
  #isOver = false

  constructor(sessions: Http2Sessions, request: CallRequest, listener: CallListener) {
    this.#sessions = sessions
    this.#signal = request.signal
    this.#request = request
    this.#listener = listener
  }

  get headers(): http2.IncomingHttpHeaders | undefined {
    return this.#headers
  }

  get trailers(): http2.IncomingHttpHeaders | undefined {
    return this.#trailers
  }

  begin(): void {
    const { timeoutMs = 0 } = this.#request ?? {}
    if (this.#signal?.aborted === true) return this.#onAbort()
    this.#signal?.addEventListener("abort", this.#onAbort)
    this.#send()
    if (!this.#isOver && timeoutMs > 0 && timeoutMs <= GrpcTimeout.timeoutMillisMax)
      this.#timer = setTimeout(this.#onTime, timeoutMs)
  }

  /** Lets no more arrive for now, or lets it arrive again. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#stream?.pause()
    else this.#stream?.resume()
  }

  /** Ends the call here, and tells the service. */
  cancel(failure: ConnectError): void {
    this.#end(failure)
  }

  #send(): void {
    const request = this.#request
    if (request === undefined) return
    this.#stopWaiting = this.#sessions.open({
      headers: request.headers,
      onOpen: (stream) => this.#begun(stream, request),
      onFail: (error) => this.#end(ConnectError.from(error, Code.Unavailable))
    })
  }

  #begun(stream: http2.ClientHttp2Stream, { bytesMax, frame }: CallRequest): void {
    const messages = new AnswerMessages(bytesMax)
    this.#stream = stream
    stream.on("error", (error) => (this.#error ??= error))
    stream.on("response", (headers) => this.#hear(headers))
    stream.on("trailers", (trailers) => (this.#trailers = trailers))
    stream.on("data", (chunk: Buffer) => {
      if (!this.#isOver) this.#take(messages.take(chunk, this.#encoding))
    })
    stream.on("end", () => {
      // An answer is whole with its trailers; what Node tells later does not count.
      if (this.#trailers !== undefined) this.#close(stream, messages)
    })
    stream.on("close", () => this.#close(stream, messages))
    stream.end(frame)
  }

  #hear(headers: http2.IncomingHttpHeaders): void {
    if (this.#isOver) return
    this.#headers = headers
    this.#request = undefined
    this.#stopWaiting = nothing
    const wrong = headerFailure(headers)
    // The page of a proxy that follows is no message, and perhaps has no end.
    if (wrong === undefined) this.#listener.onHeaders()
    else this.#end(wrong)
  }

  get #encoding(): string | undefined {
    const encoding = this.#headers?.["grpc-encoding"]
    return typeof encoding === "string" ? encoding : undefined
  }

  #take(taken: Result.Result<ReadonlyArray<Uint8Array>, ConnectError>): void {
    if (Result.isFailure(taken)) this.#end(taken.failure)
    else if (taken.success.length > 0) this.#listener.onMessages(taken.success)
  }

  #close(stream: http2.ClientHttp2Stream, messages: AnswerMessages): void {
    if (this.#isOver) return
    const resetCode = stream.rstCode ?? http2.constants.NGHTTP2_NO_ERROR
    if (this.#headers === undefined && resetCode === http2.constants.NGHTTP2_REFUSED_STREAM) {
      if (++this.#refusals <= streamRefusedMax) return this.#send()
    }
    const end = { headers: this.#headers, trailers: this.#trailers, error: this.#error, resetCode }
    this.#end(failureOf(end) ?? messages.cutShort)
  }

  readonly #onTime = (): void => this.#end(new ConnectError("the operation timed out", Code.DeadlineExceeded))

  readonly #onAbort = (): void => {
    const reason: unknown = this.#signal?.reason
    this.#end(
      reason instanceof ConnectError ? reason : new ConnectError("the operation was canceled", Code.Canceled)
    )
  }

  #end(failure: ConnectError | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener("abort", this.#onAbort)
    this.#stopWaiting()
    if (failure !== undefined) this.#stream?.close(http2.constants.NGHTTP2_CANCEL)
    this.#listener.onEnd(failure)
  }
}
