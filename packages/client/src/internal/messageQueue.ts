/** The messages of a stream, between their arrival and their reader. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf"
import { Code, ConnectError } from "@connectrpc/connect"
import type * as Instrument from "@effect-dispatch/core/Instrument"
import { Result } from "effect"
import { unreadBytesMax } from "../ClientLimits.ts"
import { readMessage } from "./answerMessages.ts"

/** The call that fills a queue. */
export interface Source {
  readonly hold: (isHeld: boolean) => void
  readonly cancel: (failure: ConnectError) => void
}

interface Reader<A> {
  readonly resolve: (next: IteratorResult<A, undefined>) => void
  readonly reject: (failure: ConnectError) => void
}

/** Memory that a message takes beside its bytes, also one that has none. */
const overheadBytes = 64

const sizeOf = (message: Uint8Array): number => message.length + overheadBytes

/** Messages for one reader. A reader that is slow holds up the service, by the flow control of HTTP/2. */
export class MessageQueue<O extends DescMessage> implements AsyncIterable<MessageShape<O>> {
  readonly #schema: O
  readonly #source: Source
  readonly #held: Instrument.Tally
  readonly #waiting: Array<Uint8Array> = []
  #bytes = 0
  #isHeld = false
  #reader: Reader<MessageShape<O>> | undefined
  #end: { readonly failure: ConnectError | undefined } | undefined

  /** Counts in `held` how often its reader was too slow. */
  constructor(schema: O, source: Source, held: Instrument.Tally) {
    this.#schema = schema
    this.#source = source
    this.#held = held
  }

  add(messages: ReadonlyArray<Uint8Array>): void {
    for (const message of messages) {
      this.#waiting.push(message)
      this.#bytes += sizeOf(message)
    }
    this.#serve()
    if (this.#bytes > unreadBytesMax && !this.#isHeld) this.#hold(true)
  }

  /** There are no more messages; a failure is told after all that wait. */
  end(failure: ConnectError | undefined): void {
    this.#end ??= { failure }
    this.#serve()
  }

  [Symbol.asyncIterator](): AsyncIterator<MessageShape<O>, undefined> {
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.#reader = { resolve, reject }
          this.#serve()
        }),
      return: () => {
        this.#source.cancel(new ConnectError("the reader has gone", Code.Canceled))
        return Promise.resolve({ done: true, value: undefined })
      }
    }
  }

  #serve(): void {
    const reader = this.#reader
    if (reader === undefined) return
    const bytes = this.#waiting.shift()
    if (bytes !== undefined) return this.#give(reader, bytes)
    if (this.#end === undefined) return
    this.#reader = undefined
    if (this.#end.failure === undefined) reader.resolve({ done: true, value: undefined })
    else reader.reject(this.#end.failure)
  }

  #give(reader: Reader<MessageShape<O>>, bytes: Uint8Array): void {
    this.#reader = undefined
    this.#bytes -= sizeOf(bytes)
    if (this.#isHeld && this.#waiting.length === 0) this.#hold(false)
    const read = readMessage(this.#schema, bytes)
    if (Result.isSuccess(read)) return reader.resolve({ done: false, value: read.success })
    this.#source.cancel(read.failure)
    reader.reject(read.failure)
  }

  #hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    if (isHeld) this.#held.count += 1
    this.#source.hold(isHeld)
  }
}
