import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { networkInterfaces } from "node:os"
import { assert, describe, it, vi } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { sessionIdleDuration } from "@effect-dispatch/client/ClientLimits"
import { Http2Session } from "../src/internal/http2Session.ts"

const hosts = ["127.0.0.1", "::1"].filter((host) =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host))
)

/** The authority that a service on a host is asked by, and the one that stands in its URL. */
const authorityAt = (host: string) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.callback<http2.Http2Server>((resume) => {
        const made = http2.createServer((request, response) => response.end(request.authority))
        made.listen(0, host, () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => made.close())
    )
    const { port } = server.address() as AddressInfo
    const url = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
    const listener = { onRoom: () => {}, onLeave: () => {}, onClose: () => {} }
    const session = yield* Effect.acquireRelease(
      Effect.sync(
        () => new Http2Session({ authority: `http://${url}`, options: {}, pings: undefined }, listener)
      ),
      (made) => Effect.sync(() => made.destroy())
    )
    const asked = yield* Effect.callback<string>((resume) => {
      let text = ""
      session
        .requestUnsafe({ ":path": "/" })
        .on("data", (chunk) => (text += String(chunk)))
        .on("end", () => resume(Effect.succeed(text)))
    })
    return { asked, url }
  }).pipe(Effect.scoped)

/** A standing session without streams, whose looks come when the test says; the events that its listener heard. */
const idle = Effect.gen(function* () {
  yield* Effect.acquireRelease(
    Effect.sync(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })),
    () => Effect.sync(() => vi.useRealTimers())
  )
  const server = yield* Effect.acquireRelease(
    Effect.callback<http2.Http2Server>((resume) => {
      const made = http2.createServer()
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) => Effect.sync(() => made.close())
  )
  const heard: Array<string> = []
  let onNext = () => {}
  const hear = (what: string) => () => {
    heard.push(what)
    onNext()
  }
  const { port } = server.address() as AddressInfo
  const settings = {
    authority: `http://127.0.0.1:${port}`,
    options: {},
    pings: { interval: 60_000, timeout: 20_000 }
  }
  const listener = { onRoom: hear("room"), onLeave: hear("leave"), onClose: hear("close") }
  const session = yield* Effect.acquireRelease(
    Effect.sync(() => new Http2Session(settings, listener)),
    (made) => Effect.sync(() => made.destroy())
  )
  const until = (what: string) =>
    Effect.callback<void>((resume) => {
      const look = () => {
        if (heard.includes(what)) resume(Effect.void)
      }
      onNext = look
      look()
    })
  yield* until("room")
  // The answer to the first ping is a sign of life as well.
  yield* Effect.sleep("50 millis")
  vi.advanceTimersByTime(60_000)
  heard.length = 0
  return { heard, session, until }
})

describe("a session", () => {
  it.live("without streams is in doubt after an interval of silence, until the service has answered", () =>
    Effect.gen(function* () {
      const { session, until } = yield* idle
      assert.deepStrictEqual([session.hasRoom, session.isInDoubt], [true, false])
      vi.advanceTimersByTime(60_000)
      assert.deepStrictEqual([session.hasRoom, session.isInDoubt], [false, true])
      session.ask()
      yield* until("room")
      assert.deepStrictEqual([session.hasRoom, session.isInDoubt], [true, false])
    }).pipe(Effect.scoped)
  )

  it.live("without streams is closed after the limit of idleness", () =>
    Effect.gen(function* () {
      const { heard, until } = yield* idle
      vi.advanceTimersByTime(Duration.toMillis(sessionIdleDuration) - 60_000)
      assert.deepStrictEqual(heard, [])
      vi.advanceTimersByTime(60_000)
      assert.deepStrictEqual(heard, ["leave"])
      yield* until("close")
    }).pipe(Effect.scoped)
  )

  for (const host of hosts)
    it.live(`names the service at ${host} as its URL does`, () =>
      Effect.gen(function* () {
        const { asked, url } = yield* authorityAt(host)
        assert.strictEqual(asked, url)
      })
    )
})
