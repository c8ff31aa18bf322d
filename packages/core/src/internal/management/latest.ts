/** A value of which every reader gets the latest, and never one that was replaced before it was read. */
import { Deferred, Effect, Stream } from "effect"

export interface Latest<A> {
  readonly get: () => A
  readonly set: (value: A) => void
  /** The present value, then the latest at each read; each reader goes at its own pace. */
  readonly changes: Stream.Stream<A>
}

export const make = <A>(initial: A): Latest<A> => {
  let value = initial
  let version = 0
  let replaced = Deferred.makeUnsafe<void>()
  const changes = Stream.suspend(() => {
    let seen = -1
    const next: Effect.Effect<A> = Effect.suspend(() => {
      if (seen === version) return Effect.andThen(Deferred.await(replaced), next)
      seen = version
      return Effect.succeed(value)
    })
    return Stream.fromEffectRepeat(next)
  })
  return {
    get: () => value,
    set: (next) => {
      value = next
      version += 1
      const before = replaced
      replaced = Deferred.makeUnsafe<void>()
      Deferred.doneUnsafe(before, Effect.void)
    },
    changes
  }
}
