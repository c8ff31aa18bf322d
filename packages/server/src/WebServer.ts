/**
 * The dispatch service for browsers, on a listener of its own: the page of the console, and calls over Connect.
 *
 * @since 0.1.0
 */
import type * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Context, Effect, Layer } from "effect"
import * as AccessControl from "./AccessControl.ts"
import { DispatchService } from "./DispatchService.ts"
import * as ConnectRoutes from "./internal/grpc/connectRoutes.ts"
import * as ConsoleRoutes from "./internal/grpc/consoleRoutes.ts"
import * as DispatchRoutes from "./internal/grpc/dispatchRoutes.ts"
import * as ReportRoutes from "./internal/grpc/reportRoutes.ts"
import { UnreadAnswers } from "./internal/grpc/unreadAnswers.ts"
import type { ListenError } from "./internal/listening.ts"
import { Signal } from "./internal/signal.ts"
import * as Guard from "./internal/web/guard.ts"
import * as WebServing from "./internal/web/webServing.ts"
import { unreadBytesPerKeyMax } from "./ServiceLimits.ts"

/**
 * The address to listen on, the names that lead to it, and the page.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebServerOptions {
  /** A name or address of this machine: `127.0.0.1` unless given, which only this machine can reach. */
  readonly host?: string | undefined
  /** A port, or 0 for any that is free. */
  readonly port: number
  /** PEM files of the certificate (with its chain) and its key; needed where other machines are served. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string } | undefined
  /** Names of this server beside those of loopback and of its certificate. */
  readonly names?: ReadonlyArray<string> | undefined
  /** The folder of the built page. */
  readonly page: string
  /** Most bytes of answers to one key that wait to be read, `unreadBytesPerKeyMax` unless given. */
  readonly unreadBytesPerKey?: number | undefined
}

/**
 * A server that listens for browsers. Requests under a name that is not its own are refused with 421, calls from the
 * pages of others with 403, whatever the caller may do otherwise.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { mkdtempSync, writeFileSync } from "node:fs"
 * import { tmpdir } from "node:os"
 * import { AccessControl, DispatchService, DispatchStoreMemory, WebServer } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const page = mkdtempSync(`${tmpdir()}/page-`)
 * writeFileSync(`${page}/index.html`, "<!doctype html><title>A console</title>")
 * const Service = WebServer.layer({ port: 0, page }).pipe(
 *   Layer.provide([DispatchService.layer, AccessControl.layerLoopback]),
 *   Layer.provide(DispatchStoreMemory.layer)
 * )
 * const program = Effect.gen(function* () {
 *   const { port } = yield* WebServer.WebServer
 *   const answer = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/`))
 *   assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/)
 * })
 * await Effect.runPromise(Effect.provide(program, Service))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class WebServer extends Context.Service<
  WebServer,
  {
    readonly host: string
    /** The port it listens on, also if 0 was asked for. */
    readonly port: number
  }
>()("@effect-dispatch/server/WebServer") {}

/**
 * Listens for the life of the layer, and serves every caller that the access control lets in. Stopping ends streams at
 * once, lets other calls end for `shutdownGrace`, then cuts off the rest.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: WebServerOptions
): Layer.Layer<WebServer, ListenError, DispatchService | AccessControl.AccessControl> =>
  Layer.effect(WebServer, serve(options))

const serve = Effect.fnUntraced(function* (options: WebServerOptions) {
  const stopping = new Signal<DispatchError.DispatchError>()
  const { isKeyed } = yield* AccessControl.AccessControl
  const { host, port } = yield* WebServing.serve(options, {
    calls: yield* callsOf(options, stopping),
    mayBeForwarded: isKeyed,
    stop: Effect.sync(() => stopping.happen(WebServing.shuttingDown))
  })
  return WebServer.of({ host, port })
})

/** The calls of the API and of the console, over Connect alone. */
const callsOf = Effect.fnUntraced(function* (
  { unreadBytesPerKey }: WebServerOptions,
  stopping: Signal<DispatchError.DispatchError>
) {
  const access = yield* AccessControl.AccessControl
  const unread = new UnreadAnswers(unreadBytesPerKey ?? unreadBytesPerKeyMax, ConnectRoutes.cutOff)
  const needs = { access, unread, stopping }
  const routes = [
    ...DispatchRoutes.routes(needs),
    ...ConsoleRoutes.routes(needs),
    ...(yield* ReportRoutes.routes(needs))
  ]
  const services = yield* Effect.context<DispatchService>()
  return ConnectRoutes.handler(routes, services, {
    protocols: { connect: true, grpc: false, grpcWeb: false },
    prefix: Guard.apiPrefix,
    unread
  })
})
