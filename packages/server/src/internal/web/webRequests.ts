/** Answers the requests of browsers: the door first, then calls and files. */
import type * as http from "node:http"
import type * as http2 from "node:http2"
import { type Context, Effect, Exit } from "effect"
import type { Arrivals } from "../grpc/arrivals.ts"
import * as Assets from "./assets.ts"
import * as Guard from "./guard.ts"
import * as WebHeaders from "./webHeaders.ts"

/** A request of either version of HTTP. */
export type WebRequest = http.IncomingMessage | http2.Http2ServerRequest

/** Its response. */
export type WebResponse = http.ServerResponse | http2.Http2ServerResponse

/** Listens to requests. */
export type Handler = (request: WebRequest, response: WebResponse) => void

/** The parts that requests are answered by. */
export interface WebParts {
  /** Known once the server listens. */
  readonly names: () => Guard.Names
  readonly assets: Assets.Assets
  readonly calls: Handler
  /** True if calls may come through a proxy, behind which everybody looks like this machine. */
  readonly mayBeForwarded: Effect.Effect<boolean>
  /** Watches over messages that arrive by HTTP/2; HTTP/1.1 has time limits of its own. */
  readonly arrivals: Arrivals
  readonly services: Context.Context<never>
}

/** Makes the listener. */
export const handler = ({ arrivals, assets, calls, mayBeForwarded, names, services }: WebParts): Handler => {
  const call: Handler = (request, response) => {
    setHeaders(response, WebHeaders.ofCalls)
    if ("stream" in request) {
      const { stream } = request
      arrivals.begin(stream)
      for (const event of ["end", "close"]) request.once(event, () => arrivals.end(stream))
    }
    calls(request, response)
  }
  return (request, response) => {
    // Either may fail at any time, and ends the process if nobody listens; the close of the response is what counts.
    request.on("error", () => {})
    response.on("error", () => {})
    const [path = "/"] = (request.url ?? "/").split("?")
    const denial = Guard.denialOf(knockOf(request, path), names())
    if (denial !== undefined) return deny(response, denial.status, denial.message)
    if (!Guard.isCall(path)) return serveAsset(assets, path, request, response)
    if (!isForwarded(request)) return call(request, response)
    Effect.runForkWith(services)(mayBeForwarded).addObserver((exit) => {
      if (Exit.isSuccess(exit) && exit.value) call(request, response)
      else deny(response, 403, forwarded)
    })
  }
}

const forwarded = "a console behind a proxy serves by key alone, and there is no key"

const isForwarded = ({ headers }: WebRequest): boolean =>
  ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some((name) => headers[name] !== undefined)

const knockOf = ({ headers, method = "" }: WebRequest, path: string): Guard.Knock => ({
  method,
  path,
  host: textOf(headers[":authority"] ?? headers.host),
  origin: textOf(headers.origin),
  site: textOf(headers["sec-fetch-site"])
})

/** Several values are no value that we know. */
const textOf = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" || value === undefined ? value : value.join(", ")

const serveAsset = (
  assets: Assets.Assets,
  path: string,
  { headers, method }: WebRequest,
  response: WebResponse
): void => {
  const asset = Assets.find(assets, path)
  if (asset === undefined) return deny(response, 404, "there is nothing here")
  const answer = Assets.answer(asset, textOf(headers["accept-encoding"]), textOf(headers["if-none-match"]))
  setHeaders(response, { ...WebHeaders.common, ...answer.headers })
  response.statusCode = answer.status
  if (answer.body === undefined || method === "HEAD") response.end()
  else response.end(answer.body)
}

const deny = (response: WebResponse, status: number, message: string): void => {
  setHeaders(response, {
    ...WebHeaders.ofCalls,
    "content-type": "text/plain; charset=utf-8",
    // The rest of the request is not read.
    ...("assignSocket" in response ? { connection: "close" } : undefined),
    ...(status === 405 ? { allow: "GET, HEAD, POST" } : undefined)
  })
  response.statusCode = status
  response.end(`${message}\n`)
}

const setHeaders = (response: WebResponse, headers: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
