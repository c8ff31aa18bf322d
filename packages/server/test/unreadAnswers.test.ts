import { EventEmitter } from "node:events"
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { create as message, toBinary } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import { unreadBytesMax, unreadBytesPerKeyMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { cutOff } from "../src/internal/grpc/grpcCall.ts"
import { UnreadAnswers } from "../src/internal/grpc/unreadAnswers.ts"
import { create } from "./services.ts"
import { network, test, until } from "./serving.ts"
import { framed, once, rawCall, rawSession, statusOf } from "./wire.ts"

const page = WireLimits.pageBytesMax

/** Counted for each answer beside its bytes. */
const overhead = 8 * 1_024

/** The streams of calls that read nothing, on a session of their own. */
const unreadCalls = (unread: UnreadAnswers, answer: Buffer, count: number) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => http2.createServer({ maxSessionMemory: 1_024 })),
      (open) => Effect.sync(() => open.close())
    )
    server.on("stream", (stream: http2.ServerHttp2Stream) => {
      stream.on("error", () => {})
      stream.on("close", () => unread.forget(stream))
      stream.respond()
      unread.add(stream, "key", answer.length)
      stream.end(answer, () => unread.forget(stream))
    })
    server.listen(0, "127.0.0.1")
    yield* once(server, "listening")
    const { port } = server.address() as AddressInfo
    const session = yield* Effect.acquireRelease(
      Effect.sync(() =>
        http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 1_024 } })
      ),
      (open) => Effect.sync(() => open.destroy())
    )
    const ask = Effect.sync(() => session.request({ ":path": "/" }).on("error", () => {}))
    const calls = yield* Effect.replicateEffect(ask, count)
    yield* Effect.forEach(calls, (call) => once(call, "response"), { concurrency: "unbounded" })
    return calls
  })

describe("UnreadAnswers", () => {
  it.effect("when all together are too many bytes the oldest are cut off, at once", () =>
    Effect.gen(function* () {
      const unread = new UnreadAnswers(Infinity, cutOff)
      const calls = yield* unreadCalls(unread, Buffer.alloc(unreadBytesMax / 16 - overhead), 18)
      yield* until(() => calls.filter(({ closed }) => closed).length >= 2)
      yield* network
      assert.deepStrictEqual(
        calls.map(({ rstCode }) => rstCode === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM),
        calls.map((_, index) => index < 2)
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a key with too many bytes unread waits with its listings, and no other key does", () =>
    Effect.gen(function* () {
      const unread = new UnreadAnswers(4 * page, cutOff)
      const calls = yield* unreadCalls(unread, Buffer.alloc(page - overhead), 4)
      const listing = yield* Effect.forkScoped(
        unread.reservePage("key", () => {}),
        { startImmediately: true }
      )
      yield* unread.reservePage("other", () => {})
      yield* network
      assert.isUndefined(listing.pollUnsafe())
      calls[0]?.resume()
      yield* Fiber.join(listing)
      assert.isFalse(calls.slice(1).some(({ closed }) => closed))
    }).pipe(Effect.scoped)
  )

  it.effect("answers of a few bytes count as well, by the memory of their streams", () =>
    Effect.gen(function* () {
      const unread = new UnreadAnswers(4 * page, () => assert.fail("it was cut off"))
      const streams = Array.from({ length: (3 * page) / overhead + 1 }, () => new EventEmitter())
      for (const stream of streams) unread.add(stream as unknown as http2.ServerHttp2Stream, "key", 10)
      const listing = yield* Effect.forkScoped(
        unread.reservePage("key", () => {}),
        { startImmediately: true }
      )
      assert.isUndefined(listing.pollUnsafe())
      for (const stream of streams.slice(0, 8)) unread.forget(stream as unknown as http2.ServerHttp2Stream)
      yield* Fiber.join(listing)
    }).pipe(Effect.scoped)
  )

  it.effect("of the listings of one key as many are at work as there is room for their pages", () =>
    Effect.gen(function* () {
      const unread = new UnreadAnswers(2 * page, cutOff)
      const over: Array<() => void> = []
      const reserve = unread.reservePage("key", (release) => over.push(release))
      yield* reserve
      yield* reserve
      const third = yield* Effect.forkScoped(reserve, { startImmediately: true })
      const fourth = yield* Effect.forkScoped(reserve, { startImmediately: true })
      assert.isUndefined(third.pollUnsafe())
      // A call that waits and goes away leaves its turn to others.
      yield* Fiber.interrupt(third)
      over.shift()?.()
      yield* Fiber.join(fourth)
      assert.strictEqual(over.length, 2)
    }).pipe(Effect.scoped)
  )

  test("listings wait while the pages of a key lie unread at the socket, and are answered when these were read", () =>
    Effect.gen(function* () {
      yield* Effect.replicateEffect(create({ payload: { text: "x".repeat(45_000) } }), 24)
      const schema = Protobuf.ListMicrogridDispatchesRequestSchema
      const request = framed(toBinary(schema, message(schema, { microgridId: 1n })))
      const session = yield* rawSession({ settings: { initialWindowSize: 1_024 } })
      const most = unreadBytesPerKeyMax / page
      let answered = 0
      const calls = Array.from({ length: most + 10 }, () =>
        rawCall(session, "ListMicrogridDispatches", request).once("response", () => answered++)
      )
      yield* until(() => answered >= most - 4)
      yield* network
      assert.isAtMost(answered, most)
      const statuses = yield* Effect.forEach(calls, statusOf, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(statuses)], [0])
    }))
})
