/** Moves of the view by keys. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime } from "effect"
import * as Atoms from "../state/atoms.ts"
import { holding, registry } from "../state/binding.ts"
import * as View from "./view.ts"

/** Keys of the grid that move the time. */
export const moveView = (key: string): boolean => {
  const view = registry.get(Atoms.view)
  const now = registry.get(Atoms.now)
  const moves: { readonly [key: string]: () => { readonly from: number; readonly to: number } } = {
    ArrowLeft: () => View.pan(view, -0.1),
    ArrowRight: () => View.pan(view, 0.1),
    "+": () => View.zoom(view, 0.5, 0.5),
    "-": () => View.zoom(view, 2, 0.5),
    Home: () => View.around(now, view.to - view.from)
  }
  const move = moves[key]
  if (move === undefined) return false
  registry.set(Atoms.isFollowing, key === "Home")
  registry.set(Atoms.view, move())
  return true
}

/** The run that was shown last, from which the next one counts. */
const shownRun = holding<{ readonly id: bigint; readonly at: number } | undefined>(undefined)

/** Most time that a run before is looked for in. */
const lookBack = 400 * 24 * 3_600_000

/** Shows the next or the previous run of a dispatch, and gives its beginning. */
export const showRun = (dispatch: Dispatch, which: "next" | "previous"): number | undefined => {
  const shown = registry.get(shownRun)
  const from = shown?.id === dispatch.id ? shown.at : registry.get(Atoms.now)
  const at = which === "next" ? nextAfter(dispatch, from) : previousBefore(dispatch, from)
  if (at === undefined) return undefined
  registry.set(shownRun, { id: dispatch.id, at })
  registry.set(Atoms.isFollowing, false)
  registry.set(Atoms.view, View.showing(registry.get(Atoms.view), at))
  return at
}

const nextAfter = (dispatch: Dispatch, at: number): number | undefined =>
  dispatch.nextRun(DateTime.makeUnsafe(at + 1_000))?.epochMilliseconds

const previousBefore = (dispatch: Dispatch, at: number): number | undefined => {
  // Looks back over longer and longer stretches, so that dense rules cost little.
  for (let length = 3_600_000; length <= lookBack; length *= 8) {
    let last: number | undefined
    for (const occurrence of dispatch.missedRuns(
      DateTime.makeUnsafe(Math.max(0, at - length)),
      DateTime.makeUnsafe(at)
    ))
      last = occurrence.epochMilliseconds
    if (last !== undefined) return last
  }
  return undefined
}
