/** The sessions that calls go through: made when they are needed, and again after a loss. */
import type * as http2 from "node:http2"
import { Code, ConnectError } from "@connectrpc/connect"
import { type Context, Duration, Effect, Exit, Result, type Scope } from "effect"
import type { CheckedOptions } from "../ClientConfig.ts"
import { connectDurationMax, sessionMegabytesMax, sessionsMax } from "../ClientLimits.ts"
import { address, type DispatchUrl } from "../DispatchUrl.ts"
import { connectionsGivenUp } from "../Metrics.ts"
import { Http2Session, type SessionListener, type SessionSettings } from "./http2Session.ts"

/** A call that wants a stream. It hears of one of the two, once. */
export interface StreamRequest {
  readonly headers: http2.OutgoingHttpHeaders
  readonly onOpen: (stream: http2.ClientHttp2Stream) => void
  readonly onFail: (error: unknown) => void
}

/** Calls back when a connection has taken too long; the returned function stops that. */
type Patience = (over: (late: ConnectError) => void) => () => void

/** An attempt to connect, which is given up in time: calls would wait for it for ever. */
interface Attempt {
  readonly session: Http2Session
  readonly end: () => void
}

/**
 * The sessions to one service: one, and more while more streams are open than the service lets one have. A call waits
 * until a session has room for its stream; all that wait share one attempt to connect, and fail with it.
 */
export class Http2Sessions {
  readonly #settings: SessionSettings
  readonly #patience: Patience
  /** Those that take new streams. One that goes away is known to its streams alone. */
  readonly #standing = new Set<Http2Session>()
  readonly #all = new Set<Http2Session>()
  readonly #waiting = new Set<StreamRequest>()
  #attempt: Attempt | undefined
  #isClosed = false

  constructor(settings: SessionSettings, patience: Patience) {
    this.#settings = settings
    this.#patience = patience
  }

  /** Sessions to the service of a client; closed with the scope. */
  static readonly make = Effect.fnUntraced(function* (
    { callTimeout, url }: Pick<CheckedOptions, "callTimeout" | "url">,
    tls: http2.SecureClientSessionOptions
  ): Effect.fn.Return<Http2Sessions, never, Scope.Scope> {
    const context = yield* Effect.context<never>()
    const settings = {
      authority: `${url.ssl ? "https" : "http"}://${address(url)}`,
      // Nobody would read what a service pushes.
      options: { ...tls, maxSessionMemory: sessionMegabytesMax, settings: { enablePush: false } },
      pings: url.keepAlive && {
        interval: Duration.toMillis(url.keepAlive.interval),
        timeout: Duration.toMillis(url.keepAlive.timeout)
      }
    }
    const patience = patienceOf(url, Duration.min(connectDurationMax, callTimeout), context)
    return yield* Effect.acquireRelease(
      Effect.sync(() => new Http2Sessions(settings, patience)),
      (sessions) => Effect.sync(() => sessions.close())
    )
  })

  /** Opens a stream at once or as soon as it can; the returned function gives up waiting. */
  open(request: StreamRequest): () => void {
    this.#waiting.add(request)
    if (this.#isClosed) this.#failAll(closed)
    else this.#serve()
    return () => this.#waiting.delete(request)
  }

  close(): void {
    this.#isClosed = true
    this.#failAll(closed)
    for (const session of this.#all) session.destroy()
  }

  #serve(): void {
    for (const request of this.#waiting) {
      const session = this.#withRoom()
      if (session === undefined) return this.#makeRoom()
      this.#waiting.delete(request)
      const opened = Result.try(() => session.requestUnsafe(request.headers))
      if (Result.isSuccess(opened)) request.onOpen(opened.success)
      else request.onFail(opened.failure)
    }
  }

  #withRoom(): Http2Session | undefined {
    for (const session of this.#standing) if (session.hasRoom) return session
    return undefined
  }

  #makeRoom(): void {
    for (const session of this.#standing) if (session.isInDoubt) return session.ask()
    if (this.#attempt === undefined && this.#standing.size < sessionsMax) this.#connect()
  }

  #connect(): void {
    const session = new Http2Session(this.#settings, this.#listener)
    this.#all.add(session)
    const end = this.#patience((late) => {
      this.#lose(session, late)
      session.destroy(late)
    })
    this.#attempt = { session, end }
  }

  readonly #listener: SessionListener = {
    onRoom: (session) => {
      this.#endAttempt(session)
      this.#standing.add(session)
      this.#serve()
    },
    onLeave: (session) => this.#standing.delete(session),
    onClose: (session, error) => {
      this.#all.delete(session)
      this.#standing.delete(session)
      this.#lose(session, error)
      // Perhaps calls waited for its answer.
      if (!this.#isClosed) this.#serve()
    }
  }

  /** Calls that wait for an attempt fail with it. */
  #lose(session: Http2Session, error: unknown): void {
    if (this.#endAttempt(session)) this.#failAll(error)
  }

  #endAttempt(session: Http2Session): boolean {
    if (this.#attempt?.session !== session) return false
    this.#attempt.end()
    this.#attempt = undefined
    return true
  }

  #failAll(error: unknown): void {
    const failed = [...this.#waiting]
    this.#waiting.clear()
    for (const { onFail } of failed) onFail(error)
  }
}

const closed = new ConnectError("the client was closed", Code.Canceled)

const patienceOf =
  (url: DispatchUrl, duration: Duration.Duration, context: Context.Context<never>): Patience =>
  (over) => {
    const givenUp = connectionsGivenUp.tallies(context)()
    const fiber = Effect.runForkWith(context)(Effect.sleep(duration))
    fiber.addObserver((exit) => {
      if (Exit.isFailure(exit)) return
      givenUp.count++
      const message = `the dispatch service at ${address(url)} cannot be reached: no connection within ${Duration.format(duration)}`
      over(new ConnectError(message, Code.Unavailable))
    })
    return () => fiber.interruptUnsafe()
  }
