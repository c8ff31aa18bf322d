import { spawn } from "node:child_process"
import * as http2 from "node:http2"
import { createInterface } from "node:readline"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isInFull, tell } from "./eventLoop.ts"
import { callsAtOnce, floods, send } from "./frames.ts"
import { call, messages, session, statusOf, target, type Target, whileAttacked } from "./grpc.ts"

/** The time that others may wait; in small, on machines that do other things as well, some more. */
const patience = (millis: number) => (isInFull ? millis : 10 * millis)

const keyOf = ({ key }: Target) => ({ key })

const closed = (stream: http2.ClientHttp2Stream): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (stream.closed) return resume(Effect.void)
    stream.once("close", () => resume(Effect.void))
  })

const report = (name: string, attacked: Target, longest: number) =>
  Effect.gen(function* () {
    const { peak } = yield* attacked.look
    yield* tell(`${name}: longest wait of others`, longest)
    yield* tell(`${name}: most memory`, peak, "MiB")
    return peak
  })

/** Waits until no stream is open at a server. */
const untilNoneIsOpen = (attacked: Target) =>
  Effect.gen(function* () {
    for (let time = 0; time < 3_000 && (yield* attacked.look).streams > 0; time++)
      yield* Effect.sleep("20 millis")
    assert.strictEqual((yield* attacked.look).streams, 0)
  })

describe("strangers on the port of gRPC", () => {
  it.live("24 requests of 4 MiB with a wrong key are refused, and cost nothing", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const large = Buffer.alloc(4 << 20)
      const attack = Effect.forEach(
        Array.from({ length: 24 }),
        () =>
          Effect.gen(function* () {
            const stream = call(yield* session(attacked), "CreateMicrogridDispatch", { key: "dk_wrong" })
            stream.end(large)
            return yield* statusOf(stream)
          }),
        { concurrency: "unbounded" }
      )
      const { longest, value } = yield* whileAttacked(attacked, keyOf(attacked), attack)
      assert.deepStrictEqual(value, Array(24).fill(16))
      assert.isBelow(longest, patience(300))
      assert.isAtMost(yield* report("24 strangers", attacked, longest), 300)
    }).pipe(Effect.scoped)
  )

  it.live("by whatever content type, 24 requests of 4 MiB are refused before they are read", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const large = Buffer.alloc(4 << 20)
      const attack = (type: string) =>
        Effect.gen(function* () {
          const open = yield* session(attacked)
          const stream = call(open, "CreateMicrogridDispatch", { ...keyOf(attacked), "content-type": type })
          stream.end(large)
          const status = yield* Effect.callback<unknown>((resume) => {
            stream.once("response", (headers) => resume(Effect.succeed(headers[":status"])))
            stream.once("close", () => resume(Effect.succeed("closed")))
          })
          return [status, open.socket?.bytesWritten < 256 * 1_024]
        })
      for (const type of [
        "application/grpc-web",
        "application/grpc-web-text",
        "application/grpc+json",
        "application/connect+proto",
        "application/proto",
        "application/json",
        "multipart/form-data"
      ]) {
        const all = Effect.replicateEffect(attack(type), 24, { concurrency: "unbounded" })
        const { longest, value } = yield* whileAttacked(attacked, keyOf(attacked), all)
        assert.deepStrictEqual(value, Array(24).fill([415, true]), type)
        assert.isBelow(longest, patience(300), type)
      }
      assert.isAtMost(yield* report("24 of each content type", attacked, 0), 300)
    }).pipe(Effect.scoped)
  )

  it.live(
    "64 connections with 4,000 calls each, of a stranger or with a key, hold up others for no long",
    () =>
      Effect.gen(function* () {
        const attacked = yield* target
        for (const [key, name, most] of [
          ["dk_wrong", "no", 300],
          [attacked.key, "a", 600]
        ] as const) {
          const flood = Effect.replicateEffect(
            send(attacked, callsAtOnce(key), isInFull ? 4_000 : 1_000),
            64,
            {
              concurrency: "unbounded"
            }
          )
          const { longest } = yield* whileAttacked(attacked, { key: attacked.otherKey }, flood)
          assert.isBelow(longest, patience(1_000), key)
          assert.isAtMost(yield* report(`calls at once with ${name} key`, attacked, longest), most)
        }
      }).pipe(Effect.scoped)
  )

  it.live("connections without a call are few, and let go", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const open = yield* Effect.replicateEffect(session(attacked), 200)
      yield* Effect.sleep("300 millis")
      const { longest } = yield* whileAttacked(attacked, keyOf(attacked), Effect.sleep("12 seconds"))
      assert.isTrue(open.every(({ closed }) => closed))
      assert.isBelow(longest, patience(300))
    }).pipe(Effect.scoped)
  )
})

