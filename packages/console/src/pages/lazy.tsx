/** Components that load when they are shown first. */
import type { ComponentType } from "preact"
import { useEffect, useState } from "react"

/** Makes a component of one that loads; nothing is shown until then. */
export const lazily = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> => {
  let loaded: ComponentType<P> | undefined
  return (props: P) => {
    const [Shown, setShown] = useState(() => loaded)
    useEffect(() => {
      if (Shown !== undefined) return
      void load().then((component) => {
        loaded = component
        setShown(() => component)
      })
    }, [Shown])
    return Shown === undefined ? null : <Shown {...props} />
  }
}
