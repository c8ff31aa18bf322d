/**
 * Connections to PostgreSQL that are found dead. What is sent to a peer that vanished stays unanswered for many minutes
 * before the operating system gives up, and the pool would be full of such connections; so a question that is not
 * answered in time ends its connection.
 */
import * as net from "node:net"
import { Clock, Duration, Effect, Schedule, type Scope } from "effect"
import { postgresLookInterval } from "../../ServiceLimits.ts"

interface Watched {
  /** Bytes received when something was last heard. */
  read: number
  /** Bytes sent by then. */
  written: number
  /** When, in nanoseconds. */
  at: bigint
}

/** Sockets to one address. */
export interface Sockets {
  readonly connect: () => net.Socket
  readonly destroyAll: Effect.Effect<void>
}

/** Makes sockets to an address, and destroys those whose peer is silent for so long. */
export const make = (
  host: string,
  port: number,
  answerTimeout: Duration.Duration
): Effect.Effect<Sockets, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Map<net.Socket, Watched>()
    // Not by the wall clock, which may be set: back, and dead connections would stay; forward, and live ones would go.
    const look = Effect.map(Clock.monotonicTimeNanos, (now) => {
      for (const [socket, seen] of sockets) {
        const isAnswered = socket.bytesRead !== seen.read || socket.bytesWritten === seen.written
        if (isAnswered) sockets.set(socket, { read: socket.bytesRead, written: socket.bytesWritten, at: now })
        else if (now - seen.at >= Duration.toNanosUnsafe(answerTimeout))
          socket.destroy(new Error("the database does not answer"))
      }
    })
    yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(postgresLookInterval)))
    const clock = yield* Clock.Clock
    const connect = () => {
      const socket = net.connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 30_000
      })
      sockets.set(socket, { read: 0, written: 0, at: clock.monotonicTimeNanosUnsafe() })
      socket.once("close", () => sockets.delete(socket))
      return socket
    }
    const destroyAll = Effect.sync(() => {
      for (const socket of sockets.keys()) socket.destroy()
    })
    return { connect, destroyAll }
  })
