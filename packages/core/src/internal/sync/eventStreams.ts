/**
 * Keeps an event stream open: reconnects when it ends, and renews it before it grows old. Nothing waits for the end of a
 * stream but its own reader. Rules S1, S3, S4.
 *
 * ```text
 *   connect ──> stands ── old, or outdated ──> renew ──> the next one stands: the old one is closed
 *      ^           └────── ends ──┐              │
 *      └──────── pause <──────────┴── ends <─────┘
 * ```
 */
import {
  Clock,
  Deferred,
  Duration,
  Effect,
  Exit,
  type Fiber,
  Metric,
  Option,
  Random,
  Scope,
  Stream
} from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import * as Metrics from "../../Metrics.ts"
import { effectiveTimeout, healthyAfter, renewalTimeout, spread } from "../../SyncSettings.ts"
import type { ListingReason } from "../metricLabels.ts"
import type { Sequence } from "../mirror/sequence.ts"
import type { OpenStream } from "./openStreams.ts"
import { describe, endOf, pause, type SyncFailure } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

export class EventStreams {
  readonly #owner: SyncOwner
  readonly #requestListing: (reason: ListingReason) => void
  /** The stream that is followed; absent while one is opened after a break. */
  #stream: OpenStream | undefined
  /** Waits until the stream is old, or opens the next one. */
  #renewal: Fiber.Fiber<unknown, unknown> | undefined
  #isRenewing = false
  /** The number of failures in a row. */
  #failures = 0
  /** The instant at which a stream first stood since the last break, by the monotonic clock. */
  #stoodSince: bigint | undefined

  constructor(owner: SyncOwner, requestListing: (reason: ListingReason) => void) {
    this.#owner = owner
    this.#requestListing = requestListing
  }

  /** Begins to keep a stream open. */
  begin(): void {
    this.#owner.errands.begin(this.#connect)
  }

