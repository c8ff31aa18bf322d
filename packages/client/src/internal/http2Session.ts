/** The HTTP/2 session that calls go through: made when it is needed, and again after a loss. */
import type { ClientHttp2Session, SecureClientSessionOptions } from "node:http2"
import { Code, ConnectError } from "@connectrpc/connect"
import { type createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import { Duration, Effect, Fiber, Metric, Option, type Scope } from "effect"
import type { CheckedOptions } from "../ClientConfig.ts"
import { connectDurationMax, sessionMegabytesMax } from "../ClientLimits.ts"
import { address, type DispatchUrl } from "../DispatchUrl.ts"
import { connectionsGivenUp } from "../Metrics.ts"

/** The session manager that connect opens its streams with. */
type SessionManager = NonNullable<Parameters<typeof createGrpcTransport>[0]["sessionManager"]>

/** A session, and the way to open it. */
export interface Http2Session {
  readonly manager: SessionManager
  /**
   * Ends when a session stands, or fails when it cannot be made. A session that does not answer is given up: calls
   * would wait for it for ever, also when the service has long been back.
   */
  readonly connect: Effect.Effect<void, ConnectError>
}

/** The session is closed with the scope. */
export const make = Effect.fnUntraced(function* (
  { callTimeout, url }: Pick<CheckedOptions, "callTimeout" | "url">,
  baseUrl: string,
  tls: SecureClientSessionOptions
): Effect.fn.Return<Http2Session, never, Scope.Scope> {
  const sessions = yield* Effect.acquireRelease(
    Effect.sync(
      () => new Http2SessionManager(baseUrl, pings(url), { ...tls, maxSessionMemory: sessionMegabytesMax })
    ),
    (sessions) => Effect.sync(() => sessions.abort())
  )
  const patience = Duration.min(connectDurationMax, callTimeout)
  const connect = Effect.gen(function* () {
    const attempt = yield* Effect.forkChild(Effect.promise(() => sessions.connect()))
    const ended = yield* Effect.timeoutOption(Fiber.join(attempt), patience)
    if (Option.isSome(ended)) {
      const reason = ended.value === "error" ? sessions.error() : undefined
      return reason === undefined ? undefined : yield* Effect.fail(ConnectError.from(reason))
    }
    const error = new ConnectError(
      `the dispatch service at ${address(url)} cannot be reached: no connection within ${Duration.format(patience)}`,
      Code.Unavailable
    )
    sessions.abort(error)
    yield* Metric.update(connectionsGivenUp.at(), 1)
    return yield* Effect.fail(error)
  })
  return {
    manager: quiet(sessions),
    connect: Effect.suspend(() => {
      const state = sessions.state()
      return state === "open" || state === "idle" || state === "verifying" ? Effect.void : connect
    })
  }
})

/**
 * The pings: only while a stream is open, and before an idle connection is used again. At other times connect
 * would ping connections that are long gone, and nobody catches what that throws.
 */
const pings = ({ keepAlive }: DispatchUrl) =>
  keepAlive === undefined
    ? {}
    : {
        pingIntervalMs: Duration.toMillis(keepAlive.interval),
        pingTimeoutMs: Duration.toMillis(keepAlive.timeout),
        pingIdleConnection: false
      }

/**
 * Hears the errors of a session to the end. Connect stops listening when it lets a session go, and a later error of
 * Node would end the process; the calls have failed with it by then.
 */
const quiet = (sessions: Http2SessionManager): SessionManager => {
  const heard = new WeakSet<ClientHttp2Session>()
  // Node would leave out the brackets of an address of IPv6, which no server takes.
  const authority = new URL(sessions.authority).host
  const hear = (session: ClientHttp2Session) => {
    if (heard.has(session)) return
    heard.add(session)
    session.on("error", () => undefined)
  }
  return {
    authority: sessions.authority,
    request: (method, path, headers, options) =>
      sessions.request(method, path, { ":authority": authority, ...headers }, options).then((stream) => {
        if (stream.session !== undefined) hear(stream.session as ClientHttp2Session)
        return stream
      }),
    notifyResponseByteRead: (stream) => sessions.notifyResponseByteRead(stream)
  }
}
