/**
 * Connections to PostgreSQL that are found dead. Data for a vanished peer stays unanswered for many minutes before the
 * operating system gives up, and the pool would fill with such connections. So a question that is not answered in time
 * ends its connection.
 */
import * as net from "node:net"
import { Clock, Duration, Effect, type Scope } from "effect"
import * as Background from "../background.ts"
import { postgresLookInterval } from "../../ServiceLimits.ts"

interface Watched {
  /** Bytes received by the last look. */
  read: number
  /** Bytes sent by then. */
  written: number
  /** The time of the last receipt, in nanoseconds. */
  readAt: bigint
  /** The time of the last sending that may still be unanswered, in nanoseconds. */
  askedAt: bigint | undefined
}

/** Sockets to one address. */
export interface Sockets {
  readonly connect: () => net.Socket
  readonly destroyAll: Effect.Effect<void>
}

/**
 * Makes sockets to an address, and destroys those that may have left a question unanswered for so long. Between two
 * looks the order of sending and receiving is unknown, so the question counts as unanswered. A healthy idle connection
 * goes as well, which harms nobody.
 */
export const make = (
  host: string,
  port: number,
  answerTimeout: Duration.Duration
): Effect.Effect<Sockets, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Map<net.Socket, Watched>()
    const patience = Duration.toNanosUnsafe(answerTimeout)
    // Not by the wall clock, which may be set: back, and dead connections would stay; forward, and live ones would go.
    const look = Effect.map(Clock.monotonicTimeNanos, (now) => {
      let silentSince: bigint | undefined
      for (const [socket, seen] of sockets) {
        note(socket, seen, now)
        if (seen.askedAt !== undefined && now - seen.askedAt >= patience) silentSince = seen.askedAt
      }
      if (silentSince === undefined) return
      // Idle connections that have heard nothing since are no better: the next user would wait in vain.
      for (const [socket, { askedAt = 0n, readAt }] of sockets)
        if (readAt <= silentSince && askedAt <= silentSince)
          socket.destroy(new Error("the database does not answer"))
    })
    // Data that arrived while the process stood still is read first.
    const lookAfterReading = Effect.andThen(Effect.yieldNow, look)
    yield* Background.every("Looking at connections", postgresLookInterval, lookAfterReading)
    const clock = yield* Clock.Clock
    const connect = () => {
      const socket = net.connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 30_000
      })
      sockets.set(socket, {
        read: 0,
        written: 0,
        readAt: clock.monotonicTimeNanosUnsafe(),
        askedAt: undefined
      })
      socket.once("close", () => sockets.delete(socket))
      return socket
    }
    const destroyAll = Effect.sync(() => {
      for (const socket of sockets.keys()) socket.destroy()
    })
    return { connect, destroyAll }
  })

/** Notes what was sent and received since the last look. */
const note = (socket: net.Socket, seen: Watched, now: bigint): void => {
  const { bytesRead, bytesWritten } = socket
  if (bytesWritten !== seen.written) seen.askedAt = now
  else if (bytesRead !== seen.read) seen.askedAt = undefined
  if (bytesRead !== seen.read) seen.readAt = now
  seen.read = bytesRead
  seen.written = bytesWritten
}
