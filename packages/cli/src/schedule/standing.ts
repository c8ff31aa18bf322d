/** Where dispatches stand at an instant, and their order by it. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { type Standing, standingOf } from "@effect-dispatch/core/Standing"
import type { DateTime } from "effect"

export { type Standing, standingOf }

/** The same dispatches: those that run first, then by their next run, then those that have none. */
export const byNextRun = (dispatches: ReadonlyArray<Dispatch>, now: DateTime.Utc): ReadonlyArray<Dispatch> =>
  dispatches
    .map((dispatch) => ({ dispatch, at: instantOf(standingOf(dispatch, now)) }))
    .sort((one, other) => one.at - other.at || compareIds(one.dispatch, other.dispatch))
    .map(({ dispatch }) => dispatch)

/** A run that is on began before all that are to come. */
const instantOf = ({ current, next }: Standing): number =>
  (current?.occurrence ?? next)?.epochMilliseconds ?? Number.MAX_VALUE

const compareIds = (one: Dispatch, other: Dispatch): number => (one.id < other.id ? -1 : 1)
