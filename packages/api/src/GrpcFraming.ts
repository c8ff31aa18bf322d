/**
 * Messages as gRPC puts them on a stream: five bytes before each, one of flags and four of its length
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Both sides use this module.
 *
 * @since 0.1.0
 */

/** Bytes before each message. */
const prefixBytes = 5

/** Bytes reserved for a message before they arrive, at most. */
const reservedBytesMax = 4_096

const empty = new Uint8Array(0)

/**
 * A message as it arrived.
 *
 * @category models
 * @since 0.1.0
 */
export interface Frame {
  readonly isCompressed: boolean
  readonly message: Uint8Array
}

/**
 * The reason why a stream is no sequence of messages: flags that nobody knows, or a message that is too large.
 *
 * @category models
 * @since 0.1.0
 */
export type FramingFault =
  | { readonly _tag: "UnknownFlags"; readonly flags: number }
  | { readonly _tag: "TooLarge"; readonly bytes: number; readonly bytesMax: number }

/**
 * Puts the prefix before a message that is not compressed; the message may come in parts.
 *
 * @category writing
 * @since 0.1.0
 */
export const frame = (...parts: ReadonlyArray<ArrayLike<number>>): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const framed = new Uint8Array(prefixBytes + length)
  writeLength(framed, length)
  let at = prefixBytes
  for (const part of parts) {
    framed.set(part, at)
    at += part.length
  }
  return framed
}

/**
 * The message in a frame that was made here.
 *
 * @category reading
 * @since 0.1.0
 */
export const messageIn = (framed: Uint8Array): Uint8Array => framed.subarray(prefixBytes)

/**
 * Finds the messages in the bytes of a stream, however they are split.
 *
 * It believes no announced length: what it holds of a message that is not whole is at most twice what has arrived of
 * it, and 4 KiB. Such bytes are copied, because each chunk of Node keeps alive all that was read together with it.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { GrpcFraming } from "@effect-dispatch/api"
 *
 * const framed = GrpcFraming.frame(Uint8Array.of(1, 2))
 * const reader = new GrpcFraming.FrameReader(1_024)
 * assert.deepStrictEqual(reader.take(framed.subarray(0, 6)), [])
 * const [frame] = reader.take(framed.subarray(6))
 * assert.deepStrictEqual(frame?.message, Uint8Array.of(1, 2))
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export class FrameReader {
  readonly #bytesMax: number
  /** The beginning of a frame that is not whole. */
  #held = empty
  #length = 0
  /** The length of that frame, once its prefix is there. */
  #total: number | undefined
  #fault: FramingFault | undefined

  /** Reads messages of at most so many bytes. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Set once the stream has a fault; nothing is read after it. */
  get fault(): FramingFault | undefined {
    return this.#fault
  }

  /** True while a message has begun and is not whole. */
  get isWithin(): boolean {
    return this.#length > 0
  }

  /** Bytes of memory taken for a message that is not whole. */
  get heldBytes(): number {
    return this.#held.length
  }

  /** Takes what arrived; gives the messages that are whole with it, those before a fault included. */
  take(chunk: Uint8Array): ReadonlyArray<Frame> {
    const frames: Array<Frame> = []
    let at = 0
    while (at < chunk.length && this.#fault === undefined) {
      const whole = this.#length === 0 ? this.#wholeAt(chunk, at) : undefined
      if (whole !== undefined) {
        frames.push(frameOf(chunk, at, whole))
        at += whole
        continue
      }
      if (this.#fault !== undefined) break
      const end = Math.min(chunk.length, at + (this.#total ?? prefixBytes) - this.#length)
      this.#append(chunk.subarray(at, end))
      at = end
      if (this.#length === this.#total) {
        const held = this.#release()
        frames.push(frameOf(held, 0, held.length))
      } else if (this.#fault !== undefined) this.#release()
    }
    return frames
  }

  /** The length of a frame that lies in a chunk as a whole. */
  #wholeAt(chunk: Uint8Array, at: number): number | undefined {
    if (chunk.length - at < prefixBytes) return undefined
    const total = this.#totalOf(chunk, at)
    return total === undefined || chunk.length - at < total ? undefined : total
  }

  #append(part: Uint8Array): void {
    const length = this.#length + part.length
    if (length > this.#held.length) {
      const reserved = Math.min(this.#total ?? prefixBytes, Math.max(2 * length, reservedBytesMax))
      const grown = new Uint8Array(reserved)
      grown.set(this.#held.subarray(0, this.#length))
      this.#held = grown
    }
    this.#held.set(part, this.#length)
    this.#length = length
    if (length === prefixBytes) this.#total = this.#totalOf(this.#held, 0)
  }

  #release(): Uint8Array {
    const whole = this.#held.subarray(0, this.#length)
    this.#held = empty
    this.#length = 0
    this.#total = undefined
    return whole
  }

  /** The length of a frame with its prefix; `undefined` for a fault. */
  #totalOf(bytes: Uint8Array, at: number): number | undefined {
    const flags = bytes[at] ?? 0
    const announced = readLength(bytes, at)
    if (flags > 1) this.#fault = { _tag: "UnknownFlags", flags }
    else if (announced > this.#bytesMax)
      this.#fault = { _tag: "TooLarge", bytes: announced, bytesMax: this.#bytesMax }
    return this.#fault === undefined ? prefixBytes + announced : undefined
  }
}

const frameOf = (bytes: Uint8Array, at: number, length: number): Frame => ({
  isCompressed: bytes[at] === 1,
  message: bytes.subarray(at + prefixBytes, at + length)
})

/** Four bytes in the order of the network. */
const readLength = (bytes: Uint8Array, at: number): number => {
  let length = 0
  for (let byte = at + 1; byte < at + prefixBytes; byte++) length = 256 * length + (bytes[byte] ?? 0)
  return length
}

const writeLength = (bytes: Uint8Array, length: number): void => {
  let left = length
  for (let at = prefixBytes - 1; at > 0; at--, left >>>= 8) bytes[at] = left
}
