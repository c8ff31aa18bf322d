/** The keys that count, and the calls and streams that each has open. */
import { Deferred, Effect, Exit, Semaphore } from "effect"
import type { AccessKey } from "../AccessKeyStore.ts"

type Kind = "calls" | "streams"

/** Keys by hash. A key that is gone from the store counts as revoked. */
export class KeyRing {
  #keys: ReadonlyMap<string, AccessKey> = new Map()
  readonly #open = {
    calls: new Map<string | undefined, number>(),
    streams: new Map<string | undefined, number>()
  }
  readonly #waiting = new Map<string | undefined, Set<Deferred.Deferred<void>>>()

  /** True if there ever was a key. From then on nothing is open without one, also when all are revoked. */
  get isKeyed(): boolean {
    return this.#keys.size > 0
  }

  find(hash: string): AccessKey | undefined {
    return this.#keys.get(hash)
  }

  /**
   * Reads the keys anew. Concurrent requests share one reading that begins after they asked, and all fail if it does.
   */
  readonly reader = <E>(keys: Effect.Effect<ReadonlyArray<AccessKey>, E>) =>
    Effect.map(Semaphore.make(1), (turns) => {
      let asked = 0
      let answered: { readonly upTo: number; readonly exit: Exit.Exit<void, E> } = {
        upTo: 0,
        exit: Exit.void
      }
      return Effect.suspend(() => {
        const mine = ++asked
        return turns.withPermits(1)(
          Effect.suspend((): Effect.Effect<void, E> => {
            if (answered.upTo >= mine) return answered.exit
            const upTo = asked
            return Effect.flatMap(keys, (read) => this.#replace(read)).pipe(
              // An interrupted reading has no answer to share.
              Effect.onExit((exit) =>
                Effect.sync(() => {
                  if (!Exit.hasInterrupts(exit)) answered = { upTo, exit }
                })
              )
            )
          })
        )
      })
    })

  /** Completes when the key, or being served without one, counts no more. */
  whenRevoked(id: string | undefined): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!this.#counts(id)) return Effect.void
      const deferred = Deferred.makeUnsafe<void>()
      const waiting = this.#waiting.get(id) ?? new Set()
      this.#waiting.set(id, waiting.add(deferred))
      return Effect.onExit(Deferred.await(deferred), () =>
        Effect.sync(() => {
          waiting.delete(deferred)
          if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id)
        })
      )
    })
  }

  /** Takes one of the places of a key; `false` if all are taken. */
  take(kind: Kind, id: string | undefined, most: number): boolean {
    const open = this.#open[kind].get(id) ?? 0
    if (open >= most) return false
    this.#open[kind].set(id, open + 1)
    return true
  }

  give(kind: Kind, id: string | undefined): void {
    const open = (this.#open[kind].get(id) ?? 1) - 1
    if (open > 0) this.#open[kind].set(id, open)
    else this.#open[kind].delete(id)
  }

  #counts(id: string | undefined): boolean {
    if (id === undefined) return !this.isKeyed
    for (const key of this.#keys.values()) if (key.id === id) return key.revokedAt === undefined
    return false
  }

  #replace(keys: ReadonlyArray<AccessKey>): Effect.Effect<void> {
    this.#keys = new Map(keys.map((key) => [key.hash, key]))
    const revoked = [...this.#waiting]
      .filter(([id]) => !this.#counts(id))
      .flatMap(([, waiting]) => [...waiting])
    return Effect.forEach(revoked, (deferred) => Deferred.succeed(deferred, undefined), { discard: true })
  }
}