describe("readers that read nothing", () => {
  it.live("a thousand unread lists of one key hold up nobody, and do not fill the memory", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const sessions = yield* Effect.replicateEffect(
        session(attacked, { settings: { initialWindowSize: 1 } }),
        4
      )
      const attack = Effect.gen(function* () {
        for (let time = 0; time < 250; time++)
          for (const open of sessions)
            call(open, "ListMicrogridDispatches", keyOf(attacked)).end(messages.list)
        yield* Effect.sleep(isInFull ? "10 seconds" : "3 seconds")
      })
      const { longest } = yield* whileAttacked(attacked, keyOf(attacked), attack)
      assert.isBelow(longest, patience(1_000))
      assert.isAtMost(yield* report("1,000 unread lists", attacked, longest), 600)
    }).pipe(Effect.scoped)
  )

  it.live("2,500 first listings with one key are all answered", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const sessions = yield* Effect.replicateEffect(session(attacked), isInFull ? 2_500 : 50)
      const answered = yield* Effect.forEach(
        Array.from({ length: isInFull ? 2_500 : 500 }, (_, index) => sessions[index % sessions.length]),
        (open) =>
          Effect.suspend(() => {
            if (open === undefined) return Effect.succeed(-1)
            const stream = call(open, "ListMicrogridDispatches", keyOf(attacked))
            stream.end(messages.list)
            return statusOf(stream)
          }),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answered.filter((status) => status !== 0),
        []
      )
      yield* report("first listings", attacked, 0)
    }).pipe(Effect.scoped)
  )
})

