/** Components that load when they are shown first. */
import type { ComponentType } from "preact"
import { useEffect, useState } from "react"
import * as Clock from "../browser/clock.ts"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"

/** Makes a component of one that loads; nothing is shown until then. If it cannot be had, that is said, and tried again. */
export const lazily = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> => {
  let loaded: ComponentType<P> | undefined
  return (props: P) => {
    const [Shown, setShown] = useState(() => loaded)
    const { status } = useAtom(Atoms.knowledge)
    useEffect(() => {
      if (Shown !== undefined) return undefined
      const tell = () => Actions.tell("bad", notLoaded)
      // A service that is frozen neither gives it nor refuses it.
      const endWaiting = Clock.after(patience, tell)
      const take = (component: ComponentType<P>) => {
        loaded = component
        if (registry.get(Atoms.notice)?.text === notLoaded) registry.set(Atoms.notice, undefined)
        setShown(() => component)
      }
      load().then(take, tell).finally(endWaiting)
      return endWaiting
    }, [Shown, status])
    return Shown === undefined ? null : <Shown {...props} />
  }
}

const patience = 3_000

const notLoaded =
  "This part of the page is not loaded yet. It is shown once the service answers; if that takes long, load the page again."
