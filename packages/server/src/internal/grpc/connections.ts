/** Watches over the connections of a server: those that nobody is known behind are few, and let go soon. */
import type * as http2 from "node:http2"
import type { Socket } from "node:net"
import { Clock, Duration, Effect, type Scope } from "effect"
import * as Metrics from "../../Metrics.ts"
import * as Background from "../background.ts"
import {
  arrivalLookInterval,
  connectionIdleDuration,
  sessionsMax,
  strangerCallsMax,
  strangerDuration,
  strangersMax
} from "../../ServiceLimits.ts"
import { networkOf } from "./addressNetwork.ts"
import { Strangers } from "./strangers.ts"

/** The settings for strangers. */
export interface ConnectionSettings {
  readonly strangersPerAddress: number
  readonly proxies: ReadonlyArray<string>
}

interface Instruments {
  readonly clock: Clock.Clock
  readonly count: ReturnType<typeof Metrics.sessionsCutOff.tallies>
}

/** Notes the admitted calls of sessions. */
export class Connections {
  readonly #clock: Clock.Clock
  readonly #count: Instruments["count"]
  readonly #strangers: Strangers<Socket>
  readonly #proxies: ReadonlySet<string>
  /** Each socket by the address and port of its other end, which a session tells as well. */
  readonly #sockets = new Map<string, Socket>()
  readonly #sessions = new WeakMap<http2.Http2Session, Socket>()

  constructor({ clock, count }: Instruments, { proxies, strangersPerAddress }: ConnectionSettings) {
    this.#clock = clock
    this.#count = count
    this.#proxies = new Set(proxies)
    this.#strangers = new Strangers({
      max: strangersMax,
      // Node closes the next one beyond the limit before anybody is asked.
      connectionsMax: sessionsMax - 1,
      perAddressMax: strangersPerAddress,
      proxies: this.#proxies,
      callsMax: strangerCallsMax,
      strangerNanos: Duration.toNanosUnsafe(strangerDuration),
      idleNanos: Duration.toNanosUnsafe(connectionIdleDuration)
    })
  }

  /** Watches over a server for the life of the scope. */
  static readonly watch = Effect.fnUntraced(function* (
    server: http2.Http2Server | http2.Http2SecureServer,
    settings: ConnectionSettings
  ): Effect.fn.Return<Connections, never, Scope.Scope> {
    const count = Metrics.sessionsCutOff.tallies(yield* Effect.context<never>())
    const connections = new Connections({ clock: yield* Clock.Clock, count }, settings)
    const sessions = new Map<Socket, http2.ServerHttp2Session>()
    // Node makes a session of a socket in its own listener, which comes after this one.
    server.prependListener("connection", (socket: Socket) => {
      const unwelcome = connections.#arrive(socket)
      if (unwelcome === undefined) return
      count("strangers").count++
      queueMicrotask(() => unwelcome.destroy())
    })
    server.on("session", (session) => {
      const socket = connections.#know(session)
      if (socket === undefined) return
      sessions.set(socket, session)
      session.once("close", () => sessions.delete(socket))
    })
    const look = Effect.sync(() => {
      const { idle, strangers } = connections.#strangers.overdue(connections.#now())
      for (const socket of strangers) {
        count("strangers").count++
        socket.destroy()
      }
      for (const socket of idle) {
        count("idle").count++
        sessions.get(socket)?.close()
      }
    })
    yield* Background.every("Looking at connections", arrivalLookInterval, look)
    return connections
  })

  /** A call asks to be admitted; `false` if its session is let go for too many of them. */
  ask(session: http2.Http2Session | undefined): boolean {
    const socket = session === undefined ? undefined : this.#sessions.get(session)
    if (socket === undefined || this.#strangers.ask(socket)) return true
    this.#count("strangers").count++
    session?.destroy()
    return false
  }

  /** A call was admitted; the returned function notes its end. */
  admit(session: http2.Http2Session | undefined): () => void {
    const socket = session === undefined ? undefined : this.#sessions.get(session)
    if (socket === undefined) return () => {}
    this.#strangers.admit(socket)
    return () => this.#strangers.end(socket, this.#now())
  }

  #arrive(socket: Socket): Socket | undefined {
    const unwelcome = this.#strangers.arrive(socket, this.#originOf(socket), this.#now())
    if (unwelcome === socket) return socket
    const name = nameOf(socket)
    this.#sockets.set(name, socket)
    socket.once("close", () => {
      this.#strangers.leave(socket)
      if (this.#sockets.get(name) === socket) this.#sockets.delete(name)
    })
    return unwelcome
  }

  /** A network of IPv6 belongs to one party; the address of a proxy stands for many. */
  #originOf({ remoteAddress = "" }: Socket): string {
    return this.#proxies.has(remoteAddress) ? remoteAddress : networkOf(remoteAddress)
  }

  #know(session: http2.ServerHttp2Session): Socket | undefined {
    const socket = this.#sockets.get(nameOf(session.socket))
    if (socket !== undefined) this.#sessions.set(session, socket)
    return socket
  }

  #now(): bigint {
    return this.#clock.monotonicTimeNanosUnsafe()
  }
}

const nameOf = ({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string =>
  `${remoteAddress} ${remotePort}`
