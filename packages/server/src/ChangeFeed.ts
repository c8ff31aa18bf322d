/**
 * Passes committed changes on to open streams, in the order of commits.
 *
 * @since 0.1.0
 */
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { Tally } from "@effect-dispatch/core/Instrument"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, Clock, Context, Effect, FiberSet, Layer, type Scope, Stream } from "effect"
import { type Change, DispatchStore, type StoreError, type ChangeHint } from "./DispatchStore.ts"
import * as Background from "./internal/background.ts"
import { Backlog, pull } from "./internal/backlog.ts"
import { inTurns } from "./internal/turns.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import * as Metrics from "./Metrics.ts"
import { changesAtOnce, feedRetryDelay, streamBacklogMax, subscribersAtOnce } from "./ServiceLimits.ts"

/**
 * The feed of one subscriber.
 *
 * @category models
 * @since 0.1.0
 */
export interface Subscription {
  /** Every change from the subscription on, each once, in the order of commits. Run it once. */
  readonly changes: Stream.Stream<Change, DispatchError.DispatchError>
  /** The same for a reader that waits without a fiber: the next change of those that there are. */
  next(): Change | undefined
  /** The reason why no change follows those that there are. */
  readonly failure: DispatchError.DispatchError | undefined
  /** Acts from now on whenever there is something new. */
  listen(act: () => void): void
  /** Acts when there is such a reason, also while the reader takes nothing. */
  whenFailed(act: () => void): void
}

/**
 * Passes committed changes on to open streams.
 *
 * A commit in this process is passed on at once. Other changes, and those out of order, are read from the store, where
 * the numbers of changes have no gaps. A subscriber that falls behind by more than `streamBacklogMax`, or that the
 * store can no longer serve, is ended with an error that it can retry. None is ever skipped, and none waits for
 * another.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { ChangeFeed, DispatchService, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const feed = yield* ChangeFeed.ChangeFeed
 *   const { create } = yield* DispatchService.DispatchService
 *   const microgridId = MicrogridId.make(1n)
 *   const { changes } = yield* feed.subscribe(microgridId)
 *   yield* create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) })
 *   const [change] = yield* Stream.runCollect(Stream.take(changes, 1))
 *   assert.strictEqual(change?.kind, "Created")
 * })
 * const layer = DispatchService.layerWithFeed.pipe(
 *   Layer.provideMerge(ChangeFeed.layer),
 *   Layer.provide(DispatchStoreMemory.layer)
 * )
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class ChangeFeed extends Context.Service<
  ChangeFeed,
  {
    /** Passes on a committed change. */
    readonly publish: (change: Change) => Effect.Effect<void>
    /** Looks in the store, after a commit that may or may not have succeeded. */
    readonly look: (microgridId: MicrogridId) => Effect.Effect<void>
    /** Subscribes for the life of the scope, from this moment on. */
    readonly subscribe: (
      microgridId: MicrogridId
    ) => Effect.Effect<Subscription, DispatchError.DispatchError, Scope.Scope>
  }
>()("@effect-dispatch/server/ChangeFeed") {}

/**
 * A feed of the store at hand.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ChangeFeed, never, DispatchStore> = Layer.effect(
  ChangeFeed,
  Effect.gen(function* () {
    const store = yield* DispatchStore
    const overruns = Metrics.overruns.tallies(yield* Effect.context<never>())()
    const delivered = yield* timeDelivery
    const fork = yield* FiberSet.makeRuntime<never>()
    const channels = new Channels(store, { delivered, fork, overruns })
    yield* Metrics.feedBacklog.observe(() => channels.backlog)
    yield* Metrics.streams.observe(() => channels.subscribers)
    const waking = Stream.runForEach(store.hints, (hint) => Effect.sync(() => channels.wake(hint)))
    yield* Background.forever("Following the store", waking)
    return ChangeFeed.of({
      publish: (change) => Effect.sync(() => channels.publish(change)),
      look: (microgridId) => Effect.sync(() => channels.look(microgridId)),
      subscribe: (microgridId) => channels.subscribe(microgridId)
    })
  })
)

/** Measures the time from a change until it is passed on. */
const timeDelivery = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const context = yield* Effect.context<never>()
  return ({ dispatch }: Change) => {
    const took = Number(clock.currentTimeNanosUnsafe() - dispatch.updateTime) / 1e9
    Metrics.feedDelay.at().updateUnsafe(Math.max(0, took), context)
  }
})

