/** Metrics and health of a running command over HTTP, on a port of its own. */
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { type Cause, Effect, Option, References, type Scope } from "effect"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"

/** The address to listen on; without a port, none. */
export interface OutlookOptions {
  readonly metricsPort: Option.Option<number>
  readonly metricsHost: string
}

/** The answers to probes. */
export interface Outlook {
  /** True while it makes sense to let the process go on. */
  readonly isAlive: Effect.Effect<boolean>
  /** The reason why it cannot do its work at this moment, if it cannot. */
  readonly whyNotReady: Effect.Effect<string | undefined>
  /** A problem that does not keep it from its work. */
  readonly doubt?: Effect.Effect<string | undefined>
}

/** Listens for the life of the scope, if a port is given, and tells the address. */
export const listen = (
  { metricsHost: host, metricsPort }: OutlookOptions,
  outlook: Outlook
): Effect.Effect<void, Failure, Scope.Scope> =>
  Option.match(metricsPort, {
    onNone: () => Effect.void,
    onSome: Effect.fnUntraced(function* (port) {
      const server = yield* Effect.acquireRelease(
        Effect.map(answering(outlook), (listener) => createServer(listener)),
        (server) =>
          Effect.sync(() => {
            server.close()
            server.closeAllConnections()
          })
      )
      yield* open(server, host, port)
      const { address, family, port: actual } = server.address() as AddressInfo
      const name = family === "IPv6" ? `[${address}]` : address
      yield* tell(`Metrics and health at http://${name}:${actual}: /metrics, /healthz, /readyz`)
    })
  })

interface Answer {
  readonly status: number
  readonly text: string
  readonly type?: string
}

/** The answers, by path. */
const answers = ({
  doubt = Effect.undefined,
  isAlive,
  whyNotReady
}: Outlook): { readonly [path: string]: Effect.Effect<Answer> } => ({
  "/metrics": Effect.map(PrometheusMetrics.format(), (text) => ({
    status: 200,
    text,
    type: "text/plain; version=0.0.4; charset=utf-8"
  })),
  "/healthz": Effect.map(isAlive, (alive) =>
    alive ? { status: 200, text: "ok\n" } : { status: 503, text: "not running\n" }
  ),
  "/readyz": Effect.gen(function* () {
    const why = yield* whyNotReady
    const but = yield* doubt
    const lines = [why ?? "ready", ...(but === undefined ? [] : [but])]
    return { status: why === undefined ? 200 : 503, text: `${lines.join("\n")}\n` }
  })
})

const absent = Effect.succeed<Answer>({ status: 404, text: "try /metrics, /healthz or /readyz\n" })
const refused = Effect.succeed<Answer>({ status: 405, text: "GET only\n" })

/** A probe always gets an answer; the reason of a failure goes to the log. */
const failed = (cause: Cause.Cause<never>): Effect.Effect<Answer> =>
  Effect.as(Effect.logError("Could not answer a probe", cause), {
    status: 500,
    text: "this could not be told; see the logs\n"
  })

const answering = (outlook: Outlook) =>
  Effect.map(Effect.context<never>(), (context): RequestListener => {
    const byPath = new Map(Object.entries(answers(outlook)))
    const run = Effect.runForkWith(context)
    return ({ method, url = "" }, response) => {
      const [path = ""] = url.split("?")
      const isRead = method === "GET" || method === "HEAD"
      const answer = Effect.catchCause(isRead ? (byPath.get(path) ?? absent) : refused, failed)
      const write = Effect.map(answer, ({ status, text, type = "text/plain; charset=utf-8" }) => {
        response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text)
      })
      // A probe is no part of the process's own work.
      run(Effect.provideService(write, References.TracerEnabled, false))
    }
  })

const open = (server: Server, host: string, port: number): Effect.Effect<void, Failure> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(explain(error, host, port))))
    server.listen(port, host, () => resume(Effect.void))
  })

const whys: { readonly [code: string]: string } = {
  EADDRINUSE: "is in use by another process",
  EADDRNOTAVAIL: "is not an address of this machine",
  ENOTFOUND: "is not known",
  EACCES: "may not be used by this user"
}

const explain = ({ code = "", message }: NodeJS.ErrnoException, host: string, port: number): Failure =>
  new Failure({
    message: `${host}:${port} ${whys[code] ?? `cannot be used: ${message}`}. Give another: --metrics-port 0 takes any that is free`
  })
