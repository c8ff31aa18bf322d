/** Watches over messages that arrive, and cuts off those that do not come to an end. */
import * as http2 from "node:http2"
import { Clock, Duration, Effect, type Scope } from "effect"
import * as Background from "../background.ts"
import { arrivalLookInterval, callDurationMax, slowMessageAge, slowMessagesMax } from "../../ServiceLimits.ts"

const arrivalNanos = Duration.toNanosUnsafe(callDurationMax)
const slowNanos = Duration.toNanosUnsafe(slowMessageAge)

/** Requests whose message has not arrived as a whole. */
export class Arrivals {
  readonly #clock: Clock.Clock
  /** When each began to arrive, in this order. */
  readonly #begun = new Map<http2.ServerHttp2Stream, bigint>()

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  /** Looks for late messages every `arrivalLookInterval`, for the life of the scope. */
  static readonly make: Effect.Effect<Arrivals, never, Scope.Scope> = Effect.gen(function* () {
    const arrivals = new Arrivals(yield* Clock.Clock)
    const look = Effect.sync(() => arrivals.#cutOffLate())
    yield* Background.every("Looking at requests", arrivalLookInterval, look)
    return arrivals
  })

  begin(stream: http2.ServerHttp2Stream): void {
    this.#begun.set(stream, this.#clock.monotonicTimeNanosUnsafe())
  }

  end(stream: http2.ServerHttp2Stream): void {
    this.#begun.delete(stream)
  }

  // A message that arrives bit by bit is late as well, so the last sign of life does not count.
  #cutOffLate(): void {
    const now = this.#clock.monotonicTimeNanosUnsafe()
    const slow: Array<http2.ServerHttp2Stream> = []
    for (const [stream, begun] of this.#begun) {
      if (begun + arrivalNanos <= now) stream.close(http2.constants.NGHTTP2_CANCEL)
      else if (begun + slowNanos <= now) slow.push(stream)
      else break
    }
    for (const stream of slow.slice(0, Math.max(0, slow.length - slowMessagesMax)))
      stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
}
