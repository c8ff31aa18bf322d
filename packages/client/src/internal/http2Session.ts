/** A session of Node's HTTP/2: how many streams it takes, and whether the other side still lives. */
import * as http2 from "node:http2"
import { Code, ConnectError } from "@connectrpc/connect"
import { Duration } from "effect"
import { sessionIdleDuration } from "../ClientLimits.ts"

/** Times of pings, in milliseconds. The service may ask for fewer of them. */
export interface Pings {
  interval: number
  readonly timeout: number
}

/** The things that the sessions of a client share. */
export interface SessionSettings {
  readonly authority: string
  readonly options: http2.SecureClientSessionOptions
  /** `undefined` to send none. */
  readonly pings: Pings | undefined
}

/** Hears what becomes of a session. */
export interface SessionListener {
  /** Perhaps it takes streams now that it did not take before. */
  readonly onRoom: (session: Http2Session) => void
  /** It takes no stream any more. */
  readonly onLeave: (session: Http2Session) => void
  /** It is gone, and why. */
  readonly onClose: (session: Http2Session, error: unknown) => void
}

const idleMillis = Duration.toMillis(sessionIdleDuration)

/**
 * A session stands once the settings of the other side have arrived: only then is it known to speak HTTP/2, and how
 * many streams it takes. A standing session is pinged when it has been silent for an interval. One without streams is
 * left alone, and is in doubt until it has answered before its next use.
 */
export class Http2Session {
  readonly #http2: http2.ClientHttp2Session
  readonly #pings: Pings | undefined
  readonly #listener: SessionListener
  /** Time between looks: that of pings, where there are any. */
  readonly #lookMillis: number
  readonly #looking: NodeJS.Timeout
  readonly #authority: string
  #streams = 0
  #isStanding = false
  #isGone = false
  #doubt: "none" | "doubted" | "asking" = "none"
  #bytesRead = 0
  /** The time without streams, as far as looks tell. */
  #idleMillis = 0
  #error: unknown

  constructor({ authority, options, pings }: SessionSettings, listener: SessionListener) {
    this.#pings = pings
    this.#listener = listener
    this.#http2 = http2.connect(authority, options)
    // Node would leave out the brackets of an address of IPv6, which no server takes.
    this.#authority = new URL(authority).host
    // An error is heard whenever it comes: unheard, it would end the process.
    this.#http2.on("error", (error) => this.destroy(error))
    this.#http2.once("close", () => this.#close())
    this.#http2.once("connect", () => this.#greet())
    this.#http2.once("goaway", (_code, _last, data) => this.#leave(data?.toString()))
    this.#http2.on("remoteSettings", () => this.#stand())
    // Node's own timeout keeps a session in memory until it rings.
    this.#lookMillis = pings?.interval ?? idleMillis / 15
    this.#looking = setInterval(() => this.#look(), this.#lookMillis).unref()
  }

  /** True if it takes one more stream at once. */
  get hasRoom(): boolean {
    return this.#takesMore && this.#doubt === "none"
  }

  /** True if it would take one more stream, should it turn out to live. */
  get isInDoubt(): boolean {
    return this.#takesMore && this.#doubt !== "none"
  }

  /** Opens a stream. Throws for headers that cannot be sent. */
  requestUnsafe(headers: http2.OutgoingHttpHeaders): http2.ClientHttp2Stream {
    const stream = this.#http2.request({ ":authority": this.#authority, ...headers })
    // Streams keep the process running, an idle session does not.
    if (this.#streams++ === 0) this.#http2.ref()
    stream.once("close", () => {
      if (--this.#streams === 0) this.#http2.unref()
      if (this.#isStanding) this.#listener.onRoom(this)
      else this.#endIdle()
    })
    return stream
  }

  /** Asks the other side, once at a time, and ends the session if it does not answer. */
  ask(): void {
    if (this.#doubt === "asking" || this.#http2.destroyed) return
    this.#doubt = "asking"
    const silent = () => this.destroy(new ConnectError("PING timed out", Code.Unavailable))
    const timeout = setTimeout(silent, this.#pings?.timeout ?? idleMillis).unref()
    this.#ping(() => {
      clearTimeout(timeout)
      this.#doubt = "none"
      if (this.#isStanding) this.#listener.onRoom(this)
    })
  }

  /** Ends the session and its streams, with the reason for them. */
  destroy(error?: unknown): void {
    this.#error ??= error
    this.#http2.destroy(error instanceof Error ? error : undefined, http2.constants.NGHTTP2_CANCEL)
  }

  /** A refusal of the certificate is heard by Node when it sends something, and told by the socket alone. */
  #greet(): void {
    this.#http2.socket.on("error", (error) => (this.#error ??= error))
    this.#ping(() => {})
  }

  /** Node cancels the pings of a session that is gone, and does not always tell of its end. */
  #ping(answered: () => void): void {
    this.#http2.ping((cancelled) => {
      if (cancelled === null) answered()
      // The reason is told a little later.
      else setImmediate(() => this.#close())
    })
  }

  get #takesMore(): boolean {
    const { closed, destroyed, remoteSettings } = this.#http2
    if (!this.#isStanding || closed || destroyed) return false
    return this.#streams < (remoteSettings.maxConcurrentStreams ?? Infinity)
  }

  #stand(): void {
    // It may tell new settings after its goodbye.
    if (this.#http2.closed || this.#http2.destroyed) return
    if (!this.#isStanding && this.#streams === 0) this.#http2.unref()
    this.#isStanding = true
    this.#listener.onRoom(this)
  }

  #leave(reason?: string): void {
    this.#isStanding = false
    if (reason === "too_many_pings" && this.#pings !== undefined) this.#pings.interval *= 2
    this.#listener.onLeave(this)
    this.#endIdle()
  }

  /** Node waits for the streams of a session that goes away, and does not notice that there are none. */
  #endIdle(): void {
    if (this.#streams === 0) this.#http2.destroy()
  }

  #close(): void {
    if (this.#isGone) return
    this.#isGone = true
    clearInterval(this.#looking)
    this.#isStanding = false
    this.#listener.onClose(this, this.#error ?? brokenOff())
  }

  #look(): void {
    // Node takes the socket away from a session that is gone.
    const bytesRead = this.#http2.socket?.bytesRead ?? this.#bytesRead
    const isSilent = bytesRead === this.#bytesRead
    this.#bytesRead = bytesRead
    this.#idleMillis = isSilent && this.#streams === 0 ? this.#idleMillis + this.#lookMillis : 0
    if (!isSilent || !this.#isStanding) return
    if (this.#idleMillis >= idleMillis) return this.#leave()
    if (this.#pings === undefined) return
    if (this.#streams > 0) this.ask()
    else if (this.#doubt === "none") this.#doubt = "doubted"
  }
}

const brokenOff = (): Error =>
  Object.assign(new Error("the service closed the session"), { code: "ERR_HTTP2_SESSION_ERROR" })