describe("messages and resets", () => {
  it.live("lengths that are announced, and bytes one by one, take no memory", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const before = (yield* attacked.look).peak
      const open = yield* session(attacked)
      const announced = Buffer.from([0, 0, 15, 255, 255])
      const attack = Effect.gen(function* () {
        const calls = Array.from({ length: 1_000 }, () => {
          const stream = call(open, "CreateMicrogridDispatch", keyOf(attacked))
          stream.write(announced)
          return stream
        })
        for (let byte = 0; byte < 20; byte++) {
          for (const stream of calls) if (!stream.closed) stream.write(Buffer.of(10))
          yield* Effect.sleep("10 millis")
        }
      })
      const { longest } = yield* whileAttacked(attacked, keyOf(attacked), attack)
      assert.isBelow(longest, patience(300))
      const peak = yield* report("1,000 announced lengths", attacked, longest)
      assert.isBelow(peak - before, 100)
    }).pipe(Effect.scoped)
  )

  it.live("messages that are no protobuf, or far too deep, are refused one by one", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const open = yield* session(attacked)
      const deep = (depth: number): Uint8Array => {
        let inner = Buffer.alloc(0)
        for (let level = 0; level < depth; level++)
          inner = Buffer.concat([Buffer.from([0x2a]), varint(inner.length), inner])
        return inner
      }
      for (const [body, status] of [
        [Buffer.from([255, 255, 255]), 3],
        // Bad UTF-8 in the type.
        [Buffer.from([8, 1, 0x12, 4, 0x0a, 2, 0xc3, 0x28]), 3],
        [Buffer.concat([Buffer.from([8, 1]), deep(2_000)]), 3]
      ] as const) {
        const stream = call(open, "CreateMicrogridDispatch", keyOf(attacked))
        stream.end(frame(body))
        assert.strictEqual(yield* statusOf(stream), status)
      }
    }).pipe(Effect.scoped)
  )

  it.live("calls that are reset at once, again and again, leave nothing open", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const rounds = isInFull ? 100 : 10
      const attack = Effect.gen(function* () {
        for (let round = 0; round < rounds; round++) {
          const open = yield* session(attacked)
          const calls = Array.from({ length: 200 }, (_, index) => {
            const isStream = index % 2 === 0
            const stream = call(
              open,
              isStream ? "StreamMicrogridDispatches" : "ListMicrogridDispatches",
              keyOf(attacked)
            )
            stream.end(isStream ? messages.stream : messages.list)
            setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), index % 7)
            return stream
          })
          yield* Effect.forEach(calls, closed, { concurrency: "unbounded" })
          open.destroy()
        }
      })
      const { longest } = yield* whileAttacked(attacked, keyOf(attacked), attack)
      assert.isBelow(longest, patience(1_000))
      yield* report("rapid resets", attacked, longest)
      yield* untilNoneIsOpen(attacked)
    }).pipe(Effect.scoped)
  )

  for (const [name, flood] of Object.entries(floods))
    it.live(`a flood of ${name} holds up nobody, and takes no memory`, () =>
      Effect.gen(function* () {
        const attacked = yield* target
        const before = (yield* attacked.look).peak
        const attack = Effect.replicateEffect(send(attacked, flood, isInFull ? 100_000 : 10_000), 4, {
          concurrency: "unbounded"
        })
        const { longest } = yield* whileAttacked(attacked, { key: attacked.otherKey }, attack)
        assert.isBelow(longest, patience(500))
        const peak = yield* report(`a flood of ${name}`, attacked, longest)
        assert.isBelow(peak - before, 150)
        yield* untilNoneIsOpen(attacked)
      }).pipe(Effect.scoped)
    )

  it.live("a reader that is stopped with a thousand streams holds up nobody, and is let go", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const before = (yield* attacked.look).peak
      const reader = yield* reading(attacked, 1_000)
      assert.strictEqual((yield* attacked.look).streams, 1_000)
      reader.kill("SIGSTOP")
      const open = yield* session(attacked)
      const change = Effect.suspend(() =>
        statusOf(call(open, "CreateMicrogridDispatch", keyOf(attacked)).end(messages.create))
      )
      const attack = Effect.gen(function* () {
        for (let time = 0; time < 300; time++) assert.strictEqual(yield* change, 0)
      })
      const { longest } = yield* whileAttacked(attacked, keyOf(attacked), attack)
      assert.isBelow(longest, patience(500))
      const peak = yield* report("a stopped reader", attacked, longest)
      assert.isBelow(peak - before, 300)
      if (isInFull) yield* untilNoneIsOpen(attacked)
    }).pipe(Effect.scoped)
  )

  it.live("a client that stops with a thousand streams leaves nothing open", () =>
    Effect.gen(function* () {
      const attacked = yield* target
      const open = yield* session(attacked)
      const streams = Array.from({ length: 1_000 }, () =>
        call(open, "StreamMicrogridDispatches", keyOf(attacked)).end(messages.stream)
      )
      yield* Effect.forEach(
        streams,
        (stream) =>
          Effect.callback<void>((resume) => void stream.once("response", () => resume(Effect.void))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* attacked.look).streams, 1_000)
      open.socket.destroy()
      yield* untilNoneIsOpen(attacked)
    }).pipe(Effect.scoped)
  )
})

/** A process that reads so many streams, for the life of the scope. */
const reading = ({ key, port }: Target, count: number) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(
          process.execPath,
          [new URL("grpcReader.ts", import.meta.url).pathname, String(port), key, String(count)],
          { stdio: ["ignore", "pipe", "inherit"] }
        )
      ),
      (started) => Effect.sync(() => started.kill("SIGKILL"))
    )
    const lines = createInterface({ input: child.stdout })
    yield* Effect.callback<void>((resume) => void lines.once("line", () => resume(Effect.void)))
    return child
  })

const varint = (value: number): Buffer => {
  const bytes: Array<number> = []
  let left = value
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  bytes.push(left)
  return Buffer.from(bytes)
}
