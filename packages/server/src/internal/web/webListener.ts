/** The HTTP server for browsers: HTTP/1.1, or HTTP/2 as well where it is encrypted. */
import * as http from "node:http"
import * as http2 from "node:http2"
import type { Socket } from "node:net"
import { Duration, Effect, type Scope } from "effect"
import {
  headerBytesMax,
  headersMax,
  pingTimeout,
  shutdownGrace,
  streamsPerSessionMax,
  webHeadersDuration,
  webIdleDuration,
  webRequestDuration
} from "../../ServiceLimits.ts"
import { ListenError } from "../listening.ts"
import * as TlsFiles from "../grpc/tlsFiles.ts"
import type { Handler } from "./webRequests.ts"

/** A server of HTTP. */
export type Server = http.Server | http2.Http2SecureServer

/** A server, and the names in its certificate. */
export interface Opened {
  readonly server: Server
  readonly certified: ReadonlyArray<string>
}

const httpOptions: http.ServerOptions = {
  headersTimeout: Duration.toMillis(webHeadersDuration),
  requestTimeout: Duration.toMillis(webRequestDuration),
  keepAliveTimeout: Duration.toMillis(webIdleDuration),
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: headerBytesMax
}

/** Makes a server that goes with the scope. */
export const open = Effect.fnUntraced(function* (
  tls: TlsFiles.TlsFiles | undefined,
  handle: Handler
): Effect.fn.Return<Opened, ListenError, Scope.Scope> {
  const opened = tls === undefined ? plain(handle) : yield* encrypted(tls, handle)
  yield* endingConnections(opened.server)
  return opened
})

const plain = (handle: Handler): Opened => {
  const server = http.createServer(httpOptions, handle)
  server.maxHeadersCount = headersMax
  return { server, certified: [] }
}

const encrypted = Effect.fnUntraced(function* (
  tls: TlsFiles.TlsFiles,
  handle: Handler
): Effect.fn.Return<Opened, ListenError, Scope.Scope> {
  const contents = yield* Effect.mapError(
    TlsFiles.read(tls),
    ({ message }) => new ListenError({ reason: "Certificate", message })
  )
  const server = http2.createSecureServer(
    {
      ...httpOptions,
      ...contents,
      ...TlsFiles.encryption,
      allowHTTP1: true,
      handshakeTimeout: Duration.toMillis(pingTimeout),
      settings: { maxConcurrentStreams: streamsPerSessionMax, maxHeaderListSize: headerBytesMax },
      maxHeaderListPairs: headersMax
    },
    handle
  )
  yield* TlsFiles.follow(server, tls, contents)
  return { server, certified: TlsFiles.namesIn(contents) }
})

/** Stopping lets open requests end for a while, then destroys their connections. */
const endingConnections = Effect.fnUntraced(function* (server: Server) {
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("session", (session: http2.ServerHttp2Session) => {
    session.on("error", () => session.destroy())
    server.once("close", () => session.destroy())
  })
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      const closed = Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
      yield* Effect.timeoutOption(closed, shutdownGrace)
      for (const socket of sockets) socket.destroy()
    })
  )
})
