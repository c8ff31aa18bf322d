/** The next starts, ends and commands of all dispatches, as they are planned. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime, Duration } from "effect"

/** Something that is to happen. */
export interface Coming {
  readonly at: number
  readonly kind: "starts" | "ends" | "command"
  readonly dispatch: Dispatch
}

/** The most that is told of one dispatch: a dense rule would leave no room for others. */
const eachMax = 2

/** The earliest of what is to come, no more than so many. */
export const comingUp = (dispatches: Iterable<Dispatch>, now: number, most: number): ReadonlyArray<Coming> =>
  [...dispatches]
    .flatMap((dispatch) => comingOf(dispatch, now))
    .sort(byTime)
    .slice(0, most)

/** Ends come before starts at one instant, as they are told. */
const ranks: { readonly [kind in Coming["kind"]]: number } = { ends: 0, command: 1, starts: 2 }

const byTime = (one: Coming, other: Coming): number =>
  one.at - other.at || ranks[one.kind] - ranks[other.kind] || (one.dispatch.id < other.dispatch.id ? -1 : 1)

/** The most runs of a dispatch that are looked at: very many may overlap, and end as one. */
const looksMax = 100

/** The next of one dispatch. */
const comingOf = (dispatch: Dispatch, now: number): ReadonlyArray<Coming> => {
  if (!dispatch.active) return []
  const isCommand = Duration.isZero(dispatch.duration)
  const found: Array<Coming> = []
  let at = now
  let end = dispatch.until(DateTime.makeUnsafe(now))?.epochMilliseconds
  // A run without an end stays on: nothing of it comes any more.
  if (end === undefined && dispatch.startedAt(DateTime.makeUnsafe(now))) return []
  for (let looked = 0; found.length < eachMax && looked < looksMax; looked++) {
    const next = dispatch.nextRun(DateTime.makeUnsafe(at))?.epochMilliseconds
    // Runs that overlap or meet are one: it ends with the last of them.
    if (end !== undefined && (next === undefined || next > end)) {
      found.push({ at: end, kind: "ends", dispatch })
      end = undefined
      continue
    }
    if (next === undefined) break
    const until = dispatch.until(DateTime.makeUnsafe(next))?.epochMilliseconds
    if (isCommand) found.push({ at: next, kind: "command", dispatch })
    else {
      if (end === undefined) found.push({ at: next, kind: "starts", dispatch })
      if (until === undefined) break
      end = until
    }
    at = next + 1_000
  }
  return found
}
