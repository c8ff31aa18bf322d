/** Values by the id of a dispatch. */
import { DispatchId } from "../DispatchId.ts"

/**
 * Most ids are small. As numbers a `Map` finds them without a look at an object for each; among 100,000 ids these looks
 * take most of the time.
 */
type Key = number | DispatchId

/** Ids below this are kept as numbers. */
const smallMax = 2 ** 30

const keyOf = (id: DispatchId): Key => {
  const number = Number(id)
  return number < smallMax ? number : id
}

const idOf = (key: Key): DispatchId =>
  typeof key === "number" ? DispatchId.make(BigInt(key), { disableChecks: true }) : key

/** A map from ids, in the order in which they were first set. */
export class IdMap<A> {
  /** Made with the first value: an actor has many maps, of which most stay empty. */
  #values: Map<Key, A> | undefined

  get size(): number {
    return this.#values?.size ?? 0
  }

  get(id: DispatchId): A | undefined {
    return this.#values?.get(keyOf(id))
  }

  has(id: DispatchId): boolean {
    return this.#values?.has(keyOf(id)) === true
  }

  set(id: DispatchId, value: A): void {
    this.#values ??= new Map()
    this.#values.set(keyOf(id), value)
  }

  delete(id: DispatchId): boolean {
    return this.#values?.delete(keyOf(id)) === true
  }

  *keys(): Generator<DispatchId, void, void> {
    for (const key of this.#values?.keys() ?? []) yield idOf(key)
  }

  values(): Iterable<A> {
    return this.#values?.values() ?? []
  }

  *[Symbol.iterator](): Generator<readonly [DispatchId, A], void, void> {
    for (const [key, value] of this.#values ?? []) yield [idOf(key), value]
  }
}
