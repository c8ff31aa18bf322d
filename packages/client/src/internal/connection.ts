/** The connection to the service: plain or encrypted, with the limits of messages. */
import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import type { Transport } from "@connectrpc/connect"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Effect, type Scope } from "effect"
import type { CheckedOptions } from "../ClientConfig.ts"
import { ClientConfigError } from "../ClientConfigError.ts"
import type { DispatchUrl } from "../DispatchUrl.ts"
import { streamsPaused } from "../Metrics.ts"
import * as GrpcTransport from "./grpcTransport.ts"
import { Http2Sessions } from "./http2Sessions.ts"

/** The transport of a client: the one that it was given, or one over sessions that close with the scope. */
export const make = Effect.fnUntraced(function* (
  options: Pick<CheckedOptions, "callTimeout" | "transport" | "url">
): Effect.fn.Return<Transport, ClientConfigError, Scope.Scope> {
  if (options.transport !== undefined) return options.transport
  const sessions = yield* Http2Sessions.make(options, yield* readTlsFiles(options.url))
  return GrpcTransport.make(sessions, streamsPaused.tallies(yield* Effect.context<never>())())
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
