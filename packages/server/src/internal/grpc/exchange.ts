/** The HTTP/2 exchange of a call, with abilities that connect does not give a handler. */
import * as http2 from "node:http2"
import { createContextKey } from "@connectrpc/connect"
import type { connectNodeAdapter } from "@connectrpc/connect-node"
import { Clock, Duration, Effect, type Scope } from "effect"
import * as Background from "../background.ts"
import {
  arrivalLookInterval,
  callDuration,
  lingerDuration,
  slowMessageAge,
  slowMessagesMax,
  unreadBytesMax
} from "../../ServiceLimits.ts"

/** The exchange of a call. */
export interface Exchange {
  readonly remoteAddress: string | undefined
  /** Sends the headers of the response before there is a message. */
  readonly sendHeaders: () => void
  /** Cuts the exchange off, although its reader takes nothing any more; the client sees its limits exhausted. */
  readonly reset: () => void
}

/** The exchange of the call at hand, among the values of its context. */
export const exchangeKey = createContextKey<Exchange>({
  remoteAddress: undefined,
  sendHeaders: () => {},
  reset: () => {}
})

/** The request as connect types it. */
export type NodeRequest = Parameters<
  NonNullable<Parameters<typeof connectNodeAdapter>[0]["contextValues"]>
>[0]

/** The longest time of a timer of Node, in milliseconds; a longer one goes off at once. */
const timerMillisMax = 2_147_483_647
const millisOfUnit: { readonly [unit: string]: number } = { H: 3_600_000, M: 60_000, S: 1_000 }

/** A call with more time than any timer runs has no deadline. */
const dropEndlessDeadline = (headers: http2.IncomingHttpHeaders): void => {
  const [, count, unit = ""] = /^(\d{1,8})([HMS])$/.exec(String(headers["grpc-timeout"])) ?? []
  if (Number(count) * (millisOfUnit[unit] ?? 0) > timerMillisMax) delete headers["grpc-timeout"]
}

/** Longest time for a message to arrive, and to go on once its call is answered, in nanoseconds. */
const arrivalNanos = Duration.toNanosUnsafe(callDuration)
const lingerNanos = Duration.toNanosUnsafe(lingerDuration)

/** A message this close to being cut off, in nanoseconds, is slow. */
const slowWithin = arrivalNanos - Duration.toNanosUnsafe(slowMessageAge)

/** The key under which a request holds its response, which connect does not hand on. */
const responseKey = Symbol("response")

interface WithResponse {
  [responseKey]?: http2.Http2ServerResponse
}

/** The error by which connect knows a stream that is gone; it logs any other end to the console. */
const goneAway = (): Error =>
  Object.assign(new Error("the stream was cut off"), { code: "ERR_STREAM_DESTROYED" })

/** Cuts a stream off together with what waits in it to be read. */
const reset = (stream: http2.ServerHttp2Stream): void => {
  stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  stream.destroy(goneAway())
}

/** Watches over exchanges, and finds the response that belongs to a request. */
export class Exchanges {
  readonly #clock: Clock.Clock
  /** Requests whose message has not arrived as a whole, each with the time at which it is cut off. */
  readonly #arriving = new Map<http2.ServerHttp2Stream, bigint>()
  /** All exchanges, in the order of their beginning. */
  readonly #open = new Set<http2.ServerHttp2Stream>()

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  /**
   * Exchanges. A request is cut off if its message does not arrive in time, or goes on for too long after its answer.
   * Unread answers are cut off when they are too many bytes.
   */
  static readonly make: Effect.Effect<Exchanges, never, Scope.Scope> = Effect.gen(function* () {
    const exchanges = new Exchanges(yield* Clock.Clock)
    const look = Effect.sync(() => {
      exchanges.#cutOffLate()
      exchanges.#cutOffUnread()
    })
    yield* Background.every("Looking at requests", arrivalLookInterval, look)
    return exchanges
  })

  begin(request: http2.Http2ServerRequest, response: http2.Http2ServerResponse): void {
    ;(request as WithResponse)[responseKey] = response
    if ("grpc-timeout" in request.headers) dropEndlessDeadline(request.headers)
    const { stream } = request
    this.#open.add(stream)
    this.#cutOffAfter(stream, arrivalNanos)
    const arrived = () => this.#arriving.delete(stream)
    request.once("end", arrived)
    stream.once("close", () => {
      arrived()
      this.#open.delete(stream)
    })
    stream.once("finish", () => {
      if (this.#arriving.has(stream)) this.#cutOffAfter(stream, lingerNanos)
    })
  }

  // A message that arrives bit by bit is late as well, so the last sign of life does not count.
  #cutOffAfter(stream: http2.ServerHttp2Stream, nanos: bigint): void {
    this.#arriving.set(stream, this.#clock.monotonicTimeNanosUnsafe() + nanos)
  }

  #cutOffLate(): void {
    const now = this.#clock.monotonicTimeNanosUnsafe()
    const slow: Array<http2.ServerHttp2Stream> = []
    for (const [stream, at] of this.#arriving) {
      if (at <= now) stream.close(http2.constants.NGHTTP2_CANCEL)
      else if (at <= now + slowWithin) slow.push(stream)
    }
    // The map is in the order of arrival: the oldest go first.
    for (const stream of slow.slice(0, Math.max(0, slow.length - slowMessagesMax)))
      stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }

  /** A client may ask for much and read nothing, as fast as answers are made. */
  #cutOffUnread(): void {
    let bytes = 0
    for (const stream of [...this.#open].reverse()) {
      bytes += stream.writableLength
      if (bytes > unreadBytesMax && stream.writableLength > 0) reset(stream)
    }
  }

  of(request: NodeRequest): Exchange {
    const response = (request as WithResponse)[responseKey]
    return {
      remoteAddress: request.socket.remoteAddress,
      sendHeaders: () => {
        if (response === undefined || response.headersSent) return
        response.writeHead(200, {
          "content-type": request.headers["content-type"] ?? "application/grpc+proto"
        })
        // Later writes of connect have been said already.
        response.writeHead = () => response
      },
      reset: () => {
        if (response?.stream !== undefined) reset(response.stream)
      }
    }
  }
}