  /** Renews at once a stream that was opened no later than a position. */
  renewUpTo(position: Sequence): void {
    this.#owner.streams.outdate(position)
    if (this.#stream?.isOutdated !== true || this.#isRenewing) return
    this.#renewal?.interruptUnsafe()
    this.#renewNow()
  }

  /** Opens a stream, again and again until one stands. */
  get #connect(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        this.#stoodSince = undefined
        const end = yield* this.#open(effectiveTimeout)
        if (end === undefined) return
        yield* this.#broken(end)
      }
    })
  }

  /** Tells that there is no stream, and waits before the next attempt. */
  #broken(end: SyncFailure): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { recovery, tell } = this.#owner
      this.#failures = (yield* this.#wasHealthy) ? 0 : this.#failures + 1
      yield* tell({ _tag: "Broken", call: "stream", cause: end.cause })
      // Only a listing can confirm knowledge of an earlier process, and no stream will ask for one.
      if (recovery.isOn) this.#requestListing("Recovery")
      yield* Metric.update(Metrics.reconnects.at(end.reason), 1)
      yield* pause(end, this.#failures)
    })
  }

  get #wasHealthy(): Effect.Effect<boolean> {
    return Effect.map(Clock.monotonicTimeNanos, (now) => {
      const stood = Duration.nanos(now - (this.#stoodSince ?? now))
      return Duration.isGreaterThanOrEqualTo(stood, healthyAfter)
    })
  }

  #renewNow(): void {
    // Its fiber is known before the next stream stands, which has a renewal of its own.
    this.#renewal = this.#owner.errands.begin(Effect.andThen(Effect.yieldNow, this.#renew))
  }

  /** Opens the next stream, again and again until one stands. */
  get #renew(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#isRenewing = true
      for (let failures = 1; ; failures++) {
        const end = yield* this.#open(renewalTimeout)
        if (end === undefined) return
        const { cause, hopeless, reason } = end
        yield* Effect.logWarning(`Could not renew the event stream: ${cause}`)
        yield* Metric.update(Metrics.reconnects.at(reason), 1)
        yield* pause({ hopeless }, failures)
      }
    })
  }

  /** Opens a stream in a scope of its own, and follows it once it stands; gives the reason if it never will. */
  #open(atMost: Duration.Duration): Effect.Effect<SyncFailure | undefined> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function* () {
        const scope = yield* Scope.fork(this.#owner.errands.scope)
        const opened = yield* Effect.exit(restore(this.#confirmed(scope, atMost)))
        const end = Exit.isSuccess(opened) ? opened.value : describe(opened.cause)
        if ("openedAt" in end) return yield* this.#follow(end)
        yield* Scope.close(scope, Exit.void)
        return end
      })
    )
  }

  /** Follows a stream that stands, in the place of the one before. */
  #follow(stream: OpenStream): Effect.Effect<undefined> {
    return Effect.gen({ self: this }, function* () {
      const { errands, settings } = this.#owner
      const age = spread(settings.streamAgeMax, yield* Random.next)
      const before = this.#stream
      this.#stream = stream
      this.#isRenewing = false
      if (Deferred.isDoneUnsafe(stream.ended)) this.#lose(stream)
      else if (stream.isOutdated) this.#renewNow()
      else this.#renewal = errands.beginAfter(age, this.#renew)
      if (before !== undefined) errands.begin(Scope.close(before.scope, Exit.void))
      return undefined
    })
  }

  /** A stream has ended. If it was followed, another is opened. */
  #lose(stream: OpenStream): void {
    if (stream !== this.#stream) return
    this.#stream = undefined
    this.#renewal?.interruptUnsafe()
    this.#isRenewing = false
    const reconnect = Effect.gen({ self: this }, function* () {
      yield* Scope.close(stream.scope, Exit.void)
      yield* this.#broken(yield* Deferred.await(stream.ended))
      yield* this.#connect
    })
    this.#owner.errands.begin(reconnect)
  }

  /**
   * Opens a stream and waits for its confirmation; gives the reason if there will be none. If it takes too long, goes on
   * without it, and lists once more when it comes (S1).
   */
  #confirmed(
    scope: Scope.Closeable,
    atMost: Duration.Duration
  ): Effect.Effect<OpenStream | SyncFailure, DispatchError> {
    return Effect.gen({ self: this }, function* () {
      const stream = yield* this.#opened(scope)
      const { effective, ended } = stream
      const outcome = yield* Effect.raceFirst(Effect.exit(effective), Deferred.await(ended)).pipe(
        Effect.timeoutOption(atMost)
      )
      if (Option.isNone(outcome)) {
        const confirmed = Effect.sync(() => this.#requestListing("Connected"))
        this.#owner.errands.begin(Effect.ignore(Effect.andThen(effective, confirmed)), scope)
      } else if (!Exit.isExit(outcome.value)) {
        return outcome.value
      } else if (Exit.isFailure(outcome.value)) {
        return describe(outcome.value.cause)
      }
      yield* this.#stands(stream, Option.isSome(outcome) ? "Connected" : "Unconfirmed")
      return stream
    })
  }

  /** Opens a stream and has it read, within its scope. */
  #opened(scope: Scope.Closeable): Effect.Effect<OpenStream, DispatchError> {
    return Effect.gen({ self: this }, function* () {
      const { errands, mark, streams, tell } = this.#owner
      const openedAt = mark()
      const since = yield* Clock.monotonicTimeNanos
      const origin = yield* currentSpan
      yield* Scope.provide(streams.ask(openedAt), scope)
      const { effective, events } = yield* Scope.provide(this.#subscribe, scope)
      const stream = streams.add({ openedAt, since, scope, effective, ended: Deferred.makeUnsafe() })
      yield* Scope.addFinalizer(
        scope,
        Effect.sync(() => streams.delete(stream))
      )
      const end = (exit: Exit.Exit<void, DispatchError>): void => {
        streams.delete(stream)
        Deferred.doneUnsafe(stream.ended, Exit.succeed(endOf(exit)))
        this.#lose(stream)
      }
      const read = Stream.runForEach(events, (event) => tell({ _tag: "Event", event, openedAt, origin }))
      errands.begin(Effect.exit(Effect.onExit(read, (exit) => Effect.sync(() => end(exit)))), scope)
      return stream
    }).pipe(traced(this.#owner.microgridId, "connect"))
  }

  /** Calls the service. While its answer takes too long, lists anyway (S1). */
  get #subscribe() {
    const { client, microgridId } = this.#owner
    const impatient = Effect.sleep(effectiveTimeout).pipe(
      Effect.andThen(Effect.sync(() => this.#requestListing("Unconfirmed"))),
      Effect.andThen(Effect.never)
    )
    return Effect.raceFirst(client.stream(microgridId), impatient)
  }

  #stands(stream: OpenStream, because: ListingReason): Effect.Effect<void> {
    return Effect.map(Clock.monotonicTimeNanos, (now) => {
      stream.stands = true
      this.#stoodSince ??= now
      this.#requestListing(because)
    })
  }
}
