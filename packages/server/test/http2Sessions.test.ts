import * as http2 from "node:http2"
import * as net from "node:net"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Metric } from "effect"
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
