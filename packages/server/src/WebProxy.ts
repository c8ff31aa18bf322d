/**
 * The console of a service elsewhere, for browsers of this machine: the page, and calls that are handed on.
 *
 * @since 0.1.0
 */
import type * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Context, Deferred, Effect, Layer, type Redacted } from "effect"
import type { ListenError } from "./internal/listening.ts"
import * as ProxiedCalls from "./internal/grpc/proxiedCalls.ts"
import * as Assets from "./internal/web/assets.ts"
import type { RemoteService } from "./internal/web/remoteService.ts"
import * as WebServing from "./internal/web/webServing.ts"

export type { RemoteService } from "./internal/web/remoteService.ts"

/**
 * The port to listen on, the page, and the service that calls go to.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebProxyOptions {
  /** A port of this machine, or 0 for any that is free. Other machines never reach it. */
  readonly port: number
  /** The folder of the built page. */
  readonly page: string
  readonly remote: RemoteService
  /** Sent by the page with every call. Whoever has it acts with the credentials of this machine. */
  readonly token: Redacted.Redacted
}

/**
 * A listener whose calls go elsewhere.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { mkdtempSync, writeFileSync } from "node:fs"
 * import { tmpdir } from "node:os"
 * import { createGrpcTransport } from "@connectrpc/connect-node"
 * import { DispatchError } from "@effect-dispatch/core"
 * import { WebProxy } from "@effect-dispatch/server"
 * import { Effect, Redacted } from "effect"
 *
 * const page = mkdtempSync(`${tmpdir()}/page-`)
 * writeFileSync(`${page}/index.html`, "<!doctype html><html><title>A console</title>")
 * const remote = {
 *   transport: createGrpcTransport({ baseUrl: "http://127.0.0.1:1" }),
 *   failureOf: () => DispatchError.unavailable("nothing listens there")
 * }
 * const program = Effect.gen(function* () {
 *   const { port } = yield* WebProxy.WebProxy
 *   const call = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }
 *   const url = `http://127.0.0.1:${port}/api/effect_dispatch.console.v1.ConsoleService/DescribeKey`
 *   const answer = yield* Effect.promise(() => fetch(url, call))
 *   assert.strictEqual(answer.status, 401)
 * })
 * const layer = WebProxy.layer({ port: 0, page, remote, token: Redacted.make("a secret of this process") })
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class WebProxy extends Context.Service<
  WebProxy,
  {
    /** The port it listens on, also if 0 was asked for. */
    readonly port: number
  }
>()("@effect-dispatch/server/WebProxy") {}

/**
 * Listens on this machine for the life of the layer. The door is that of `WebServer`, and every call must show the
 * token as well, since it is made with credentials that the page does not have.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: WebProxyOptions): Layer.Layer<WebProxy, ListenError> =>
  Layer.effect(WebProxy, serve(options))

const serve = Effect.fnUntraced(function* ({ page, port, remote, token }: WebProxyOptions) {
  const stopping = yield* Deferred.make<never, DispatchError.DispatchError>()
  const services = yield* Effect.context<never>()
  const listening = yield* WebServing.serve(
    { port, page },
    {
      calls: ProxiedCalls.handler({ remote, token, services, stopping: Deferred.await(stopping) }),
      // Others would act with the credentials of this machine.
      mayBeForwarded: Effect.succeed(false),
      stop: Deferred.fail(stopping, WebServing.shuttingDown),
      prepare: Assets.markedPage
    }
  )
  return WebProxy.of({ port: listening.port })
})
