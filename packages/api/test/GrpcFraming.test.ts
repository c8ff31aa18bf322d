import { type Frame, frame, FrameReader, type FramingFault } from "@effect-dispatch/api/GrpcFraming"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"

const bytesMax = 300

interface Read {
  readonly frames: ReadonlyArray<Frame>
  readonly fault: FramingFault | undefined
  readonly isWithin: boolean
}

/** Reads bytes in pieces that end at these places, and checks the memory at each. */
const read = (bytes: Uint8Array, ends: ReadonlyArray<number>): Read => {
  const reader = new FrameReader(bytesMax)
  const frames: Array<Frame> = []
  let at = 0
  for (const end of [...ends.toSorted((one, other) => one - other), bytes.length]) {
    // A chunk of Node is overwritten, or kept, as its pool likes.
    const chunk = bytes.slice(at, end)
    frames.push(
      ...reader.take(chunk).map(({ isCompressed, message }) => ({ isCompressed, message: message.slice() }))
    )
    chunk.fill(0xaa)
    assert.isAtMost(reader.heldBytes, 2 * end + 4_096)
    at = end
  }
  return { frames, fault: reader.fault, isWithin: reader.isWithin }
}

const between = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const arrayOf = <A>(one: Arbitrary.Arbitrary<A>, maxLength: number) => Arbitrary.array(one, { maxLength })

/** Bytes that are mostly messages, with mistakes among them. */
const streams = Arbitrary.map(
  arrayOf(
    Arbitrary.all({
      length: between(0, bytesMax + 2),
      flags: between(0, 20),
      cut: between(0, 40),
      fill: between(0, 255)
    }),
    8
  ),
  (parts) => {
    const pieces = parts.map(({ cut, fill, flags, length }) => {
      const framed = frame(new Uint8Array(length).fill(fill))
      if (flags > 17) framed[0] = flags - 16
      return cut === 0 ? framed.subarray(0, framed.length >> 1) : framed
    })
    return new Uint8Array(Buffer.concat(pieces))
  }
)

const noise = Arbitrary.map(arrayOf(between(0, 255), 100), (bytes) => Uint8Array.from(bytes))

const ends = (bytes: Uint8Array, shares: ReadonlyArray<number>) =>
  shares.map((share) => Math.floor((share / 1_000) * bytes.length))

describe("GrpcFraming", () => {
  for (const [name, some] of [
    ["messages with mistakes among them", streams],
    ["noise", noise]
  ] as const) {
    it.prop(
      `any split of ${name} gives the same messages and the same fault, and holds little memory`,
      [some, arrayOf(between(0, 1_000), 12)],
      ([bytes, shares]) => {
        const whole = read(bytes, [])
        assert.deepStrictEqual(read(bytes, ends(bytes, shares)), whole)
        assert.deepStrictEqual(
          read(
            bytes,
            Array.from(bytes, (_, index) => index)
          ),
          whole
        )
      }
    )
  }

  it("what was framed is read as it was", () => {
    const messages = [0, 1, 5, bytesMax].map((length) => new Uint8Array(length).fill(length))
    const { fault, frames, isWithin } = read(
      new Uint8Array(Buffer.concat(messages.map((message) => frame(message)))),
      []
    )
    assert.deepStrictEqual(
      frames,
      messages.map((message) => ({ isCompressed: false, message }))
    )
    assert.deepStrictEqual([fault, isWithin], [undefined, false])
  })

  it("an announced length reserves nothing that has not arrived", () => {
    const reader = new FrameReader(1 << 30)
    reader.take(Uint8Array.of(0, 0x3f, 0xff, 0xff, 0xff))
    reader.take(new Uint8Array(100))
    assert.isAtMost(reader.heldBytes, 4_096)
    assert.isTrue(reader.isWithin)
  })

  it("a length beyond the limit and unknown flags are refused with the prefix, before a byte of the message", () => {
    const large = new FrameReader(10)
    assert.deepStrictEqual(large.take(Uint8Array.of(0, 0, 0, 0, 11)), [])
    assert.deepStrictEqual(large.fault, { _tag: "TooLarge", bytes: 11, bytesMax: 10 })
    const flagged = new FrameReader(10)
    assert.deepStrictEqual(flagged.take(Uint8Array.of(1, 0, 0, 0, 1, 7, 2, 0, 0, 0, 0)), [
      { isCompressed: true, message: Uint8Array.of(7) }
    ])
    assert.deepStrictEqual(flagged.fault, { _tag: "UnknownFlags", flags: 2 })
    assert.deepStrictEqual(flagged.take(frame(Uint8Array.of(1))), [])
  })
})
