/**
 * Tells open streams what was committed, in the order of commits.
 *
 * @since 0.1.0
 */
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, Clock, Context, Deferred, Effect, FiberSet, Layer, Queue, type Scope, Stream } from "effect"
import { type Change, DispatchStore, type StoreError } from "./DispatchStore.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import * as Metrics from "./Metrics.ts"
import { changesAtOnce, feedRetryDelay, streamBacklogMax } from "./ServiceLimits.ts"

/**
 * What a subscriber receives.
 *
 * @category models
 * @since 0.1.0
 */
export interface Subscription {
  /** Every change from the subscription on, each once, in the order of commits. Run it once. */
  readonly changes: Stream.Stream<Change, DispatchError>
  /** Completes when the reader has fallen too far behind; `changes` fails after what is left. */
  readonly overrun: Effect.Effect<void>
}

/**
 * Tells open streams what was committed.
 *
 * What is committed in this process is passed on at once. What it hears of otherwise, or out of order, it reads from the
 * store, where the numbers of changes have no gaps. A subscriber that falls behind by more than `streamBacklogMax`, or
 * that the store can no longer serve, is ended with an error that it can retry; none is ever skipped, and none waits
 * for another.
 *
 * @category services
 * @since 0.1.0
 */
export class ChangeFeed extends Context.Service<
  ChangeFeed,
  {
    /** Tells of a change that is committed. */
    readonly publish: (change: Change) => Effect.Effect<void>
    /** Looks in the store, after a commit of which nobody knows whether it succeeded. */
    readonly look: (microgridId: MicrogridId) => Effect.Effect<void>
    /** Subscribes for the life of the scope, from this moment on. */
    readonly subscribe: (microgridId: MicrogridId) => Effect.Effect<Subscription, DispatchError, Scope.Scope>
  }
>()("@effect-dispatch/server/ChangeFeed") {
  /** A feed of the store at hand. */
  static readonly layer: Layer.Layer<ChangeFeed, never, DispatchStore> = Layer.effect(
    ChangeFeed,
    Effect.gen(function* () {
      const store = yield* DispatchStore
      const channels = new Map<MicrogridId, Channel>()
      const run = yield* FiberSet.makeRuntime<never>()
      const delivered = yield* timeDelivery
      yield* Metrics.feedBacklog.observe(() => backlogOf(channels.values()))

      const look = (channel: Channel): void => {
        channel.doubtful = true
        if (channel.looking || channel.position === undefined) return
        channel.looking = true
        run(UnseenSpans.unasked(catchUp(store, channel)))
      }

      const lookAt = (microgridId: MicrogridId | undefined) => {
        for (const channel of channels.values())
          if (microgridId === undefined || channel.microgridId === microgridId) look(channel)
      }

      yield* Effect.forkScoped(
        Stream.runForEach(store.wakeUps, (wakeUp) =>
          Effect.sync(() => {
            if (wakeUp._tag === "Anything") return lookAt(undefined)
            const channel = channels.get(wakeUp.microgridId)
            if (channel !== undefined && !channel.knows(wakeUp.number)) look(channel)
          })
        )
      )

      return ChangeFeed.of({
        publish: (change) =>
          Effect.sync(() => {
            const channel = channels.get(change.microgridId)
            if (channel !== undefined && !channel.knows(change.number) && !channel.deliver(change))
              look(channel)
          }),
        look: (microgridId) => Effect.sync(() => lookAt(microgridId)),
        subscribe: (microgridId) =>
          Effect.gen(function* () {
            const channel = yield* Effect.acquireRelease(
              Effect.sync(() => {
                const present = channels.get(microgridId) ?? new Channel(microgridId, delivered)
                channels.set(microgridId, present)
                present.users++
                return present
              }),
              (present) =>
                Effect.sync(() => {
                  present.users--
                  if (present.users === 0 && channels.get(microgridId) === present)
                    channels.delete(microgridId)
                })
            )
            if (channel.position === undefined) {
              const last = yield* Effect.mapError(store.lastChange(microgridId), unreachable)
              channel.position ??= last
              // Something was committed while nobody knew from where on to count.
              if (channel.doubtful) look(channel)
            }
            const subscriber = yield* Effect.acquireRelease(makeSubscriber, (made) =>
              Effect.andThen(
                Effect.sync(() => channel.subscribers.delete(made)),
                Queue.shutdown(made.queue)
              )
            )
            channel.subscribers.add(subscriber)
            return {
              changes: Stream.fromQueue(subscriber.queue),
              overrun: Deferred.await(subscriber.overrun)
            }
          })
      })
    })
  )
}

