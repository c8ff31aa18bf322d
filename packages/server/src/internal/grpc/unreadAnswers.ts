/** Counts the bytes of answers that were handed over and that the socket has not taken. */
import type * as http2 from "node:http2"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Effect } from "effect"
import { callsWaitingMax, unreadBytesMax } from "../../ServiceLimits.ts"
import { Rooms, type WhenOver } from "../rooms.ts"

/** Memory that an answer takes beside its bytes, above all for its stream. */
const overheadBytes = 8 * 1_024

interface Unread {
  readonly bytes: number
  readonly giveBack: () => void
}

/**
 * A key that reads nothing keeps its own listings waiting, and nobody else's. When all keys together have too many
 * bytes unread, the oldest answers are cut off.
 */
export class UnreadAnswers {
  readonly #ofKeys: Rooms
  readonly #cutOff: (stream: http2.ServerHttp2Stream) => void
  /** In the order in which they were handed over. */
  readonly #unread = new Map<http2.ServerHttp2Stream, Unread>()
  #bytes = 0

  constructor(bytesPerKeyMax: number, cutOff: (stream: http2.ServerHttp2Stream) => void) {
    this.#ofKeys = new Rooms({ units: bytesPerKeyMax, waitingMax: callsWaitingMax })
    this.#cutOff = cutOff
  }

  /** Waits until a key has room for a page; the room is the call's until it is over. */
  reservePage(
    keyId: string | undefined,
    whenOver: WhenOver
  ): Effect.Effect<void, DispatchError.DispatchError> {
    return Effect.flatMap(this.#ofKeys.take(keyId, WireLimits.pageBytesMax, whenOver), (isTaken) =>
      isTaken ? Effect.void : Effect.fail(tooMany)
    )
  }

  /** Counts an answer until the socket has taken it, or its stream is gone. */
  add(stream: http2.ServerHttp2Stream, keyId: string | undefined, length: number): void {
    const bytes = length + overheadBytes
    this.#unread.set(stream, { bytes, giveBack: this.#ofKeys.takeAnyway(keyId, bytes) })
    this.#bytes += bytes
    for (const oldest of this.#unread.keys()) {
      if (this.#bytes <= unreadBytesMax) return
      this.forget(oldest)
      this.#cutOff(oldest)
    }
  }

  forget(stream: http2.ServerHttp2Stream): void {
    const unread = this.#unread.get(stream)
    if (unread === undefined) return
    this.#unread.delete(stream)
    this.#bytes -= unread.bytes
    unread.giveBack()
  }
}

const tooMany = DispatchError.resourceExhausted(
  `${callsWaitingMax} listings of the key wait for their pages to be read, which is the most there may be`
)
