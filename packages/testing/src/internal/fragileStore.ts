/** A store in memory, to which a process can die in the midst of a write. */
import { Fenced } from "@effect-dispatch/core/SitePersistence"
import { Clock, Deferred, Effect } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"

/** The behaviours of a store. */
export type StoreMood = "works" | "fails" | "hangs" | "failsToRead" | "fenced"

const broken = new KeyValueStore.KeyValueStoreError({ method: "set", message: "the disk is full" })

const fenced = new KeyValueStore.KeyValueStoreError({
  method: "set",
  message: "another has taken over",
  cause: new Fenced({ message: "another has taken over" })
})

/** A process that is refused for good tells nothing any more. */
const gone = new KeyValueStore.KeyValueStoreError({
  method: "set",
  message: "the process is gone",
  cause: new Fenced({ message: "the process is gone" })
})

/** Survives the processes that write to it. */
export class FragileStore {
  readonly #values = new Map<string, string>()
  #breaks: { readonly written: boolean } | undefined
  #ended = Deferred.makeUnsafe<never, KeyValueStore.KeyValueStoreError>()
  isBroken = false
  /** The time (timers) at which the first of the writes that hang began. */
  hangsSince: number | undefined
  #mood: StoreMood = "works"
  /** Writes that hang, and go on when the store works again. */
  #waiting = Deferred.makeUnsafe<void>()

  setMood(mood: StoreMood): void {
    this.#mood = mood
    if (mood === "hangs") return
    this.hangsSince = undefined
    Deferred.doneUnsafe(this.#waiting, Effect.void)
    this.#waiting = Deferred.makeUnsafe()
  }

  /** The next write never returns; its data is written or not. */
  breakAtNextWrite(written: boolean): void {
    this.#breaks = { written }
  }

  /** The process is gone: its waits come to nothing. */
  endProcess(): void {
    Deferred.doneUnsafe(this.#ended, Effect.fail(gone))
  }

  /** A new process can write again. */
  repair(): void {
    this.#breaks = undefined
    this.hangsSince = undefined
    this.#ended = Deferred.makeUnsafe()
    this.isBroken = false
  }

  get #hang(): Effect.Effect<void, KeyValueStore.KeyValueStoreError> {
    return Effect.flatMap(Clock.monotonicTimeNanos, (nanos) => {
      this.hangsSince ??= Number(nanos / 1_000_000n)
      return Effect.raceFirst(Deferred.await(this.#waiting), Deferred.await(this.#ended))
    })
  }

  asKeyValueStore(): KeyValueStore.KeyValueStore {
    const values = this.#values
    const write = (change: () => void): Effect.Effect<void, KeyValueStore.KeyValueStoreError> =>
      Effect.suspend(() => {
        if (this.isBroken || this.#breaks !== undefined) {
          if (!this.isBroken && this.#breaks?.written === true) change()
          this.isBroken = true
          return Deferred.await(this.#ended)
        }
        if (this.#mood === "fails") return Effect.fail(broken)
        if (this.#mood === "fenced") return Effect.fail(fenced)
        if (this.#mood === "hangs") {
          return Effect.andThen(this.#hang, write(change))
        }
        change()
        return Effect.void
      })
    const read = <A>(value: () => A): Effect.Effect<A, KeyValueStore.KeyValueStoreError> =>
      Effect.suspend(() => {
        if (this.#mood === "failsToRead") return Effect.fail(broken)
        return this.#mood === "fenced" ? Effect.fail(fenced) : Effect.sync(value)
      })
    return KeyValueStore.make({
      get: (key) => read(() => values.get(key)),
      getUint8Array: (key) =>
        read(() => {
          const value = values.get(key)
          return value === undefined ? undefined : new TextEncoder().encode(value)
        }),
      set: (key, value) =>
        write(
          () => void values.set(key, typeof value === "string" ? value : new TextDecoder().decode(value))
        ),
      remove: (key) => write(() => void values.delete(key)),
      clear: write(() => values.clear()),
      keys: read(() => [...values.keys()]),
      size: read(() => values.size)
    })
  }
}
