/** Atoms of effect/reactivity in components: all the binding there is. */
import { useCallback, useSyncExternalStore } from "react"
import type * as Atom from "effect/reactivity/Atom"
import * as AtomRegistry from "effect/reactivity/AtomRegistry"
import { writable } from "effect/reactivity/Atom"

/** The values of all atoms. */
export const registry = AtomRegistry.make()

/** An atom that holds what is written to it. */
export const holding = <A>(initial: A): Atom.Writable<A> =>
  writable<A, A>(
    () => initial,
    (context, value) => context.setSelf(value)
  )

/** The value of an atom, and every later one. */
export const useAtom = <A>(atom: Atom.Atom<A>): A => {
  const subscribe = useCallback((listener: () => void) => registry.subscribe(atom, listener), [atom])
  return useSyncExternalStore(subscribe, () => registry.get(atom))
}
