/**
 * A place where values are published, and its subscribers. A subscription stands from the moment it is made. It takes
 * publications at once, so that a slow reader holds up nobody.
 */
import { Cause, Effect, Exit, Result, type Scope, Stream } from "effect"
import * as Metrics from "../../Metrics.ts"
import type { Pending } from "./pendingChanges.ts"

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
  /** Made with the first: most hubs of a process have no subscriber. */
  #readings: Set<Reading<A, B, S>> | undefined
  #isClosed = false

  /** Publishes at once, without waiting for anybody. */
  publish(batch: B): void {
    for (const reading of this.#readings ?? []) reading.take(batch)
  }

  /** Tells if a present subscriber could see a value. */
  isSeen(value: S): boolean {
    return [...(this.#readings ?? [])].some((reading) => reading.sees(value))
  }

  /** Ends all streams once they have given what was published, and later ones at once. */
  close(): void {
    this.#isClosed = true
    for (const reading of this.#readings ?? []) reading.finish(done)
  }

  /**
   * Subscribes for the life of the scope: the present, then the selected values of every later publication, with
   * neither gap nor repeat. The stream ends with the scope, or that of the hub, once all has been read.
   */
  subscribe(subscriber: Subscriber<A, B, S>): Effect.Effect<Stream.Stream<A>, never, Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      if (this.#isClosed) return Stream.empty
      yield* Metrics.subscribers.observe(() => 1)
      yield* Metrics.subscriberLag.observe(() => subscriber.pending.length)
      const reading = yield* Effect.acquireRelease(
        Effect.sync(() => this.#begin(subscriber)),
        (ended) => Effect.sync(() => this.#end(ended))
      )
      // One at a time: values left unread when a reader stops are there when it reads on.
      return Stream.fromEffectRepeat(reading.next)
    })
  }

  /** Nothing is published meanwhile: each publication is either in the present or still to come. */
  #begin(subscriber: Subscriber<A, B, S>): Reading<A, B, S> {
    const reading = new Reading(subscriber)
    this.#readings ??= new Set()
    this.#readings.add(reading)
    return reading
  }

  #end(reading: Reading<A, B, S>): void {
    this.#readings?.delete(reading)
    reading.finish(done)
  }
}

const done = Exit.fail(Cause.Done())

/** The values that one subscriber has not read yet. */
class Reading<A, B, S> {
  readonly #subscriber: Subscriber<A, B, S>
  #wake: (() => void) | undefined
  #end: Exit.Exit<never, Cause.Done> | undefined

  constructor(subscriber: Subscriber<A, B, S>) {
    this.#subscriber = subscriber
    for (const value of subscriber.current()) subscriber.pending.push(value)
  }

  sees(value: S): boolean {
    return this.#subscriber.sees?.(value) === true
  }

  /** Takes over a publication. */
  take(batch: B): void {
    if (this.#end !== undefined) return
    const { pending, select } = this.#subscriber
    const taken = Result.try(() => {
      for (const value of select(batch)) pending.push(value)
    })
    if (Result.isFailure(taken)) this.finish(Exit.die(taken.failure))
    else this.#wake?.()
  }

  /** There is nothing more to come; all that waits is read first. */
  finish(end: Exit.Exit<never, Cause.Done>): void {
    this.#end ??= end
    this.#wake?.()
  }

  readonly next: Effect.Effect<A, Cause.Done> = Effect.suspend(() => {
    const { pending } = this.#subscriber
    if (!pending.isEmpty) return Effect.succeed(pending.take())
    return this.#end ?? Effect.andThen(this.#news, this.next)
  })

  /** The reader goes on once the code that publishes has ended. */
  get #news(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      this.#wake = () => {
        this.#wake = undefined
        resume(Effect.yieldNow)
      }
      return Effect.sync(() => (this.#wake = undefined))
    })
  }
}
