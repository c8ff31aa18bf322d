/** What a handler can do with the HTTP/2 exchange of its call, beyond what connect lets it. */
import * as http2 from "node:http2"
import { createContextKey } from "@connectrpc/connect"
import type { connectNodeAdapter } from "@connectrpc/connect-node"

/** The exchange of a call. */
export interface Exchange {
  readonly remoteAddress: string | undefined
  /** Sends the headers of the response before there is a message. */
  readonly sendHeaders: () => void
  /** Cuts the exchange off, although its reader takes nothing any more; to the client its limits are exhausted. */
  readonly reset: () => void
}

/** The exchange of the call at hand, among the values of its context. */
export const exchangeKey = createContextKey<Exchange>({
  remoteAddress: undefined,
  sendHeaders: () => {},
  reset: () => {}
})

/** What connect knows the request as. */
export type NodeRequest = Parameters<
  NonNullable<Parameters<typeof connectNodeAdapter>[0]["contextValues"]>
>[0]

/** How long the rest of a request that was answered already may take, in milliseconds. */
const lingerMillis = 1_000

/** The longest that a timer of Node can run, in milliseconds; one for longer goes off at once. */
const timerMillisMax = 2_147_483_647
const millisOfUnit: { readonly [unit: string]: number } = { H: 3_600_000, M: 60_000, S: 1_000 }

/** A call that is given longer than any timer runs is one without a deadline. */
const dropEndlessDeadline = (headers: http2.IncomingHttpHeaders): void => {
  const [, count, unit = ""] = /^(\d{1,8})([HMS])$/.exec(String(headers["grpc-timeout"])) ?? []
  if (Number(count) * (millisOfUnit[unit] ?? 0) > timerMillisMax) delete headers["grpc-timeout"]
}

/** Where a request has its response, which connect does not hand on. */
const responseKey = Symbol("response")

interface WithResponse {
  [responseKey]?: http2.Http2ServerResponse
}

/** How connect knows a stream that is gone; of any other end it writes to the console. */
const goneAway = (): Error =>
  Object.assign(new Error("the stream was cut off"), { code: "ERR_STREAM_DESTROYED" })

/** Finds the response that belongs to a request. */
export class Exchanges {
  /** A request whose message does not arrive in time is cut off; also one that goes on although it was answered. */
  begin(request: http2.Http2ServerRequest, response: http2.Http2ServerResponse, timeoutMillis: number): void {
    ;(request as WithResponse)[responseKey] = response
    if ("grpc-timeout" in request.headers) dropEndlessDeadline(request.headers)
    const { stream } = request
    let isWhole = false
    stream.setTimeout(timeoutMillis, () => stream.close(http2.constants.NGHTTP2_CANCEL))
    request.once("end", () => {
      isWhole = true
      stream.setTimeout(0)
    })
    stream.once("finish", () => {
      if (!isWhole) stream.setTimeout(lingerMillis)
    })
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
        // What connect writes later has been said.
        response.writeHead = () => response
      },
      reset: () => {
        response?.stream?.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
        response?.stream?.destroy(goneAway())
      }
    }
  }
}
