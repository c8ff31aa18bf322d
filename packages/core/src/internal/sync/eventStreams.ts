/** Keeps an event stream open: reconnects when it ends, and renews it before it grows old. Rules S1, S3, S4. */
import { Clock, Deferred, Duration, Effect, Exit, Latch, Metric, Option, Random, Scope, Stream } from "effect"
import type { DispatchError } from "../../DispatchError.ts"
import * as Metrics from "../../Metrics.ts"
import { spread } from "../../SyncSettings.ts"
import type { ListingReason } from "../metricLabels.ts"
import { describe, endOf, pause, type SyncFailure } from "./syncFailure.ts"
import type { SyncOwner } from "./syncOwner.ts"
import { currentSpan, traced } from "./syncSpans.ts"

interface OpenStream {
  /** Position in the order of inputs. */
  readonly openedAt: number
  /** The same by the monotonic clock, in nanoseconds. */
  readonly since: bigint
  readonly scope: Scope.Closeable
  /** Completes when the subscription is confirmed, or never will be. */
  readonly effective: Effect.Effect<void, DispatchError>
  /** Open if what it tells is not to be trusted any more: it is to be replaced at once (S6). */
  readonly outdated: Latch.Latch
  /** Completes when the stream has ended, with why. */
  readonly ended: Deferred.Deferred<SyncFailure>
  /** Whether it stands, as far as can be told: it was confirmed, or has been open for long enough. */
  stands: boolean
}

/** The event streams of one microgrid: one, and for a while two when one is renewed. */
export interface EventStreams {
  /** The position at which the oldest open stream was opened; `Infinity` if none is open. */
  readonly openSince: () => number
  /** When the oldest open stream was opened, by the monotonic clock in nanoseconds. */
  readonly since: () => bigint | undefined
  /** Notes which streams stand now; the answer tells, later, whether one of them has stood all the while. */
  readonly watch: () => () => boolean
  /** Replaces the streams that were opened no later than a position, at once. */
  readonly renewUpTo: (position: number) => void
  /** Keeps a stream open, for ever. */
  readonly run: Effect.Effect<never>
}