/** The changes that wait for a subscriber. */
class Subscriber extends Backlog<Change, DispatchError.DispatchError> implements Subscription {
  /** The number of the last change before it subscribed. */
  readonly #after: bigint

  constructor(after: bigint) {
    super(streamBacklogMax)
    this.#after = after
  }

  get changes(): Stream.Stream<Change, DispatchError.DispatchError> {
    return Stream.fromPull(Effect.succeed(pull(this)))
  }

  /** Tells of a change; `false` if the reader is too far behind, and was ended. */
  tell(change: Change): boolean {
    if (change.number <= this.#after || this.offer(change)) return true
    this.fail(DispatchError.resourceExhausted(behind))
    return false
  }
}

const behind = `the stream fell more than ${streamBacklogMax} changes behind: open it again and list`

/** The things that all channels share. */
interface Surroundings {
  readonly delivered: (change: Change) => void
  /** Runs work that goes on by itself. */
  readonly fork: (effect: Effect.Effect<void>) => unknown
  readonly overruns: Tally
}

/** The subscribers of a microgrid, all told up to the same number. */
class Channel {
  readonly microgridId: MicrogridId
  readonly subscribers = new Set<Subscriber>()
  /** The number of its users, subscribed or about to be. */
  users = 0
  /** The number of the last change passed on; unknown until the store has said where to begin. */
  position: bigint | undefined
  /** There may be more in the store. */
  doubtful = false
  looking = false

  /** The number of the last hint. */
  #hinted = 0n
  /** Changes that were passed on while others were still being told. */
  #untold: Array<Change> = []
  #isTelling = false
  readonly #shared: Surroundings

  constructor(microgridId: MicrogridId, shared: Surroundings) {
    this.microgridId = microgridId
    this.#shared = shared
  }

  /** The number of changes that wait for the subscriber that is farthest behind. */
  get backlog(): number {
    let most = 0
    for (const { size } of this.subscribers) most = Math.max(most, size)
    return most + this.#untold.length
  }

  knows(number: bigint): boolean {
    return this.position !== undefined && number <= this.position
  }

  /** True for a number that is not known, or that goes back: then the store was set back. */
  isNews(hinted: bigint): boolean {
    const goesBack = hinted < this.#hinted
    this.#hinted = hinted
    return goesBack || !this.knows(hinted)
  }

  /** Passes on the next change; `false` if it is not the next one. */
  deliver(change: Change): boolean {
    if (this.position === undefined || change.number !== this.position + 1n) return false
    this.position = change.number
    this.#shared.delivered(change)
    if (this.#isTelling || this.subscribers.size > subscribersAtOnce) this.#tellInTurns(change)
    else for (const each of this.subscribers) this.#tell(each, change)
    return true
  }

  #tell(subscriber: Subscriber, change: Change): void {
    if (!subscriber.tell(change)) this.#shared.overruns.count++
  }

  #tellInTurns(change: Change): void {
    if (this.#untold.length >= streamBacklogMax) this.end()
    this.#untold.push(change)
    if (this.#isTelling) return
    this.#isTelling = true
    this.#shared.fork(this.#telling)
  }

  /** Tells very many subscribers, each in the order of changes. What one of them does then is the most of the work. */
  readonly #telling: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    for (let change = this.#untold.shift(); change !== undefined; change = this.#untold.shift()) {
      const untold = this.#untold
      let told = 0
      for (const each of this.subscribers) {
        this.#tell(each, change)
        if (++told % subscribersAtOnce === 0) yield* Effect.yieldNow
        // All were ended meanwhile, and new ones begin elsewhere.
        if (this.#untold !== untold) break
      }
    }
    this.#isTelling = false
  })

  /** Ends all subscribers, so that they list again, and goes on from elsewhere. */
  restart(position: bigint): void {
    this.position = position
    this.end()
  }

  /** Ends all subscribers; new subscriptions go on from here. */
  end(): void {
    this.#untold = []
    const lost = "the changes the stream would go on with are no longer kept: open it again and list"
    for (const each of this.subscribers) each.fail(DispatchError.unavailable(lost))
  }
}

/** The use of a channel. It has a subscriber once the channel knows its position. */
interface Place {
  readonly channel: Channel
  subscriber: Subscriber | undefined
}

