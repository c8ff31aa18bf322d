/** A value of which every reader gets the latest, and never one that was replaced before it was read. */
import { Deferred, Effect, Stream } from "effect"

export class Latest<A> {
  #value: A
  #version = 0
  #replaced = Deferred.makeUnsafe<void>()

  constructor(initial: A) {
    this.#value = initial
  }

  get value(): A {
    return this.#value
  }

  set(next: A): void {
    this.#value = next
    this.#version += 1
    const before = this.#replaced
    this.#replaced = Deferred.makeUnsafe<void>()
    Deferred.doneUnsafe(before, Effect.void)
  }

  /** The present value, then the latest at each read; each reader goes at its own pace. */
  readonly changes: Stream.Stream<A> = Stream.suspend(() => {
    let seen = -1
    const next: Effect.Effect<A> = Effect.suspend(() => {
      if (seen === this.#version) return Effect.andThen(Deferred.await(this.#replaced), next)
      seen = this.#version
      return Effect.succeed(this.#value)
    })
    return Stream.fromEffectRepeat(next)
  })
}
