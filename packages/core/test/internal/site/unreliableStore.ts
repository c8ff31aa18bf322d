/** A store in memory whose operations hang, fail or refuse as a test says. */
import { Deferred, Effect } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"

/** The fate of an operation: it goes through (by default), fails, or waits until it is let go. */
export type Fate = "Done" | "Failed" | "Hanging" | { readonly cause: unknown }

export class UnreliableStore {
  readonly values = new Map<string, string>()
  /** Every operation, as it was asked for. */
  readonly asked: Array<string> = []
  readonly underWay = new Map<string, number>()
  /** Keys that were written while a write to them was under way. */
  readonly overlaps: Array<string> = []
  fateOf: (operation: "keys" | "get" | "set" | "remove", key: string) => Fate = () => "Done"
  #released = Deferred.makeUnsafe<void>()

  /** Lets everything go that hangs. */
  release(): void {
    this.fateOf = () => "Done"
    Deferred.doneUnsafe(this.#released, Effect.void)
    this.#released = Deferred.makeUnsafe()
  }

  /** Hanging operations come to nothing, as if their process were gone. */
  abandon(): void {
    this.fateOf = () => "Done"
    this.#released = Deferred.makeUnsafe()
    this.underWay.clear()
  }

  readonly #meet = Effect.fnUntraced(
    { self: this },
    function* (operation: "keys" | "get" | "set" | "remove", key: string) {
      this.asked.push(`${operation} ${key}`)
      const fate = this.fateOf(operation, key)
      if (fate === "Hanging") yield* Effect.uninterruptible(Deferred.await(this.#released))
      else if (fate !== "Done") {
        const cause = typeof fate === "object" ? fate.cause : undefined
        return yield* new KeyValueStore.KeyValueStoreError({ method: operation, key, message: "no", cause })
      }
    }
  )

  #write(operation: "set" | "remove", key: string, change: () => void) {
    return Effect.gen({ self: this }, function* () {
      const others = this.underWay.get(key) ?? 0
      if (others > 0) this.overlaps.push(key)
      this.underWay.set(key, others + 1)
      yield* Effect.ensuring(
        this.#meet(operation, key),
        Effect.sync(() => this.underWay.set(key, (this.underWay.get(key) ?? 0) - 1))
      )
      change()
    })
  }

  readonly store: KeyValueStore.KeyValueStore = KeyValueStore.make({
    get: (key) => Effect.map(this.#meet("get", key), () => this.values.get(key)),
    getUint8Array: () => Effect.die("not used"),
    set: (key, value) => this.#write("set", key, () => this.values.set(key, String(value))),
    remove: (key) => this.#write("remove", key, () => this.values.delete(key)),
    clear: Effect.die("not used"),
    keys: Effect.map(this.#meet("keys", ""), () => [...this.values.keys()]),
    size: Effect.sync(() => this.values.size)
  })
}