export const make = (owner: SyncOwner, requestListing: (reason: ListingReason) => void): EventStreams => {
  const { client, mark, microgridId, recovery, settings, tell } = owner
  const open = new Set<OpenStream>()
  /** When a stream first stood since the last break, by the monotonic clock. */
  let stoodSince: bigint | undefined
  let outdatedUpTo = 0

  const stands = (stream: OpenStream, because: ListingReason) =>
    Effect.map(Clock.monotonicTimeNanos, (now) => {
      stream.stands = true
      stoodSince ??= now
      requestListing(because)
    })

  /** Opens a stream within the scope at hand, in a scope of its own. While that takes too long, lists anyway (S1). */
  const openStream = Effect.gen(function* () {
    const openedAt = mark()
    const since = yield* Clock.monotonicTimeNanos
    const origin = yield* currentSpan
    const scope = yield* Scope.fork(yield* Effect.scope)
    const impatient = Effect.sleep(settings.effectiveTimeout).pipe(
      Effect.andThen(Effect.sync(() => requestListing("Unconfirmed"))),
      Effect.andThen(Effect.never)
    )
    const { effective, events } = yield* Effect.raceFirst(
      Scope.provide(client.stream(microgridId), scope),
      impatient
    )
    const ended = yield* Deferred.make<SyncFailure>()
    const outdated = Latch.makeUnsafe(openedAt <= outdatedUpTo)
    const opened: OpenStream = { openedAt, since, scope, effective, outdated, ended, stands: false }
    const close = Effect.sync(() => void open.delete(opened))
    open.add(opened)
    yield* Scope.addFinalizer(scope, close)
    const pump = Stream.runForEach(events, (event) => tell({ _tag: "Event", event, openedAt, origin }))
    const settle = (exit: Exit.Exit<void, DispatchError>) =>
      Effect.andThen(close, Deferred.succeed(ended, endOf(exit)))
    yield* Effect.forkIn(Effect.onExit(pump, settle), scope)
    return opened
  }).pipe(traced(microgridId, "connect"))

  /** Waits for the confirmation; when that takes too long, goes on without, and lists once more when it comes (S1). */
  const awaitConfirmation = Effect.fnUntraced(function* (stream: OpenStream, atMost: Duration.Duration) {
    const { effective, ended, scope } = stream
    const outcome = yield* Effect.raceFirst(Effect.exit(effective), Deferred.await(ended)).pipe(
      Effect.timeoutOption(atMost)
    )
    if (Option.isNone(outcome)) {
      const confirmed = Effect.sync(() => requestListing("Connected"))
      yield* Effect.forkIn(Effect.ignore(Effect.andThen(effective, confirmed)), scope)
    } else if (!Exit.isExit(outcome.value)) {
      return outcome.value
    } else if (Exit.isFailure(outcome.value)) {
      return describe(outcome.value.cause)
    }
    yield* stands(stream, Option.isSome(outcome) ? "Connected" : "Unconfirmed")
    return undefined
  })

  /** Opens the next stream, again and again until one stands. */
  const renew = Effect.gen(function* () {
    for (let failures = 1; ; failures++) {
      const next = yield* Effect.exit(openStream)
      const failure = Exit.isFailure(next)
        ? describe(next.cause)
        : yield* awaitConfirmation(next.value, settings.renewalTimeout)
      if (Exit.isSuccess(next)) {
        if (failure === undefined) return next.value
        yield* Scope.close(next.value.scope, Exit.void)
      }
      const { cause, hopeless, reason } = failure as SyncFailure
      yield* Effect.logWarning(`Could not renew the event stream: ${cause}`)
      yield* Metric.update(Metrics.reconnects.at(reason), 1)
      yield* pause(settings, { hopeless }, failures)
    }
  })

  /** Opens a stream and lives with it until it ends; when its time is over, or it is outdated, the next one stands before it is closed. */
  const follow = Effect.gen(function* () {
    let stream = yield* openStream
    const refused = yield* awaitConfirmation(stream, settings.effectiveTimeout)
    if (refused !== undefined) return refused
    for (;;) {
      const ended = Effect.map(Deferred.await(stream.ended), (end) => ({ end }))
      const age = spread(settings.streamAgeMax, yield* Random.next)
      const old = Effect.timeoutOption(stream.outdated.await, age)
      const renewal = Effect.map(Effect.andThen(old, renew), (next) => ({ next }))
      const outcome = yield* Effect.raceFirst(ended, renewal)
      if ("end" in outcome) return outcome.end
      yield* Scope.close(stream.scope, Exit.void)
      stream = outcome.next
    }
  })

  const run = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      stoodSince = undefined
      const exit = yield* Effect.exit(Effect.scoped(follow))
      const end = Exit.isSuccess(exit) ? exit.value : describe(exit.cause)
      const now = yield* Clock.monotonicTimeNanos
      const healthy = Duration.isGreaterThanOrEqualTo(
        Duration.nanos(now - (stoodSince ?? now)),
        settings.healthyAfter
      )
      failures = healthy ? 0 : failures + 1
      yield* tell({ _tag: "Broken", call: "stream", cause: end.cause })
      // Only a listing can confirm what an earlier process knew, and no stream will ask for it.
      if (recovery.isOn) requestListing("Recovery")
      yield* Metric.update(Metrics.reconnects.at(end.reason), 1)
      yield* pause(settings, end, failures)
    }
  })

  return {
    openSince: () => {
      let since = Infinity
      for (const { openedAt } of open) since = Math.min(since, openedAt)
      return since
    },
    since: () => {
      let oldest: bigint | undefined
      for (const { since } of open) if (oldest === undefined || since < oldest) oldest = since
      return oldest
    },
    watch: () => {
      const standing = [...open].filter((stream) => stream.stands)
      return () => standing.some((stream) => open.has(stream))
    },
    renewUpTo: (position) => {
      outdatedUpTo = Math.max(outdatedUpTo, position)
      for (const { openedAt, outdated } of open) if (openedAt <= position) outdated.openUnsafe()
    },
    run
  }
}
