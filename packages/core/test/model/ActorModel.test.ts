import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { play } from "./actorPlay.ts"
import { draw, type Step } from "./histories.ts"

const histories = 500

/** Situations that must have occurred, or they were not tested. */
const wanted = [
  ...["Created", "Updated", "Scheduled", "Recovered"].map((cause) => `Running ${cause}`),
  ...["Created", "Updated", "Scheduled", "Recovered", "Deleted"].map((cause) => `Stopped ${cause}`),
  "missed"
]

/** The steps that fail without the others. */
const shrink = Effect.fnUntraced(function* (history: ReadonlyArray<Step>) {
  let shortest = history
  for (let at = history.length - 1; at >= 0; at--) {
    const shorter = shortest.toSpliced(at, 1)
    if ((yield* play(shorter)).difference !== undefined) shortest = shorter
  }
  return shortest
})

describe("the dispatching actor", () => {
  it.live(
    `R1 to R11, S10: publishes what an exact model decides, in ${histories} histories of processes`,
    () =>
      Effect.gen(function* () {
        const reached = new Set<string>()
        for (let seed = 1; seed <= histories; seed++) {
          const played = yield* play(draw(seed))
          for (const what of played.reached) reached.add(what)
          if (played.difference === undefined) continue
          const { difference, log } = yield* play(yield* shrink(draw(seed)))
          assert.fail([`seed ${seed}`, ...log, String(difference)].join("\n"))
        }
        assert.deepStrictEqual(
          wanted.filter((what) => !reached.has(what)),
          []
        )
      }),
    { timeout: 240_000 }
  )
})
