import { StreamMicrogridDispatchesResponseSchema } from "@effect-dispatch/api/Protobuf"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { MessageQueue } from "../src/internal/messageQueue.ts"

const queue = () => {
  const holds: Array<boolean> = []
  const source = {
    hold: (isHeld: boolean) => void holds.push(isHeld),
    cancel: () => assert.fail("it was cancelled")
  }
  const made = new MessageQueue(StreamMicrogridDispatchesResponseSchema, source, { count: 0 })
  return { holds, queue: made, reader: made[Symbol.asyncIterator]() }
}

/** A message of so many bytes, all of a field that nobody knows. */
const messageOf = (length: number): Uint8Array => {
  const message = new Uint8Array(length)
  message.set([0xfa, 0x01, ((length - 5) & 127) | 128, ((length - 5) >> 7) | 128, (length - 5) >> 14])
  return message
}

describe("MessageQueue", () => {
  it.effect("messages that were read are let go, also while others always wait", () =>
    Effect.gen(function* () {
      const { holds, queue: waiting, reader } = queue()
      waiting.add([messageOf(30_000)])
      const before = process.memoryUsage().arrayBuffers
      for (let time = 0; time < 10_000; time++) {
        waiting.add([messageOf(30_000)])
        yield* Effect.promise(() => reader.next())
      }
      assert.isBelow(process.memoryUsage().arrayBuffers - before, 150_000_000)
      assert.deepStrictEqual(holds, [])
    })
  )

  it.effect("messages without bytes hold up the service as well, until all were read", () =>
    Effect.gen(function* () {
      const { holds, queue: waiting, reader } = queue()
      waiting.add(Array.from({ length: 2_000 }, () => new Uint8Array(0)))
      assert.deepStrictEqual(holds, [true])
      for (let time = 0; time < 1_999; time++) yield* Effect.promise(() => reader.next())
      assert.deepStrictEqual(holds, [true])
      yield* Effect.promise(() => reader.next())
      assert.deepStrictEqual(holds, [true, false])
    })
  )
})
