/** What can be asked of a running command over HTTP, on a port of its own: metrics, and whether it is well. */
import { createServer } from "node:http"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, Option, References, type Scope } from "effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type { ServeError } from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"

/** Where to listen; without a port, nowhere. */
export interface OutlookOptions {
  readonly metricsPort: Option.Option<number>
  readonly metricsHost: string
}

/** What is told to who asks. */
export interface Outlook {
  /** The metrics that are there from the beginning, at 0 until something happens. */
  readonly instruments: Iterable<Instrument.Any>
  /** Whether it makes sense to let the process go on. */
  readonly isAlive: Effect.Effect<boolean>
  /** Why it cannot do its work at this moment, if it cannot. */
  readonly whyNotReady: Effect.Effect<string | undefined>
}

/** Listens for the life of the scope, if a port is given, and says where. */
export const listen = (
  { metricsHost: host, metricsPort }: OutlookOptions,
  outlook: Outlook
): Effect.Effect<void, Failure, Scope.Scope> =>
  Option.match(metricsPort, {
    onNone: () => Effect.void,
    onSome: Effect.fnUntraced(function* (port) {
      yield* Instrument.declare(outlook.instruments)
      const server = HttpRouter.serve(routes(outlook), { disableLogger: true, disableListenLog: true }).pipe(
        Layer.provideMerge(NodeHttpServer.layer(createServer, { host, port })),
        // Who asks how it is, is no part of what it does.
        Layer.provide(Layer.succeed(References.TracerEnabled, false))
      )
      const context = yield* Effect.mapError(Layer.build(server), explain(host, port))
      yield* Effect.provideContext(announce, context)
    })
  })

const announce = HttpServer.addressFormattedWith((address) =>
  tell(`Metrics and health at ${address}: /metrics, /healthz, /readyz`)
)

const routes = ({ isAlive, whyNotReady }: Outlook) =>
  Layer.mergeAll(
    PrometheusMetrics.layerHttp({ path: "/metrics" }),
    HttpRouter.add(
      "GET",
      "/healthz",
      Effect.map(isAlive, (alive) => (alive ? answer(200, "ok") : answer(503, "not running")))
    ),
    HttpRouter.add(
      "GET",
      "/readyz",
      Effect.map(whyNotReady, (why) => (why === undefined ? answer(200, "ready") : answer(503, why)))
    )
  )

const answer = (status: number, text: string) => HttpServerResponse.text(`${text}\n`, { status })

const explain =
  (host: string, port: number) =>
  ({ cause }: ServeError): Failure => {
    const { code } = cause as { readonly code?: string }
    const why =
      code === "EADDRINUSE"
        ? "is in use by another process"
        : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
          ? "is not an address of this machine"
          : code === "EACCES"
            ? "may not be used by this user"
            : `cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`
    return new Failure({
      message: `${host}:${port} ${why}. Give another: --metrics-port 0 takes any that is free`
    })
  }
