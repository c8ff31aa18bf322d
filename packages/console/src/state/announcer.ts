/** Sentences for those who listen: at most one in a while, in which starts and stops are summed. */
import * as Clock from "../browser/clock.ts"
import { summed } from "../words/summary.ts"
import * as Atoms from "./atoms.ts"
import { holding, registry } from "./binding.ts"

/** The sentence that is said. */
export const said = holding("")

/** Says a sentence at once. */
export const announce = (text: string): void => registry.set(said, text)

/** Least time between sums. */
const pause = 5_000

/** Follows what happens. */
export const follow = (): void => {
  let told = 0
  let awaited = false
  registry.subscribe(Atoms.happenings, (lines) => {
    const begun = lines.filter(({ at, kind }) => at > told && (kind === "Running" || kind === "Stopped"))
    if (begun.length === 0 || awaited) return
    awaited = true
    Clock.after(pause, () => {
      awaited = false
      const fresh = registry.get(Atoms.happenings).filter(({ at }) => at > told)
      told = fresh.at(-1)?.at ?? told
      const sentence = summed(fresh)
      if (sentence !== "" && !registry.get(Atoms.isMuted)) announce(sentence)
    })
  })
}
