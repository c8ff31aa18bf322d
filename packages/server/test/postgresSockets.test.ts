import * as net from "node:net"
import { SkewClock } from "@effect-dispatch/testing/SkewClock"
import { assert, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as PostgresSockets from "../src/internal/sql/postgresSockets.ts"
import { network, until } from "./serving.ts"
import { once } from "./wire.ts"

const answerTimeout = Duration.seconds(15)

/** A socket to a database that never answers. */
const asked = Effect.gen(function* () {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => net.createServer().listen(0, "127.0.0.1")),
    (open) => Effect.sync(() => open.close())
  )
  yield* once(server, "listening")
  const { port } = server.address() as net.AddressInfo
  const { connect, destroyAll } = yield* PostgresSockets.make("127.0.0.1", port, answerTimeout)
  yield* Effect.addFinalizer(() => destroyAll)
  const socket = connect().on("error", () => {})
  yield* once(socket, "connect")
  yield* TestClock.adjust("5 seconds")
  socket.write("?")
  yield* network
  return socket
})

for (const hours of [-1, 1]) {
  it.effect(`a clock set by ${hours} h makes a silent connection neither late nor early to go`, () =>
    Effect.gen(function* () {
      const socket = yield* asked
      const { step } = yield* SkewClock
      yield* step(hours * 3_600_000)
      yield* TestClock.adjust("10 seconds")
      assert.isFalse(socket.destroyed)
      yield* TestClock.adjust("10 seconds")
      yield* until(() => socket.destroyed)
      assert.isTrue(socket.destroyed)
    }).pipe(Effect.scoped, Effect.provide(SkewClock.layer()))
  )
}
