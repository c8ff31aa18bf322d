/** The keys that count, and those who want to know when one counts no more. */
import { Effect } from "effect"
import type { AccessKey } from "../AccessKeyStore.ts"

const opens = ({ flaw, revokedAt }: AccessKey): boolean => flaw === undefined && revokedAt === undefined

/** Keys by hash. A key that is gone from the store counts as revoked. */
export class KeyRing {
  #keys: ReadonlyMap<string, AccessKey> = new Map()
  /** The ids of keys that open anything. */
  #counting: ReadonlySet<string> = new Set()
  readonly #waiting = new Map<string | undefined, Set<() => void>>()
  #isKeyed = false

  /** True once there was a key. From then on nothing is open without one, also when all are revoked, or gone. */
  get isKeyed(): boolean {
    return this.#isKeyed
  }

  find(hash: string): AccessKey | undefined {
    return this.#keys.get(hash)
  }

  /** True if the key with this id opens anything; `undefined` is for being served without one. */
  counts(id: string | undefined): boolean {
    return id === undefined ? !this.isKeyed : this.#counting.has(id)
  }

  /** Acts when the key, or being served without one, counts no more; the returned function stops that. */
  whenRevoked(id: string | undefined, act: () => void): () => void {
    if (!this.counts(id)) {
      act()
      return () => {}
    }
    const waiting = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, waiting.add(act))
    return () => {
      waiting.delete(act)
      if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id)
    }
  }

  /** Learns all keys anew. */
  replace(keys: ReadonlyArray<AccessKey>): Effect.Effect<void> {
    return Effect.sync(() => {
      this.#isKeyed ||= keys.length > 0
      this.#keys = new Map(keys.map((key) => [key.hash, key]))
      this.#counting = new Set(keys.filter(opens).map(({ id }) => id))
      const revoked = [...this.#waiting].filter(([id]) => !this.counts(id))
      for (const [, waiting] of revoked) for (const act of waiting) act()
    })
  }
}
