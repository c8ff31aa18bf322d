/** A store in memory that a process can die in the midst of writing to. */
import { Fenced } from "@effect-dispatch/core/SitePersistence"
import { Deferred, Effect } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"

/** Nothing is told any more by a process that is refused for good. */
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

  /** The next write never returns; what it writes is written or not. */
  breakAtNextWrite(written: boolean): void {
    this.#breaks = { written }
  }

  /** The process is gone: what it waits for comes to nothing. */
  endProcess(): void {
    Deferred.doneUnsafe(this.#ended, Effect.fail(gone))
  }

  /** A new process can write again. */
  repair(): void {
    this.#breaks = undefined
    this.#ended = Deferred.makeUnsafe()
    this.isBroken = false
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
        change()
        return Effect.void
      })
    return KeyValueStore.make({
      get: (key) => Effect.sync(() => values.get(key)),
      getUint8Array: (key) =>
        Effect.sync(() => {
          const value = values.get(key)
          return value === undefined ? undefined : new TextEncoder().encode(value)
        }),
      set: (key, value) =>
        write(
          () => void values.set(key, typeof value === "string" ? value : new TextDecoder().decode(value))
        ),
      remove: (key) => write(() => void values.delete(key)),
      clear: write(() => values.clear()),
      keys: Effect.sync(() => [...values.keys()]),
      size: Effect.sync(() => values.size)
    })
  }
}
