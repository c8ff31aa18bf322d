/**
 * The dispatch service on gRPC over HTTP/2.
 *
 * @since 0.1.0
 */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Clock, Context, Duration, Effect, Layer, type Scope } from "effect"
import * as AccessControl from "./AccessControl.ts"
import { DispatchService } from "./DispatchService.ts"
import * as Announcement from "./internal/grpc/announcement.ts"
import { Arrivals } from "./internal/grpc/arrivals.ts"
import * as CallTelemetry from "./internal/grpc/callTelemetry.ts"
import { Connections } from "./internal/grpc/connections.ts"
import * as ConsoleRoutes from "./internal/grpc/consoleRoutes.ts"
import * as DispatchRoutes from "./internal/grpc/dispatchRoutes.ts"
import { cutOff, type Surroundings } from "./internal/grpc/grpcCall.ts"
import * as GrpcCalls from "./internal/grpc/grpcCalls.ts"
import * as HealthRoutes from "./internal/grpc/healthRoutes.ts"
import * as Http2Sessions from "./internal/grpc/http2Sessions.ts"
import { ListenError, listen } from "./internal/listening.ts"
import { isLoopbackHost } from "./internal/loopback.ts"
import { Signal } from "./internal/signal.ts"
import * as ReportRoutes from "./internal/grpc/reportRoutes.ts"
import * as TlsFiles from "./internal/grpc/tlsFiles.ts"
import { UnreadAnswers } from "./internal/grpc/unreadAnswers.ts"
import * as Metrics from "./Metrics.ts"
import {
  headerBytesMax,
  headersMax,
  pingTimeout,
  sessionMegabytesMax,
  sessionsMax,
  strangersPerAddressMax,
  streamsPerSessionMax,
  unreadBytesPerKeyMax
} from "./ServiceLimits.ts"

export { ListenError } from "./internal/listening.ts"

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
  /** Most bytes of answers to one key that wait to be read, `unreadBytesPerKeyMax` unless given. */
  readonly unreadBytesPerKey?: number | undefined
  /** Most connections of one address without an admitted call, `strangersPerAddressMax` unless given. */
  readonly strangersPerAddress?: number | undefined
  /** Addresses of proxies, from which there may be any number of them; this machine unless given. */
  readonly proxies?: ReadonlyArray<string> | undefined
}

/**
 * A server that listens for gRPC with binary messages, and for nothing else. Beside the dispatch service, and that for
 * reports of runs where `ReportService` is provided as well, it offers `grpc.health.v1`, without a key: it is ready while the store can be reached, and alive (`liveness`) as long as it
 * answers at all.
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
  const stopping = new Signal<DispatchError.DispatchError>()
  const server = yield* open(options)
  const shared = yield* surroundings(server, options)
  const ready = yield* HealthRoutes.watchReadiness
  const access = yield* AccessControl.AccessControl
  const routes = [
    ...DispatchRoutes.routes({ access, unread: shared.unread, stopping }),
    ...ConsoleRoutes.routes({ access, stopping }),
    ...(yield* ReportRoutes.routes({ access, unread: shared.unread })),
    ...HealthRoutes.routes(ready, stopping)
  ]
  server.on("stream", GrpcCalls.make(routes, Announcement.headersOf(shared.services), shared))
  yield* Http2Sessions.watch(server)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => stopping.happen(DispatchError.unavailable("the service is shutting down")))
  )
  yield* listen(server, { host, port, connectionsMax: sessionsMax })
  return GrpcServer.of({ host, port: (server.address() as AddressInfo).port })
})

type Server = http2.Http2Server | http2.Http2SecureServer

const surroundings = Effect.fnUntraced(function* (
  server: Server,
  options: GrpcServerOptions
): Effect.fn.Return<Surroundings<DispatchService>, never, DispatchService | Scope.Scope> {
  const services = yield* Effect.context<DispatchService>()
  const answersCutOff = Metrics.answersCutOff.tallies(services)()
  const connections = yield* Connections.watch(server, {
    strangersPerAddress: options.strangersPerAddress ?? strangersPerAddressMax,
    proxies: options.proxies ?? ["127.0.0.1", "::1", "::ffff:127.0.0.1"]
  })
  return {
    services,
    clock: yield* Clock.Clock,
    telemetry: CallTelemetry.make(services),
    arrivals: yield* Arrivals.make,
    connections,
    unread: new UnreadAnswers(options.unreadBytesPerKey ?? unreadBytesPerKeyMax, (stream) => {
      answersCutOff.count++
      cutOff(stream)
    })
  }
})

const http2Options = {
  settings: { maxConcurrentStreams: streamsPerSessionMax, maxHeaderListSize: headerBytesMax },
  maxHeaderListPairs: headersMax,
  maxSessionMemory: sessionMegabytesMax,
  // By default Node drops headers with spaces around them: an update on a condition would lose its condition.
  strictFieldWhitespaceValidation: false
}

const open = Effect.fnUntraced(function* (
  options: GrpcServerOptions
): Effect.fn.Return<Server, ListenError, Scope.Scope> {
  if (options.tls === undefined) return http2.createServer(http2Options)
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
  const server = http2.createSecureServer(secure)
  yield* TlsFiles.follow(server, tls, contents)
  return server
})
