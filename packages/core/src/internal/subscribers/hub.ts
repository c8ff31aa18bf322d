/**
 * One `PubSub` and its subscribers. A subscription stands from the moment it is made; its own pump takes publications
 * at once, so that a slow reader holds up nobody.
 */
import { Cause, Effect, Exit, Latch, PubSub, type Scope, Stream } from "effect"
import * as Metrics from "../../Metrics.ts"
import type { Pending } from "./pendingChanges.ts"

type Published<B> = { readonly number: number; readonly batch: B } | "End"

/** A subscriber's choice of the published values; `S` is what it may be asked about. */
export interface Subscriber<A, B, S = A> {
  /** The present, at the moment of subscribing. */
  readonly current: () => ReadonlyArray<A>
  /** The values it takes of a batch that is published later. If it throws, the stream fails with that defect. */
  readonly select: (batch: B) => ReadonlyArray<A>
  /** Tells if it could see a value: never, unless given. */
  readonly sees?: ((value: S) => boolean) | undefined
  readonly pending: Pending<A>
}

/** Publishes batches, each decided together, to all subscribers of values. */
export class Hub<A, B = ReadonlyArray<A>, S = A> {
  readonly #published: PubSub.PubSub<Published<B>>
  readonly #subscribers = new Set<Subscriber<A, B, S>>()
  #number = 0
  #isClosed = false

  constructor(published: PubSub.PubSub<Published<B>>) {
    this.#published = published
  }

  /** Publishes at once, without waiting for anybody. */
  readonly publish = (batch: B): void => {
    PubSub.publishUnsafe(this.#published, { number: ++this.#number, batch })
  }

  /** Tells if a present subscriber could see a value. */
  readonly isSeen = (value: S): boolean => [...this.#subscribers].some(({ sees }) => sees?.(value) === true)

  /** Ends all streams once they have given what was published, and later ones at once. */
  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.#isClosed = true
    PubSub.publishUnsafe(this.#published, "End")
  })

  /**
   * Subscribes for the life of the scope: the present, then the selected values of every later publication, with
   * neither gap nor repeat. The stream ends with the scope, or that of the hub, once all has been read.
   */
  subscribe(subscriber: Subscriber<A, B, S>): Effect.Effect<Stream.Stream<A>, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      if (this.#isClosed) return Stream.empty
      const subscription = yield* PubSub.subscribe(this.#published)
      yield* Effect.addFinalizer(() => Effect.sync(() => this.#subscribers.delete(subscriber)))
      yield* Metrics.subscribers.observe(() => 1)
      yield* Metrics.subscriberLag.observe(() => subscriber.pending.length)
      // From here to the fork nothing else runs: each publication is either in the present or still to come.
      this.#subscribers.add(subscriber)
      const reading = new Reading(subscriber, this.#number)
      yield* Effect.forkScoped(pump(subscription, reading))
      // One at a time: values left unread when a reader stops are there when it reads on.
      return Stream.fromEffectRepeat(reading.next)
    })
  }
}

/** A hub for the life of the scope. */
export const make = <A, B = ReadonlyArray<A>, S = A>(): Effect.Effect<Hub<A, B, S>, never, Scope.Scope> =>
  // Unbounded is safe here: pumps never wait, so nothing piles up.
  Effect.map(
    Effect.acquireRelease(PubSub.unbounded<Published<B>>(), PubSub.shutdown),
    (published) => new Hub(published)
  )

/** Takes publications until they end. */
const pump = <A, B>(
  subscription: PubSub.Subscription<Published<B>>,
  reading: Reading<A, B>
): Effect.Effect<unknown> => {
  const take: Effect.Effect<void> = Effect.flatMap(PubSub.takeAll(subscription), (batch) =>
    reading.take(batch) ? take : Effect.void
  )
  return Effect.onExit(take, (exit) => Effect.sync(() => reading.finish(exit)))
}

type Read<A, B> = Omit<Subscriber<A, B>, "sees">

/** The values that one subscriber has not read yet. */
class Reading<A, B> {
  readonly #subscriber: Read<A, B>
  readonly #ready = Latch.makeUnsafe(false)
  /** The last batch that the present already contains. */
  readonly #after: number
  #end: Exit.Exit<never, Cause.Done> | undefined

  constructor(subscriber: Read<A, B>, after: number) {
    this.#subscriber = subscriber
    this.#after = after
    for (const value of subscriber.current()) subscriber.pending.push(value)
  }

  /** Takes over publications; returns true if more may come. */
  take(items: ReadonlyArray<Published<B>>): boolean {
    const { pending, select } = this.#subscriber
    for (const item of items) {
      if (item === "End") return false
      if (item.number > this.#after) for (const value of select(item.batch)) pending.push(value)
    }
    this.#ready.openUnsafe()
    return true
  }

  finish(exit: Exit.Exit<void>): void {
    const isBroken = Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
    this.#end = isBroken ? Exit.failCause(exit.cause) : Exit.fail(Cause.Done())
    this.#ready.openUnsafe()
  }

  readonly next: Effect.Effect<A, Cause.Done> = Effect.suspend(() => {
    const { pending } = this.#subscriber
    if (!pending.isEmpty) return Effect.succeed(pending.take())
    if (this.#end !== undefined) return this.#end
    this.#ready.closeUnsafe()
    return Effect.andThen(this.#ready.await, this.next)
  })
}
