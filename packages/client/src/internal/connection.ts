/** The HTTP/2 connection to the service, and what goes with every call. */
import { readFileSync } from "node:fs"
import { createClient, type Client, type Interceptor } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { requestBytesMax, responseBytesMax } from "@effect-dispatch/api/WireLimits"
import { Duration, Effect, Redacted, type Scope } from "effect"
import { ClientConfigError, type CheckedOptions } from "../ClientConfig.ts"
import { address } from "../DispatchUrl.ts"

/** Calls of the service as promises. */
export type Calls = Client<typeof MicrogridDispatchService>

/** Connects on the first call, and again after a loss; the connection is closed with the scope. */
export const make = Effect.fnUntraced(function* ({
  authKey,
  url
}: CheckedOptions): Effect.fn.Return<Calls, ClientConfigError, Scope.Scope> {
  const baseUrl = `${url.ssl ? "https" : "http"}://${address(url)}`
  const tls = {
    ...(yield* pem("ca", url.rootCertificatesPath)),
    ...(yield* pem("key", url.privateKeyPath)),
    ...(yield* pem("cert", url.certificateChainPath))
  }
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
    writeMaxBytes: requestBytesMax,
    interceptors: authKey === undefined ? [] : [showKey(authKey)]
  })
  return createClient(MicrogridDispatchService, transport)
})

const showKey =
  (key: Redacted.Redacted): Interceptor =>
  (next) =>
  (request) => {
    request.header.set("key", Redacted.value(key))
    return next(request)
  }

const pem = (
  name: string,
  path: string | undefined
): Effect.Effect<{ readonly [name: string]: string }, ClientConfigError> =>
  path === undefined
    ? Effect.succeed({})
    : Effect.try({
        try: () => ({ [name]: readFileSync(path, "utf8") }),
        catch: (cause) =>
          new ClientConfigError({
            message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
          })
      })
