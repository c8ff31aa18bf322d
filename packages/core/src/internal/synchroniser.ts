/**
 * Keeps the mirror fed: subscribes, lists, reconnects. It decides nothing about dispatches; what it learns it hands to
 * its owner as messages, in order. Rules S1 to S4.
 */
import {
  Cause,
  Clock,
  DateTime,
  Deferred,
  Duration,
  Effect,
  Exit,
  Latch,
  Option,
  Random,
  Scope,
  Semaphore,
  Stream
} from "effect"
import type { DispatchClient, DispatchRecord, StreamEvent } from "../DispatchClient.ts"
import type { DispatchClientError } from "../DispatchClientError.ts"
import type { DispatchId } from "../DispatchId.ts"
import type { Listing } from "../DispatchMirror.ts"
import type { MicrogridId } from "../MicrogridId.ts"
import { backoff, endedWithin, spread, type SyncSettings } from "../SyncSettings.ts"

/** How many dispatches are read one by one at the same time. */
const readsAtOnceMax = 8

/** What the synchroniser learns. */
export type SyncMessage =
  | { readonly _tag: "Event"; readonly event: StreamEvent }
  | {
      readonly _tag: "Listed"
      readonly listing: Listing
      readonly records: ReadonlyArray<DispatchRecord>
      /** Whether an event stream stood all the while, so that nothing can have been missed. */
      readonly streamed: boolean
      readonly openStreamsSince: number
    }
  /** What the service, asked for one dispatch at this position of the inputs, has of it. */
  | { readonly _tag: "Read"; readonly record: DispatchRecord; readonly askedAt: number }
  | { readonly _tag: "Missing"; readonly id: DispatchId; readonly askedAt: number }
  | { readonly _tag: "Broken"; readonly cause: string }

/** What the synchroniser needs of its owner. */
export interface SyncOwner {
  readonly client: DispatchClient["Service"]
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  /** Hands over a message; waits while the owner is behind. */
  readonly tell: (message: SyncMessage) => Effect.Effect<void>
  /** Takes the next position in the order of inputs. */
  readonly mark: () => number
  readonly beginListing: (endedSince: number) => Listing
}

/** Asks for work while the synchroniser runs. */
export interface Synchroniser {
  /** Asks for a listing, soon; several requests before it begins are one. */
  readonly requestListing: () => void
  /** Reads one dispatch again, once. */
  readonly read: (id: DispatchId) => Effect.Effect<void>
  /** Finds out whether a dispatch still exists, however often that takes. */
  readonly confirm: (id: DispatchId) => Effect.Effect<void>
}

interface OpenStream {
  readonly openedAt: number
  readonly scope: Scope.Closeable
  /** Completes when the subscription is confirmed, or never will be. */
  readonly effective: Effect.Effect<unknown>
  /** Completes when the stream has ended, with why. */
  readonly ended: Deferred.Deferred<EndOfStream>
}

interface EndOfStream {
  readonly cause: string
  readonly hopeless: boolean
}

