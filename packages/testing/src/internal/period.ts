/** The possible states of a site that goes by any instant of a period. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { Duration } from "effect"
import * as Oracle from "../Oracle.ts"

/** Instants of the wall clock, both ends inclusive. */
export interface Period {
  readonly from: number
  readonly to: number
}

export const isWithin = (instant: number, { from, to }: Period): boolean => from <= instant && instant <= to

/** The occurrences that a dispatch runs in at any instant of a period; `undefined` if it does not run. */
export const runsIn = (dispatch: Dispatch, { from, to }: Period): ReadonlySet<number | undefined> => {
  if (Duration.toMillis(dispatch.duration) === 0) return new Set([undefined])
  const edges = from === to ? [] : Oracle.edges(dispatch, from, to).map(({ at }) => at)
  return new Set([from, ...edges, to].map((instant) => Oracle.runAt(dispatch, instant)))
}
