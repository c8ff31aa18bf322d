/** Work of a component that takes a while. */
import { useRef, useState } from "react"

/** Work that is not begun anew before it has ended, however often and however fast it is asked for. */
export const useWork = () => {
  const isBegun = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const begin = (work: (end: () => void) => void): void => {
    if (isBegun.current) return
    isBegun.current = true
    setBusy(true)
    work(() => {
      isBegun.current = false
      setBusy(false)
    })
  }
  return { isBusy, begin }
}