/** Starts synchronising, for the life of the scope. */
export const start = Effect.fnUntraced(function* (owner: SyncOwner) {
  const { client, microgridId, settings } = owner
  const wanted = Latch.makeUnsafe(false)
  const open = new Set<OpenStream>()
  const reads = Semaphore.makeUnsafe(readsAtOnceMax)
  const inDoubt = new Set<DispatchId>()

  const requestListing = () => void wanted.openUnsafe()

  const ask = (id: DispatchId) =>
    Effect.gen(function* () {
      const askedAt = owner.mark()
      const dispatch = yield* Effect.catchReason(
        client.get(microgridId, id),
        "DispatchClientError",
        "NotFound",
        () => Effect.undefined
      )
      yield* owner.tell(
        dispatch === undefined
          ? { _tag: "Missing", id, askedAt }
          : { _tag: "Read", record: dispatch, askedAt }
      )
    }).pipe(reads.withPermit)

  const read = (id: DispatchId) =>
    Effect.catch(ask(id), (error) =>
      Effect.logWarning(`Could not read dispatch ${id} again: ${error.message}`)
    )

  const confirm = Effect.fnUntraced(function* (id: DispatchId) {
    if (inDoubt.has(id)) return
    inDoubt.add(id)
    for (let failures = 1; ; failures++) {
      const exit = yield* Effect.exit(ask(id))
      // What is answered and cannot be read exists; listings tell of it.
      if (Exit.isSuccess(exit) || isProtocol(exit.cause)) break
      const { hopeless } = describe(exit.cause)
      yield* Effect.sleep(hopeless ? settings.hopelessDelay : backoff(settings, failures, yield* Random.next))
    }
    inDoubt.delete(id)
  })

  /** Opens a stream within the scope at hand, in a scope of its own. While that takes too long, lists anyway (S1). */
  const openStream = Effect.gen(function* () {
    const openedAt = owner.mark()
    const scope = yield* Scope.fork(yield* Effect.scope)
    const impatient = Effect.sleep(settings.effectiveTimeout).pipe(
      Effect.andThen(Effect.sync(requestListing)),
      Effect.andThen(Effect.never)
    )
    const stream = yield* Effect.raceFirst(Scope.provide(client.stream(microgridId), scope), impatient)
    const ended = yield* Deferred.make<EndOfStream>()
    const opened: OpenStream = { openedAt, scope, effective: Effect.exit(stream.effective), ended }
    open.add(opened)
    yield* Scope.addFinalizer(
      scope,
      Effect.sync(() => open.delete(opened))
    )
    const pump = Stream.runForEach(stream.events, (event) => owner.tell({ _tag: "Event", event }))
    const settle = (exit: Exit.Exit<void, DispatchClientError>) =>
      Effect.andThen(
        Effect.sync(() => open.delete(opened)),
        Deferred.succeed(ended, endOf(exit))
      )
    yield* Effect.forkIn(Effect.onExit(pump, settle), scope)
    return opened
  })

  /** Lists once the subscription is effective; if that cannot be told in time, lists anyway and once more later (S1). */
  const listWhenEffective = Effect.fnUntraced(function* (stream: OpenStream) {
    const inTime = yield* Effect.timeoutOption(stream.effective, settings.effectiveTimeout)
    requestListing()
    if (Option.isNone(inTime)) {
      yield* Effect.forkIn(Effect.andThen(stream.effective, Effect.sync(requestListing)), stream.scope)
    }
  })

  /** Opens a stream and lives with it until it ends; when its time is over, the next one stands before it is closed. */
  const follow = Effect.gen(function* () {
    let stream = yield* openStream
    yield* listWhenEffective(stream)
    for (;;) {
      const age = spread(settings.streamAgeMax, yield* Random.next)
      const end = yield* Effect.timeoutOption(Deferred.await(stream.ended), age)
      if (Option.isSome(end)) return end.value
      const next = yield* Effect.exit(openStream)
      if (Exit.isFailure(next)) {
        yield* Effect.logWarning(`Could not renew the event stream: ${describe(next.cause).cause}`)
        continue
      }
      yield* listWhenEffective(next.value)
      yield* Scope.close(stream.scope, Exit.void)
      stream = next.value
    }
  })

  const connectForEver = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const began = yield* Clock.monotonicTimeNanos
      const exit = yield* Effect.exit(Effect.scoped(follow))
      const end = Exit.isSuccess(exit) ? exit.value : describe(exit.cause)
      const lasted = Duration.nanos((yield* Clock.monotonicTimeNanos) - began)
      failures = Duration.isGreaterThanOrEqualTo(lasted, settings.healthyAfter) ? 0 : failures + 1
      yield* owner.tell({ _tag: "Broken", cause: end.cause })
      yield* Effect.sleep(
        end.hopeless ? settings.hopelessDelay : backoff(settings, failures, yield* Random.next)
      )
    }
  })

  const list = Effect.gen(function* () {
    const now = yield* DateTime.now
    const endedSince = DateTime.subtractDuration(now, endedWithin(settings))
    const listing = owner.beginListing(endedSince.epochMilliseconds)
    const stood = [...open]
    const records = yield* Stream.runCollect(
      client.list(microgridId, {
        filter: { endTime: { from: endedSince } },
        sort: { field: "createTime", order: "ascending" },
        pageSize: settings.pageSize
      })
    )
    let openStreamsSince = Infinity
    for (const stream of open) openStreamsSince = Math.min(openStreamsSince, stream.openedAt)
    const streamed = stood.some((stream) => open.has(stream))
    yield* owner.tell({ _tag: "Listed", listing, records, streamed, openStreamsSince })
  })

  const listForEver = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      yield* Effect.timeoutOption(wanted.await, spread(settings.resyncInterval, yield* Random.next))
      wanted.closeUnsafe()
      const exit = yield* Effect.exit(list)
      if (Exit.isSuccess(exit)) {
        failures = 0
        continue
      }
      failures += 1
      const { cause, hopeless } = describe(exit.cause)
      yield* owner.tell({ _tag: "Broken", cause })
      yield* Effect.sleep(hopeless ? settings.hopelessDelay : backoff(settings, failures, yield* Random.next))
      wanted.openUnsafe()
    }
  })

  yield* Effect.forkScoped(connectForEver)
  // The first listing is asked for by the first stream.
  yield* Effect.forkScoped(listForEver)
  return { requestListing, read, confirm } satisfies Synchroniser
})

const endOf = (exit: Exit.Exit<void, DispatchClientError>): EndOfStream =>
  Exit.isSuccess(exit)
    ? { cause: "the service ended the event stream", hopeless: false }
    : describe(exit.cause)

const isProtocol = (cause: Cause.Cause<DispatchClientError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ reason }) => reason._tag === "Protocol")

const describe = (cause: Cause.Cause<DispatchClientError>): EndOfStream => {
  const error = Cause.findErrorOption(cause)
  if (Option.isNone(error)) return { cause: Cause.pretty(cause), hopeless: false }
  const { reason } = error.value
  const hopeless =
    reason._tag === "Unauthenticated" || reason._tag === "PermissionDenied" || reason._tag === "Unimplemented"
  return { cause: error.value.message, hopeless }
}