/** Measures how long after its time a change is passed on. */
const timeDelivery = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const context = yield* Effect.context<never>()
  return ({ dispatch }: Change) => {
    const took = Number(clock.currentTimeNanosUnsafe() - dispatch.updateTime) / 1e9
    Metrics.feedDelay.at().updateUnsafe(Math.max(0, took), context)
  }
})

const backlogOf = (channels: Iterable<Channel>): number => {
  let most = 0
  for (const { subscribers } of channels)
    for (const { queue } of subscribers) most = Math.max(most, Queue.sizeUnsafe(queue))
  return most
}

interface Subscriber {
  readonly queue: Queue.Queue<Change, DispatchError>
  readonly overrun: Deferred.Deferred<void>
}

const makeSubscriber = Effect.all({
  queue: Queue.dropping<Change, DispatchError>(streamBacklogMax),
  overrun: Deferred.make<void>()
})

/** The subscribers of a microgrid, all told up to the same number. */
class Channel {
  readonly microgridId: MicrogridId
  readonly subscribers = new Set<Subscriber>()
  /** Who holds on to it, subscribed or about to be. */
  users = 0
  /** The number of the last change passed on; unknown until the store has said where to begin. */
  position: bigint | undefined
  /** There may be more in the store. */
  doubtful = false
  looking = false

  readonly #delivered: (change: Change) => void

  constructor(microgridId: MicrogridId, delivered: (change: Change) => void) {
    this.microgridId = microgridId
    this.#delivered = delivered
  }

  knows(number: bigint): boolean {
    return this.position !== undefined && number <= this.position
  }

  /** Passes on the next change; `false` if it is not the next one. */
  deliver(change: Change): boolean {
    if (this.position === undefined || change.number !== this.position + 1n) return false
    this.position = change.number
    for (const { overrun, queue } of this.subscribers) {
      if (Queue.offerUnsafe(queue, change)) continue
      Queue.failCauseUnsafe(queue, Cause.fail(tooSlow()))
      Deferred.doneUnsafe(overrun, Effect.void)
    }
    this.#delivered(change)
    return true
  }

  /** Ends all subscribers, who have to list again, and goes on from elsewhere. */
  restart(position: bigint): void {
    this.position = position
    this.end()
  }

  /** Ends all subscribers; those who subscribe again go on from here. */
  end(): void {
    for (const { queue } of this.subscribers) Queue.failCauseUnsafe(queue, Cause.fail(interrupted()))
  }
}

/** Passes on what the store has, until there is nothing more; a store that is away is asked again. */
const catchUp = (store: DispatchStore["Service"], channel: Channel): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!channel.doubtful || channel.users === 0) {
      channel.looking = false
      return Effect.void
    }
    channel.doubtful = false
    return Effect.andThen(
      Effect.catchCause(readOn(store, channel), (cause) => {
        channel.doubtful = true
        const told = Cause.hasDies(cause) ? broken(channel, cause) : Effect.void
        return Effect.andThen(told, Effect.sleep(feedRetryDelay))
      }),
      catchUp(store, channel)
    )
  })

const readOn = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  channel: Channel
): Effect.fn.Return<void, StoreError> {
  const { microgridId } = channel
  // While the store is read, what is committed here is passed on all the same.
  const before = positionOf(channel)
  const last = yield* store.lastChange(microgridId)
  // The store was set back to an earlier state.
  if (last < before) return channel.restart(last)
  while (positionOf(channel) < last) {
    const changes = yield* store.changesAfter(microgridId, positionOf(channel), changesAtOnce)
    const isWhole = changes.every((change) => channel.knows(change.number) || channel.deliver(change))
    // What comes next is no longer kept.
    if (!isWhole || (changes.length === 0 && positionOf(channel) < last)) return channel.restart(last)
  }
})

/** Nobody waits for changes that cannot be read: silence would pass for nothing having happened. */
const broken = (channel: Channel, cause: Cause.Cause<StoreError>): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logError(`The changes of microgrid ${channel.microgridId} could not be read`, cause),
    Effect.sync(() => channel.end())
  )

const positionOf = (channel: Channel): bigint => channel.position ?? 0n

const tooSlow = (): DispatchError =>
  DispatchError.resourceExhausted(
    `the stream fell more than ${streamBacklogMax} changes behind: open it again and list`
  )

const interrupted = (): DispatchError =>
  DispatchError.unavailable(
    "the changes the stream would go on with are no longer kept: open it again and list"
  )

const unreachable = ({ message }: StoreError): DispatchError => DispatchError.unavailable(message)
