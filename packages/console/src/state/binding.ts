/**
 * State that components follow, on the references of effect/reactivity. Its atoms would do as well, but bring streams and
 * layers with them, which the page has no use for.
 */
import { Result } from "effect"
import { useCallback, useSyncExternalStore } from "react"
import * as AtomRef from "effect/reactivity/AtomRef"

/** A value that changes, and tells so. */
export interface Atom<A> {
  readonly value: A
  /** Calls a function after each change; gives the function that ends that. */
  readonly subscribe: (listener: () => void) => () => void
}

/** Values compare by identity: some hold ten thousand dispatches. Their number of changes is the reference. */
class Held<A> implements Atom<A> {
  readonly #changes = AtomRef.make(0)
  #value: A

  constructor(value: A) {
    this.#value = value
  }

  get value(): A {
    return this.#value
  }

  set(value: A): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    this.#changes.update((number) => number + 1)
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#changes.subscribe(listener)
}

/** A value that follows from others. It is made anew when one of them has changed and somebody asks. */
class Following<A> implements Atom<A> {
  readonly #read: (get: Get) => A
  readonly #sources = new Map<Atom<unknown>, () => void>()
  readonly #changes = AtomRef.make(0)
  #made: { readonly value: A } | undefined

  constructor(read: (get: Get) => A) {
    this.#read = read
  }

  get value(): A {
    this.#made ??= {
      value: this.#read((source) => {
        if (!this.#sources.has(source))
          this.#sources.set(
            source,
            source.subscribe(() => this.#change())
          )
        return source.value
      })
    }
    return this.#made.value
  }

  #change(): void {
    if (this.#made === undefined) return
    const before = this.#made.value
    this.#made = undefined
    const after = Result.try(() => this.value)
    // Those who follow it meet the failure when they read it; untold, they would show the value before it for ever.
    if (Result.isFailure(after) || !Object.is(before, after.success))
      this.#changes.update((number) => number + 1)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // Without a value, the first change would be told to nobody.
    void this.value
    return this.#changes.subscribe(listener)
  }
}

type Get = <B>(source: Atom<B>) => B

/** An atom that holds what is written to it. */
export const holding = <A>(initial: A): Held<A> => new Held(initial)

/** An atom that follows from others. */
export const readable = <A>(read: (get: Get) => A): Atom<A> => new Following(read)

/** Reads, writes and follows atoms outside of components. */
export const registry = {
  get: <A>(atom: Atom<A>): A => atom.value,
  set: <A>(atom: Held<A>, value: NoInfer<A>): void => atom.set(value),
  subscribe: <A>(atom: Atom<A>, listener: (value: A) => void): (() => void) =>
    atom.subscribe(() => listener(atom.value))
}

/** The value of an atom, and every later one. */
export const useAtom = <A>(atom: Atom<A>): A => {
  const subscribe = useCallback((listener: () => void) => atom.subscribe(listener), [atom])
  return useSyncExternalStore(subscribe, () => atom.value)
}
