/** Work of a component that takes a while. */
import { useState } from "react"
import { Turn } from "../state/turn.ts"

/** The way to begin work, one at a time, and whether there is some. */
export const useWork = () => {
  const [turn] = useState(() => new Turn())
  const [isBusy, setBusy] = useState(false)
  const begin = (work: (end: () => void) => void): void =>
    turn.begin((end) => {
      setBusy(true)
      work(() => {
        end()
        setBusy(false)
      })
    })
  return { isBusy, begin }
}
