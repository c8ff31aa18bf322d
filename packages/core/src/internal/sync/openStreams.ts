/** The event streams that are open: one, and for a while two when one is renewed. Rules S1, S4, S6. */
import { type Deferred, Effect, type Scope } from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import type { SyncFailure } from "./syncFailure.ts"
import type { Sequence } from "../mirror/sequence.ts"

export interface OpenStream {
  /** Position in the order of inputs. */
  readonly openedAt: Sequence
  /** The same by the monotonic clock, in nanoseconds. */
  readonly since: bigint
  readonly scope: Scope.Closeable
  /** Completes when the subscription is confirmed, or never will be. */
  readonly effective: Effect.Effect<void, DispatchError>
  /** Completes when the stream has ended, with the reason. */
  readonly ended: Deferred.Deferred<SyncFailure>
  /** True if its events can no longer be trusted: it must be replaced at once (S6). */
  isOutdated: boolean
  /** True if it stands, as far as can be told: it was confirmed, or has been open for long enough. */
  stands: boolean
}

export class OpenStreams {
  readonly #streams = new Set<OpenStream>()
  /** The positions at which streams were asked for that are not open yet: their events may be from then on. */
  readonly #asked = new Set<Sequence>()
  #outdatedUpTo: Sequence = 0

  /** A stream is asked for, at a position, for the life of the scope. */
  ask(openedAt: Sequence): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => this.#asked.add(openedAt)),
        () => Effect.sync(() => this.#asked.delete(openedAt))
      )
    )
  }

  /** Takes in a stream that was just opened. */
  add(opened: Omit<OpenStream, "isOutdated" | "stands">): OpenStream {
    const stream = { ...opened, isOutdated: opened.openedAt <= this.#outdatedUpTo, stands: false }
    this.#streams.add(stream)
    return stream
  }

  delete(stream: OpenStream): void {
    this.#streams.delete(stream)
  }

  /** The position at which the oldest was asked for; `Infinity` if there is none. */
  get openedSince(): Sequence {
    return Math.min(...this.#asked)
  }

  /** The instant at which the oldest was opened, by the monotonic clock in nanoseconds. */
  get since(): bigint | undefined {
    let oldest: bigint | undefined
    for (const { since } of this.#streams) if (oldest === undefined || since < oldest) oldest = since
    return oldest
  }

  /** Notes which streams stand now; the returned function later tells if one of them has stood all the while. */
  watch(): () => boolean {
    const standing = [...this.#streams].filter(({ stands }) => stands)
    return () => standing.some((stream) => this.#streams.has(stream))
  }

  /** The streams that were opened no later than a position are outdated. */
  outdate(position: Sequence): void {
    this.#outdatedUpTo = Math.max(this.#outdatedUpTo, position)
    for (const stream of this.#streams) if (stream.openedAt <= position) stream.isOutdated = true
  }
}
