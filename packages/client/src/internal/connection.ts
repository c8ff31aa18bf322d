/** The connection to the service: plain or encrypted, with the limits of messages. */
import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import { createClient, type Client } from "@connectrpc/connect"
import { createGrpcTransport } from "@connectrpc/connect-node"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { requestBytesMax, responseBytesMax } from "@effect-dispatch/api/WireLimits"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Effect, type Scope } from "effect"
import type { CheckedOptions } from "../ClientConfig.ts"
import { ClientConfigError } from "../ClientConfigError.ts"
import { address, type DispatchUrl } from "../DispatchUrl.ts"
import * as Http2Session from "./http2Session.ts"

/** Calls of the service as promises. */
export type Calls = Client<typeof MicrogridDispatchService>

/** A way to make calls, and what to wait for before one. */
export interface Connection extends Pick<Http2Session.Http2Session, "connect"> {
  readonly calls: Calls
}

/** The connection is closed with the scope. */
export const make = Effect.fnUntraced(function* (
  options: Pick<CheckedOptions, "callTimeout" | "url">
): Effect.fn.Return<Connection, ClientConfigError, Scope.Scope> {
  const { url } = options
  const baseUrl = `${url.ssl ? "https" : "http"}://${address(url)}`
  const { connect, manager } = yield* Http2Session.make(options, baseUrl, yield* readTlsFiles(url))
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: manager,
    readMaxBytes: responseBytesMax,
    writeMaxBytes: requestBytesMax
  })
  return { calls: createClient(MicrogridDispatchService, transport), connect }
})

/** Reads the PEM files and reports unusable ones at once. */
const readTlsFiles = Effect.fnUntraced(function* (url: DispatchUrl) {
  const ca = yield* readPem("ca", url.rootCertificatesPath)
  const key = yield* readPem("key", url.privateKeyPath)
  const cert = yield* readPem("cert", url.certificateChainPath)
  yield* usable({ ...key, ...cert }, `${url.privateKeyPath} and ${url.certificateChainPath}`)
  return { ...ca, ...key, ...cert }
})

const readPem = Effect.fnUntraced(function* (name: "ca" | "key" | "cert", path: string | undefined) {
  if (path === undefined) return {}
  const pem = yield* Effect.try({
    try: () => ({ [name]: readFileSync(path, "utf8") }),
    catch: (cause) => unusable(`${path} cannot be read`, cause)
  })
  yield* usable(pem, path)
  return pem
})

const usable = (pem: { readonly [name: string]: string }, what: string) =>
  Effect.try({
    try: () => createSecureContext(pem),
    catch: (cause) => unusable(`${what} cannot be used`, cause)
  })

const unusable = (what: string, cause: unknown): ClientConfigError =>
  new ClientConfigError({ message: `${what}: ${Thrown.messageOf(cause)}` })
