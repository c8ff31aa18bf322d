/** Keeps an event stream open: reconnects when it ends, and renews it before it grows old. Rules S1, S3, S4. */
import { Clock, Deferred, Duration, Effect, Exit, Metric, Option, Random, Scope, Stream } from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import * as Metrics from "../../Metrics.ts"
import { effectiveTimeout, healthyAfter, renewalTimeout, spread } from "../../SyncSettings.ts"
import type { ListingReason } from "../metricLabels.ts"
import type { OpenStream } from "./openStreams.ts"
import { describe, endOf, pause, type SyncFailure } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

export class EventStreams {
  readonly #owner: SyncOwner
  readonly #requestListing: (reason: ListingReason) => void
  /** The instant at which a stream first stood since the last break, by the monotonic clock. */
  #stoodSince: bigint | undefined

  constructor(owner: SyncOwner, requestListing: (reason: ListingReason) => void) {
    this.#owner = owner
    this.#requestListing = requestListing
  }

  /** Keeps a stream open, for ever. */
  get run(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function* () {
      const { recovery, tell } = this.#owner
      for (let failures = 0; ;) {
        this.#stoodSince = undefined
        const exit = yield* Effect.exit(Effect.scoped(this.#follow))
        const end = Exit.isSuccess(exit) ? exit.value : describe(exit.cause)
        failures = (yield* this.#wasHealthy) ? 0 : failures + 1
        yield* tell({ _tag: "Broken", call: "stream", cause: end.cause })
        // Only a listing can confirm knowledge of an earlier process, and no stream will ask for one.
        if (recovery.isOn) this.#requestListing("Recovery")
        yield* Metric.update(Metrics.reconnects.at(end.reason), 1)
        yield* pause(end, failures)
      }
    })
  }

  get #wasHealthy(): Effect.Effect<boolean> {
    return Effect.map(Clock.monotonicTimeNanos, (now) => {
      const stood = Duration.nanos(now - (this.#stoodSince ?? now))
      return Duration.isGreaterThanOrEqualTo(stood, healthyAfter)
    })
  }

  /** Opens a stream and follows it to its end; if it is old or outdated, the next one stands before it is closed. */
  get #follow() {
    return Effect.gen({ self: this }, function* () {
      const { settings } = this.#owner
      let stream = yield* this.#openStream
      const refused = yield* this.#awaitConfirmation(stream, effectiveTimeout)
      if (refused !== undefined) return refused
      for (;;) {
        const ended = Effect.map(Deferred.await(stream.ended), (end) => ({ end }))
        const age = spread(settings.streamAgeMax, yield* Random.next)
        const old = Effect.timeoutOption(stream.outdated.await, age)
        const renewal = Effect.map(Effect.andThen(old, this.#renew), (next) => ({ next }))
        const outcome = yield* Effect.raceFirst(ended, renewal)
        if ("end" in outcome) return outcome.end
        yield* Scope.close(stream.scope, Exit.void)
        stream = outcome.next
      }
    })
  }

  /** Opens the next stream, again and again until one stands. */
  get #renew() {
    return Effect.gen({ self: this }, function* () {
      for (let failures = 1; ; failures++) {
        const next = yield* this.#openNext
        if ("openedAt" in next) return next
        const { cause, hopeless, reason } = next
        yield* Effect.logWarning(`Could not renew the event stream: ${cause}`)
        yield* Metric.update(Metrics.reconnects.at(reason), 1)
        yield* pause({ hopeless }, failures)
      }
    })
  }

  /** Opens a stream and returns it once it stands, or else the reason why it never will. */
  get #openNext(): Effect.Effect<OpenStream | SyncFailure, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const opened = yield* Effect.exit(this.#openStream)
      if (Exit.isFailure(opened)) return describe(opened.cause)
      const stream = opened.value
      const refused = yield* this.#awaitConfirmation(stream, renewalTimeout)
      if (refused === undefined) return stream
      yield* Scope.close(stream.scope, Exit.void)
      return refused
    })
  }

  /** Opens a stream within the scope at hand, in a scope of its own. */
  get #openStream() {
    return Effect.gen({ self: this }, function* () {
      const { mark, streams, tell } = this.#owner
      const openedAt = mark()
      const since = yield* Clock.monotonicTimeNanos
      const origin = yield* currentSpan
      const scope = yield* Scope.fork(yield* Effect.scope)
      yield* Scope.provide(streams.ask(openedAt), scope)
      const { effective, events } = yield* Effect.onError(Scope.provide(this.#subscribe, scope), () =>
        Scope.close(scope, Exit.void)
      )
      const ended = yield* Deferred.make<SyncFailure>()
      const stream = streams.add({ openedAt, since, scope, effective, ended })
      const close = Effect.sync(() => streams.delete(stream))
      yield* Scope.addFinalizer(scope, close)
      const pump = Stream.runForEach(events, (event) => tell({ _tag: "Event", event, openedAt, origin }))
      const end = (exit: Exit.Exit<void, DispatchError>) =>
        Effect.andThen(close, Deferred.succeed(ended, endOf(exit)))
      yield* Effect.forkIn(Effect.onExit(pump, end), scope)
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

  /**
   * Waits for the confirmation, and returns the reason if there will be none. If it takes too long, goes on without it,
   * and lists once more when it comes (S1).
   */
  #awaitConfirmation(stream: OpenStream, atMost: Duration.Duration): Effect.Effect<SyncFailure | undefined> {
    return Effect.gen({ self: this }, function* () {
      const { effective, ended, scope } = stream
      const outcome = yield* Effect.raceFirst(Effect.exit(effective), Deferred.await(ended)).pipe(
        Effect.timeoutOption(atMost)
      )
      if (Option.isNone(outcome)) {
        const confirmed = Effect.sync(() => this.#requestListing("Connected"))
        yield* Effect.forkIn(Effect.ignore(Effect.andThen(effective, confirmed)), scope)
      } else if (!Exit.isExit(outcome.value)) {
        return outcome.value
      } else if (Exit.isFailure(outcome.value)) {
        return describe(outcome.value.cause)
      }
      yield* this.#stands(stream, Option.isSome(outcome) ? "Connected" : "Unconfirmed")
      return undefined
    })
  }

  #stands(stream: OpenStream, because: ListingReason): Effect.Effect<void> {
    return Effect.map(Clock.monotonicTimeNanos, (now) => {
      stream.stands = true
      this.#stoodSince ??= now
      this.#requestListing(because)
    })
  }
}
