/** Watches over the sessions of an HTTP/2 server: finds dead ones, and lets all go when the server stops. */
import type * as http2 from "node:http2"
import type { Tally } from "@effect-dispatch/core/Instrument"
import { Deferred, Duration, Effect, FiberSet, Option, Schedule, type Scope } from "effect"
import * as Metrics from "../../Metrics.ts"
import { pingInterval, pingTimeout, shutdownGrace } from "../../ServiceLimits.ts"

/** Pings every session while it lives; stopping lets open calls end for a while, then destroys the rest. */
export const watch = Effect.fnUntraced(function* (
  server: http2.Http2Server | http2.Http2SecureServer
): Effect.fn.Return<void, never, Scope.Scope> {
  const sessions = new Set<http2.ServerHttp2Session>()
  const empty = yield* Deferred.make<void>()
  let stopping = false
  const watchers = yield* FiberSet.make()
  const run = yield* FiberSet.runtime(watchers)()
  yield* Metrics.sessions.observe(() => sessions.size)
  const cutOff = Metrics.sessionsCutOff.tallies(yield* Effect.context<never>())
  // At the limit of connections, Node closes the next one at once.
  server.on("drop", () => cutOff("limit").count++)
  server.on("session", (session) => {
    sessions.add(session)
    const asking = run(keepAsking(session, cutOff("silent")))
    session.once("close", () => {
      sessions.delete(session)
      // A closed session is not kept in memory until its next ping.
      asking.interruptUnsafe()
      if (stopping && sessions.size === 0) Deferred.doneUnsafe(empty, Effect.void)
    })
    // An error of a session ends that session, and nothing else.
    session.on("error", () => session.destroy())
  })
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      stopping = true
      server.close()
      for (const session of sessions) session.close()
      if (sessions.size > 0) yield* Effect.timeoutOption(Deferred.await(empty), shutdownGrace)
      for (const session of sessions) session.destroy()
    })
  )
})

/**
 * Pings a session again and again, and destroys it when it does not answer. After a standstill of the process the time
 * may be over although the answer has arrived: arrived data is read first.
 */
const keepAsking = (session: http2.ServerHttp2Session, cutOff: Tally) =>
  Effect.suspend(() => {
    let isAnswered = false
    const ask = Effect.callback<void>((resume) => {
      if (session.destroyed) return resume(Effect.interrupt)
      isAnswered = false
      session.ping(() => {
        isAnswered = true
        resume(Effect.void)
      })
    })
    const end = Effect.suspend(() => {
      if (isAnswered) return Effect.void
      session.destroy()
      cutOff.count++
      return Effect.interrupt
    })
    const once = Effect.flatMap(Effect.timeoutOption(ask, pingTimeout), (answer) =>
      Option.isSome(answer) ? Effect.void : Effect.andThen(Effect.yieldNow, end)
    )
    return Effect.repeat(Effect.delay(once, Duration.zero), Schedule.spaced(pingInterval))
  })
