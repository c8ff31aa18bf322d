import * as http2 from "node:http2"
import { EventEmitter } from "node:events"
import * as net from "node:net"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Metric } from "effect"
import * as Http2Sessions from "../src/internal/grpc/http2Sessions.ts"
import { network } from "./serving.ts"
import { once } from "./wire.ts"

it.effect("a session beyond the most there may be is refused, and counted", () =>
  Effect.gen(function* () {
    const refused = Metric.value(Metrics.sessionsCutOff.at("limit"))
    const before = (yield* refused).count
    const server = http2.createServer()
    server.maxConnections = 1
    yield* Http2Sessions.watch(server)
    server.listen(0, "127.0.0.1")
    yield* once(server, "listening")
    const { port } = server.address() as net.AddressInfo
    const connect = Effect.acquireRelease(
      Effect.sync(() => net.connect(port, "127.0.0.1").on("error", () => {})),
      (socket) => Effect.sync(() => socket.destroy())
    )
    yield* once(yield* connect, "connect")
    const dropped = yield* Effect.forkScoped(once(server, "drop"), { startImmediately: true })
    yield* connect
    yield* Fiber.join(dropped)
    yield* network
    assert.strictEqual((yield* refused).count, before + 1)
  }).pipe(Effect.scoped)
)

it.live("sessions that are gone are let go at once, however many come and go", () =>
  Effect.gen(function* () {
    const server = http2.createServer()
    yield* Http2Sessions.watch(server)
    server.listen(0, "127.0.0.1")
    yield* once(server, "listening")
    const { port } = server.address() as net.AddressInfo
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
    const before = timers()
    const comeAndGo = Effect.callback<void>((resume) => {
      server.once("session", (session) => session.once("close", () => resume(Effect.void)))
      const client = http2.connect(`http://127.0.0.1:${port}`, () => client.destroy())
    })
    for (let count = 0; count < 20; count++) yield* comeAndGo
    yield* Effect.sleep("20 millis")
    assert.isBelow(timers() - before, 5)
  }).pipe(Effect.scoped)
)

/** A session that notes who asks, and a clock that rings when a test says so, as one does after the process stood still. */
const asked = Effect.gen(function* () {
  const bells: Array<() => void> = []
  const clock = Object.create(yield* Clock.Clock, {
    sleep: {
      value: () => Effect.callback<void>((resume) => void bells.push(() => resume(Effect.void)))
    }
  }) as Clock.Clock
  const answers: Array<() => void> = []
  const session = Object.assign(new EventEmitter(), {
    destroyed: false,
    ping: (answer: () => void) => answers.push(answer),
    close: () => session.emit("close"),
    destroy: () => (session.destroyed = true)
  })
  const server = Object.assign(new EventEmitter(), { close: () => {} })
  yield* Effect.provideService(
    Http2Sessions.watch(server as unknown as http2.Http2Server),
    Clock.Clock,
    clock
  )
  server.emit("session", session)
  const ring = (count: number) => {
    for (const bell of bells.splice(0, count)) bell()
  }
  const turn = Effect.callback<void>((resume) => void setTimeout(() => resume(Effect.void), 5))
  yield* turn
  // The first wait is for nothing, before the first question.
  ring(bells.length)
  yield* turn
  return { answers, ring, session, turn }
})

it.live("after a stall, an answer that has long been there is read before the session counts as silent", () =>
  Effect.gen(function* () {
    const { answers, ring, session, turn } = yield* asked
    assert.strictEqual(answers.length, 1)
    setImmediate(() => answers[0]?.())
    ring(1)
    yield* turn
    assert.isFalse(session.destroyed)
  }).pipe(Effect.scoped)
)

it.live("a session that does not answer is let go", () =>
  Effect.gen(function* () {
    const { ring, session, turn } = yield* asked
    ring(1)
    yield* turn
    assert.isTrue(session.destroyed)
  }).pipe(Effect.scoped)
)

it.live("a session that has answered before is let go when it does not any more", () =>
  Effect.gen(function* () {
    const { answers, ring, session, turn } = yield* asked
    answers[0]?.()
    yield* turn
    // The wait until it is asked again, and then that for its answer.
    ring(Infinity)
    yield* turn
    ring(Infinity)
    yield* turn
    assert.strictEqual(answers.length, 2)
    assert.isFalse(session.destroyed)
    ring(Infinity)
    yield* turn
    assert.isTrue(session.destroyed)
  }).pipe(Effect.scoped)
)
