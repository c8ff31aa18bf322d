/** Sentences, once what makes them has been loaded. */
import { useEffect, useState } from "react"
import type { Zone } from "../time/zone.ts"
import type { Sentence, Timed } from "./sentence.ts"

type Words = typeof import("./sentence.ts")

let words: Words | undefined

/** The sentence of a dispatch; `undefined` while it is loading. */
export const useSentence = (dispatch: Timed, now: number, zone: Zone): Sentence | undefined => {
  const [loaded, setLoaded] = useState(words)
  useEffect(() => {
    if (words !== undefined) return
    void import("./sentence.ts").then((module) => {
      words = module
      setLoaded(() => module)
    })
  }, [])
  return loaded?.ofDispatch(dispatch, now, zone)
}
