import * as net from "node:net"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import { assert, it } from "@effect/vitest"
import { Clock, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as PostgresSockets from "../src/internal/sql/postgresSockets.ts"
import { network, until } from "./serving.ts"
import { once } from "./wire.ts"

const answerTimeout = Duration.seconds(15)

/** A database that answers so many questions, and then none. */
const databaseOf = (answers: number) =>
  Effect.gen(function* () {
    let left = answers
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        net
          .createServer((socket) => socket.on("data", () => left-- > 0 && socket.write("!")))
          .listen(0, "127.0.0.1")
      ),
      (open) => Effect.sync(() => open.close())
    )
    yield* once(server, "listening")
    const { port } = server.address() as net.AddressInfo
    const { connect, destroyAll } = yield* PostgresSockets.make("127.0.0.1", port, answerTimeout)
    yield* Effect.addFinalizer(() => destroyAll)
    const accepted = Effect.callback<net.Socket>(
      (resume) =>
        void server.once("connection", (socket) => resume(Effect.succeed(socket.on("error", () => {}))))
    )
    return {
      /** The end of the database of the next connection. */
      accepted,
      connect: () =>
        connect()
          .on("error", () => {})
          .resume()
    }
  })

/** A socket to such a database that was looked at once. */
const connected = (answers: number) =>
  Effect.gen(function* () {
    const socket = (yield* databaseOf(answers)).connect()
    yield* once(socket, "connect")
    yield* TestClock.adjust("5 seconds")
    return socket
  })

/** One that has asked in vain. */
const asked = Effect.gen(function* () {
  const socket = yield* connected(0)
  socket.write("?")
  yield* network
  return socket
})

it.effect(
  "a question sent right after an answer, before anybody looks, is waited for no longer than any other",
  () =>
    Effect.gen(function* () {
      const socket = yield* connected(1)
      socket.write("?")
      yield* until(() => socket.bytesRead === 1)
      socket.write("?")
      yield* network
      for (let looks = 0; looks < 5; looks++) {
        yield* TestClock.adjust("5 seconds")
        yield* network
      }
      yield* until(() => socket.destroyed)
      assert.isTrue(socket.destroyed)
    }).pipe(Effect.scoped)
)

it.effect("a connection whose questions are answered stays, however long it is used", () =>
  Effect.gen(function* () {
    const socket = yield* connected(1_000)
    for (let looks = 0; looks < 20; looks++) {
      socket.write("?")
      yield* network
      yield* TestClock.adjust("3 seconds")
    }
    assert.isFalse(socket.destroyed)
  }).pipe(Effect.scoped)
)

for (const hours of [-1, 1]) {
  it.effect(`a clock set by ${hours} h makes a silent connection neither late nor early to go`, () =>
    Effect.gen(function* () {
      const socket = yield* asked
      const { step } = yield* SkewClock.SkewClock
      yield* step(hours * 3_600_000)
      yield* TestClock.adjust("10 seconds")
      assert.isFalse(socket.destroyed)
      yield* TestClock.adjust("10 seconds")
      yield* until(() => socket.destroyed)
      assert.isTrue(socket.destroyed)
    }).pipe(Effect.scoped, Effect.provide(SkewClock.layer()))
  )
}

it.effect(
  "of connections that heard nothing, idle ones go as well, and those asked just now are waited for",
  () =>
    Effect.gen(function* () {
      const database = yield* databaseOf(0)
      const [first, second, idle] = [database.connect(), database.connect(), database.connect()]
      for (const socket of [first, second, idle]) yield* once(socket, "connect")
      yield* TestClock.adjust("5 seconds")
      first.write("?")
      yield* network
      yield* TestClock.adjust("15 seconds")
      second.write("?")
      yield* network
      assert.isFalse(first.destroyed)
      yield* TestClock.adjust("5 seconds")
      yield* until(() => first.destroyed)
      assert.isTrue(first.destroyed)
      assert.isTrue(idle.destroyed)
      assert.isFalse(second.destroyed)
    }).pipe(Effect.scoped)
)

/** A clock that a test moves: whoever sleeps by it wakes when it rings, as after the process stood still. */
const makeClock = Effect.map(Clock.Clock, (real) => {
  const bells: Array<() => void> = []
  let now = 0n
  const clock = Object.create(real, {
    sleep: { value: () => Effect.callback<void>((resume) => void bells.push(() => resume(Effect.void))) },
    monotonicTimeNanos: { value: Effect.sync(() => now) },
    monotonicTimeNanosUnsafe: { value: () => now }
  }) as Clock.Clock
  const ring = (afterSeconds: number) => {
    now += BigInt(afterSeconds) * 1_000_000_000n
    for (const bell of bells.splice(0)) bell()
  }
  return { clock, ring }
})

it.live("after a stall, an answer that has arrived is read before its connection counts as silent", () =>
  Effect.gen(function* () {
    const { clock, ring } = yield* makeClock
    const database = yield* Effect.provideService(databaseOf(0), Clock.Clock, clock)
    for (const isAnswered of [true, false]) {
      const socket = database.connect()
      const peer = yield* database.accepted
      ring(5)
      yield* Effect.sleep("20 millis")
      socket.write("?")
      yield* Effect.sleep("20 millis")
      ring(5)
      yield* Effect.sleep("20 millis")
      if (isAnswered) peer.write("!")
      ring(20)
      yield* Effect.sleep("20 millis")
      assert.strictEqual(socket.destroyed, !isAnswered)
      socket.destroy()
    }
  }).pipe(Effect.scoped)
)
