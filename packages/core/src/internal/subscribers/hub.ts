/**
 * One `PubSub` and its subscribers. A subscription stands from the moment it is made; a pump of its own takes what is
 * published at once, so that a slow reader holds up nobody.
 */
import { Cause, Effect, Exit, Latch, PubSub, type Scope, Stream } from "effect"
import * as Metrics from "../../Metrics.ts"
import type { Pending } from "./pendingChanges.ts"

interface Numbered<A> {
  readonly number: number
  readonly values: ReadonlyArray<A>
}

/** Publishes values to all subscribers. */
export interface Hub<A> {
  /** Publishes at once, without waiting for anybody, what was decided together. */
  readonly publish: (values: ReadonlyArray<A>) => void
  /** Whether anybody is subscribed at this moment. */
  readonly hasSubscribers: () => boolean
  /**
   * Subscribes for the life of the scope: what `current` gives at this moment, then what `select` makes of everything
   * published later, with neither gap nor repeat. The stream ends with the scope, or that of the hub, once all has been
   * read. Should `select` throw, it dies of it.
   */
  readonly subscribe: (options: {
    readonly current: () => ReadonlyArray<A>
    readonly select: (values: ReadonlyArray<A>) => ReadonlyArray<A>
    readonly pending: Pending<A>
  }) => Effect.Effect<Stream.Stream<A>, never, Scope.Scope>
}

export const make = <A>(): Effect.Effect<Hub<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    // Unbounded is safe here: pumps never wait, so nothing piles up.
    const published = yield* Effect.acquireRelease(PubSub.unbounded<Numbered<A>>(), PubSub.shutdown)
    let number = 0
    let subscribers = 0
    return {
      hasSubscribers: () => subscribers > 0,
      publish: (values) => {
        if (values.length > 0) PubSub.publishUnsafe(published, { number: ++number, values })
      },
      subscribe: ({ current, pending, select }) =>
        Effect.gen(function* () {
          const subscription = yield* PubSub.subscribe(published)
          subscribers += 1
          yield* Effect.addFinalizer(() => Effect.sync(() => void (subscribers -= 1)))
          yield* Metrics.subscribers.observe(() => 1)
          yield* Metrics.subscriberLag.observe(pending.length)
          const ready = Latch.makeUnsafe(false)
          const after = number
          let end: Exit.Exit<never, Cause.Done> | undefined
          for (const value of current()) pending.push(value)
          const pump = Effect.map(PubSub.takeAll(subscription), (batch) => {
            for (const item of batch) {
              if (item.number > after) for (const value of select(item.values)) pending.push(value)
            }
            ready.openUnsafe()
          })
          const finish = (exit: Exit.Exit<never>) =>
            Effect.sync(() => {
              const isBroken = Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
              end = isBroken ? exit : Exit.fail(Cause.Done())
              ready.openUnsafe()
            })
          yield* Effect.forkScoped(Effect.onExit(Effect.forever(pump), finish))
          // One at a time: what a reader leaves unread when it stops is there when it reads on.
          const read: Effect.Effect<A, Cause.Done> = Effect.suspend(() => {
            if (!pending.isEmpty()) return Effect.succeed(pending.take())
            if (end !== undefined) return end
            ready.closeUnsafe()
            return Effect.andThen(ready.await, read)
          })
          return Stream.fromEffectRepeat(read)
        })
    }
  })