/** The channels in use. */
class Channels {
  readonly #store: DispatchStore["Service"]
  readonly #shared: Surroundings
  readonly #channels = new Map<MicrogridId, Channel>()

  constructor(store: DispatchStore["Service"], shared: Surroundings) {
    this.#store = store
    this.#shared = shared
  }

  /** The number of subscribers to all microgrids. */
  get subscribers(): number {
    let all = 0
    for (const { subscribers } of this.#channels.values()) all += subscribers.size
    return all
  }

  /** The number of changes that wait for the subscriber that is farthest behind. */
  get backlog(): number {
    let most = 0
    for (const channel of this.#channels.values()) most = Math.max(most, channel.backlog)
    return most
  }

  publish(change: Change): void {
    const channel = this.#channels.get(change.microgridId)
    // A number that is known already was read before, or the store was set back: the store knows.
    if (channel !== undefined && !channel.deliver(change)) this.#lookFor(channel)
  }

  wake(hint: ChangeHint): void {
    if (hint._tag === "Anything") return this.look(undefined)
    const channel = this.#channels.get(hint.microgridId)
    if (channel !== undefined && channel.isNews(hint.number)) this.#lookFor(channel)
  }

  /** Looks in the store, for one microgrid or for all. */
  look(microgridId: MicrogridId | undefined): void {
    for (const channel of this.#channels.values())
      if (microgridId === undefined || channel.microgridId === microgridId) this.#lookFor(channel)
  }

  subscribe(microgridId: MicrogridId): Effect.Effect<Subscription, DispatchError.DispatchError, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const place = yield* Effect.acquireRelease(
        Effect.sync(() => this.#enter(microgridId)),
        (entered) => Effect.sync(() => this.#leave(entered))
      )
      const { channel } = place
      if (channel.position === undefined) {
        const last = yield* Effect.catchTag(
          this.#store.lastChange(microgridId),
          "StoreError",
          ({ message }) => DispatchError.unavailable(message)
        )
        channel.position ??= last
        // A commit arrived before the start position was known.
        if (channel.doubtful) this.#lookFor(channel)
      }
      place.subscriber = new Subscriber(positionOf(channel))
      channel.subscribers.add(place.subscriber)
      return place.subscriber
    })
  }

  #enter(microgridId: MicrogridId): Place {
    const channel = this.#channels.get(microgridId) ?? new Channel(microgridId, this.#shared)
    this.#channels.set(microgridId, channel)
    channel.users++
    return { channel, subscriber: undefined }
  }

  #leave({ channel, subscriber }: Place): void {
    const { microgridId } = channel
    if (subscriber !== undefined) channel.subscribers.delete(subscriber)
    channel.users--
    if (channel.users === 0 && this.#channels.get(microgridId) === channel) this.#channels.delete(microgridId)
  }

  #lookFor(channel: Channel): void {
    channel.doubtful = true
    if (channel.looking || channel.position === undefined) return
    channel.looking = true
    this.#shared.fork(UnseenSpans.unasked(catchUp(this.#store, channel)))
  }
}

/** Passes on the changes in the store, until there are no more; a store that is away is asked again. */
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
  // While the store is read, commits of this process are passed on all the same.
  const before = positionOf(channel)
  const last = yield* store.lastChange(microgridId)
  if (last < before) {
    yield* Effect.logWarning(
      `The store was set back: microgrid ${microgridId} had ${before} changes and has ${last}; its streams end`
    )
    return channel.restart(last)
  }
  while (positionOf(channel) < last) {
    const changes = yield* store.changesAfter(microgridId, positionOf(channel), changesAtOnce)
    // Reading a dispatch decodes it, which may take its time. One that cannot be read fails before anybody is told.
    yield* inTurns(changes, ({ dispatch }) => dispatch)
    const isWhole = changes.every((change) => channel.knows(change.number) || channel.deliver(change))
    // The next change is no longer kept.
    if (!isWhole || (changes.length === 0 && positionOf(channel) < last)) return channel.restart(last)
  }
})

/** Nobody waits for unreadable changes: silence would look as if nothing had happened. */
const broken = (channel: Channel, cause: Cause.Cause<StoreError>): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logError(`The changes of microgrid ${channel.microgridId} could not be read`, cause),
    Effect.sync(() => channel.end())
  )

const positionOf = (channel: Channel): bigint => channel.position ?? 0n
