/**
 * The dispatch service on gRPC over HTTP/2.
 *
 * @since 0.1.0
 */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { createContextValues } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Context, Deferred, Duration, Effect, Layer, Result, Schema } from "effect"
import * as AccessControl from "./AccessControl.ts"
import { DispatchService } from "./DispatchService.ts"
import * as DispatchRoutes from "./internal/grpc/dispatchRoutes.ts"
import { exchangeKey, Exchanges } from "./internal/grpc/exchange.ts"
import * as HealthRoutes from "./internal/grpc/healthRoutes.ts"
import * as Http2Sessions from "./internal/grpc/http2Sessions.ts"
import { isLoopbackHost } from "./internal/loopback.ts"
import * as TlsFiles from "./internal/grpc/tlsFiles.ts"
import {
  headerBytesMax,
  headersMax,
  pingTimeout,
  sessionMegabytesMax,
  sessionsMax,
  streamsPerSessionMax
} from "./ServiceLimits.ts"

/**
 * The server could not listen.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  reason: Schema.Literals([
    "AddressInUse",
    "AddressNotAvailable",
    "PermissionDenied",
    "Certificate",
    "Unencrypted",
    "Other"
  ]),
  message: Schema.String
}) {}

/**
 * The address to listen on, and the encryption.
 *
 * @category models
 * @since 0.1.0
 */
export interface GrpcServerOptions {
  /** A name or address of this machine: `127.0.0.1` unless given, which only this machine can reach. */
  readonly host?: string | undefined
  /** A port, or 0 for any that is free. */
  readonly port: number
  /** PEM files of the certificate (with its chain) and its key; renewed files are taken into use. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string } | undefined
  /** Serve other machines without encryption: keys and data can be read on the way. */
  readonly plainText?: boolean | undefined
}

/**
 * A server that listens. Beside the dispatch service it offers `grpc.health.v1`, without a key: it is ready while the
 * store can be reached, and alive (`liveness`) as long as it answers at all.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const Service = GrpcServer.layer({ port: 0 }).pipe(
 *   Layer.provide(DispatchService.layer),
 *   Layer.provide(DispatchStoreMemory.layer)
 * )
 * const program = Effect.map(GrpcServer.GrpcServer, ({ host, port }) => {
 *   assert.strictEqual(host, "127.0.0.1")
 *   assert.ok(port > 0)
 * })
 * await Effect.runPromise(Effect.provide(program, Service))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class GrpcServer extends Context.Service<
  GrpcServer,
  {
    readonly host: string
    /** The port it listens on, also if 0 was asked for. */
    readonly port: number
  }
>()("@effect-dispatch/server/GrpcServer") {}

/**
 * Listens for the life of the layer, and serves this machine alone, without keys. Stopping ends event streams at once
 * with `UNAVAILABLE`, lets other calls end for `shutdownGrace`, then cuts off the rest.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: GrpcServerOptions): Layer.Layer<GrpcServer, ListenError, DispatchService> =>
  Layer.provide(layerAccess(options), AccessControl.layerLoopback)

/**
 * As `layer`, but serves every caller that the access control lets in.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerAccess = (
  options: GrpcServerOptions
): Layer.Layer<GrpcServer, ListenError, DispatchService | AccessControl.AccessControl> =>
  Layer.effect(GrpcServer, serve(options))

const serve = Effect.fnUntraced(function* (options: GrpcServerOptions) {
  const { host = "127.0.0.1", port } = options
  if (options.tls === undefined && options.plainText !== true && !isLoopbackHost(host)) {
    return yield* new ListenError({
      reason: "Unencrypted",
      message: `without a certificate this machine only is served, and ${host} is reached by others`
    })
  }
  const services = yield* Effect.context<DispatchService | AccessControl.AccessControl>()
  const stopping = yield* Deferred.make<never, DispatchError.DispatchError>()
  const ready = yield* HealthRoutes.watchReadiness
  const exchanges = yield* Exchanges.make
  const handle = connectNodeAdapter({
    routes: (router) => {
      DispatchRoutes.routes(router, Deferred.await(stopping), services)
      HealthRoutes.routes(router, ready, Deferred.await(stopping), services)
    },
    grpc: true,
    grpcWeb: false,
    connect: false,
    readMaxBytes: WireLimits.requestBytesMax,
    // Headers sent early cannot announce a compression any more.
    acceptCompression: [],
    contextValues: (request) => createContextValues().set(exchangeKey, exchanges.of(request))
  })
  const server = yield* open(options, (request, response) => {
    exchanges.begin(request, response)
    // Connect throws at an authority that makes no URL, and nobody would catch that.
    const taken = Result.try(() => handle(request, response))
    if (Result.isFailure(taken)) request.stream.close(http2.constants.NGHTTP2_PROTOCOL_ERROR)
  })
  yield* Http2Sessions.watch(server)
  yield* Effect.addFinalizer(() =>
    Deferred.fail(stopping, DispatchError.unavailable("the service is shutting down"))
  )
  yield* listen(server, host, port)
  return GrpcServer.of({ host, port: (server.address() as AddressInfo).port })
})

type Listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

const http2Options = {
  settings: { maxConcurrentStreams: streamsPerSessionMax, maxHeaderListSize: headerBytesMax },
  maxHeaderListPairs: headersMax,
  maxSessionMemory: sessionMegabytesMax,
  // By default Node drops headers with spaces around them: an update on a condition would lose its condition.
  strictFieldWhitespaceValidation: false
}

const open = Effect.fnUntraced(function* (options: GrpcServerOptions, listener: Listener) {
  if (options.tls === undefined) return http2.createServer(http2Options, listener)
  const { tls } = options
  const contents = yield* Effect.mapError(
    TlsFiles.read(tls),
    ({ message }) => new ListenError({ reason: "Certificate", message })
  )
  const secure = {
    ...http2Options,
    ...contents,
    ...TlsFiles.encryption,
    allowHTTP1: false,
    handshakeTimeout: Duration.toMillis(pingTimeout)
  }
  const server = http2.createSecureServer(secure, listener)
  yield* TlsFiles.follow(server, tls, contents)
  return server
})

const listen = (
  server: http2.Http2Server | http2.Http2SecureServer,
  host: string,
  port: number
): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(listenError(error, host, port)))
    )
    server.maxConnections = sessionsMax
    server.listen(port, host, () => resume(Effect.void))
  })

const listenReasons: { readonly [code: string]: readonly [ListenError["reason"], string] } = {
  EADDRINUSE: ["AddressInUse", "is in use by another process"],
  EADDRNOTAVAIL: ["AddressNotAvailable", "is not an address of this machine"],
  ENOTFOUND: ["AddressNotAvailable", "is not known"],
  EACCES: ["PermissionDenied", "may not be used by this user"]
}

const listenError = (error: NodeJS.ErrnoException, host: string, port: number): ListenError => {
  const [reason, what] =
    listenReasons[error.code ?? ""] ?? (["Other", `cannot be used: ${error.message}`] as const)
  return new ListenError({ reason, message: `${host}:${port} ${what}` })
}
