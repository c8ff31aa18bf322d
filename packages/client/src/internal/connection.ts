/** The HTTP/2 connection to the service. */
import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { requestBytesMax, responseBytesMax } from "@effect-dispatch/api/WireLimits"
import { Duration, Effect, Metric, type Scope } from "effect"
import { ClientConfigError } from "../ClientConfigError.ts"
import { connectDurationMax } from "../ClientLimits.ts"
import { address, type DispatchUrl } from "../DispatchUrl.ts"
import { connectionsGivenUp } from "../Metrics.ts"

/** Calls of the service as promises. */
export type Calls = Client<typeof MicrogridDispatchService>

/** A connection that is made when it is needed, and again after a loss. */
export interface Connection {
  readonly calls: Calls
  /**
   * Ends when a connection stands or cannot be made; the call that follows tells which. One that does not answer is
   * given up, because calls would wait for it for ever, also when the service has long been back.
   */
  readonly connect: Effect.Effect<void>
}

/** The connection is closed with the scope. */
export const make = Effect.fnUntraced(function* (
  url: DispatchUrl
): Effect.fn.Return<Connection, ClientConfigError, Scope.Scope> {
  const baseUrl = `${url.ssl ? "https" : "http"}://${address(url)}`
  const tls = yield* readTlsFiles(url)
  const pings =
    url.keepAlive === undefined
      ? {}
      : {
          pingIntervalMs: Duration.toMillis(url.keepAlive.interval),
          pingTimeoutMs: Duration.toMillis(url.keepAlive.timeout),
          pingIdleConnection: true
        }
  const sessionManager = yield* Effect.acquireRelease(
    Effect.sync(() => new Http2SessionManager(baseUrl, pings, tls)),
    (manager) => Effect.sync(() => manager.abort())
  )
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager,
    readMaxBytes: responseBytesMax,
    writeMaxBytes: requestBytesMax
  })
  const connect = Effect.timeoutOrElse(
    Effect.promise(() => sessionManager.connect()),
    {
      duration: connectDurationMax,
      orElse: () =>
        Effect.andThen(
          Effect.sync(() => sessionManager.abort(new ConnectError(notConnected(url), Code.Unavailable))),
          Metric.update(connectionsGivenUp, 1)
        )
    }
  )
  return {
    calls: createClient(MicrogridDispatchService, transport),
    connect: Effect.suspend(() => {
      const state = sessionManager.state()
      return state === "open" || state === "idle" ? Effect.void : connect
    })
  }
})

const notConnected = (url: DispatchUrl): string =>
  `the dispatch service at ${address(url)} cannot be reached: no connection within ${Duration.format(connectDurationMax)}`

/** Reads the PEM files and tells at once of those that cannot be used. */
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
  new ClientConfigError({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}` })
