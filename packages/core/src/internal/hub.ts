/**
 * One `PubSub` and its subscribers. A subscription stands from the moment it is made; a pump of its own takes what is
 * published at once, so that a slow reader holds up nobody.
 */
import { Effect, Latch, PubSub, type Scope, Stream } from "effect"
import type { Pending } from "./pendingChanges.ts"

interface Numbered<A> {
  readonly number: number
  readonly value: A
}

/** Publishes values to all subscribers. */
export interface Hub<A> {
  /** Publishes at once, without waiting for anybody. */
  readonly publish: (value: A) => void
  /**
   * Subscribes for the life of the scope: what `current` gives at this moment, then everything published later for
   * which `accepts` holds, with neither gap nor repeat.
   */
  readonly subscribe: (options: {
    readonly accepts: (value: A) => boolean
    readonly current: () => ReadonlyArray<A>
    readonly pending: Pending<A>
  }) => Effect.Effect<Stream.Stream<A>, never, Scope.Scope>
}

export const make = <A>(): Effect.Effect<Hub<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    // Unbounded is safe here: pumps never wait, so nothing piles up.
    const published = yield* Effect.acquireRelease(PubSub.unbounded<Numbered<A>>(), PubSub.shutdown)
    let number = 0
    return {
      publish: (value) => void PubSub.publishUnsafe(published, { number: ++number, value }),
      subscribe: ({ accepts, current, pending }) =>
        Effect.gen(function* () {
          const subscription = yield* PubSub.subscribe(published)
          const ready = Latch.makeUnsafe(false)
          const after = number
          for (const value of current()) if (accepts(value)) pending.push(value)
          ready.openUnsafe()
          const pump = Effect.map(PubSub.takeAll(subscription), (batch) => {
            for (const item of batch) if (item.number > after && accepts(item.value)) pending.push(item.value)
            ready.openUnsafe()
          })
          yield* Effect.forkScoped(Effect.forever(pump))
          const read = Effect.map(ready.await, () => {
            ready.closeUnsafe()
            return pending.takeAll()
          })
          return Stream.fromIterableEffectRepeat(read)
        })
    }
  })
