/** Runs to leave out of a dispatch, and to have again, as a person names them. */
import { exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as RunExceptions from "@effect-dispatch/core/RunExceptions"
import { DateTime, Effect } from "effect"
import { UsageError } from "../UsageError.ts"
import { dayOf, runsOfDay } from "./exceptions.ts"
import type { TimeText } from "./flags.ts"
import { noExceptions } from "./recurrence.ts"
import { utcClock } from "./zone.ts"

/** A recurring dispatch, with the clock of its rule. */
export interface Recurring extends RunExceptions.Recurring {
  readonly clock: LocalClock
}

/** The rule of a dispatch as one with exceptions; fails where it can have none. */
export const recurring = (dispatch: Dispatch): Effect.Effect<Recurring, UsageError> =>
  Effect.fromResult(RunExceptions.recurring(dispatch)).pipe(
    Effect.mapError((reason) => refusalOf(dispatch, reason)),
    Effect.map((one) => ({ ...one, clock: LocalClock.make(one.rule.timeZone) ?? utcClock }))
  )

const refusalOf = ({ id, recurrence }: Dispatch, reason: RunExceptions.Unfit): UsageError =>
  reason === "RealTime" && recurrence !== undefined
    ? noExceptions(recurrence)
    : new UsageError({
        message:
          reason === "TooMany"
            ? `a rule can have ${exceptionsMax} exceptions, and these would be more: choose an earlier time, or make it inactive`
            : `#${id} does not recur, so that no run of it can be left out: make it inactive, or delete it`,
        example: `dispatch update 1 ${id} --no-active`
      })

/** The runs that a time names, exceptions too: those of a day, or the one that begins then. */
export const namedRuns = (
  { clock, dispatch, rule }: Recurring,
  { on }: TimeText
): ReadonlyArray<DateTime.Utc> => {
  const { at, isDay } = on(clock)
  const runs = runsOfDay(rule, dispatch.startTime, dayOf(at, clock), clock)
  return isDay ? runs : runs.filter((run) => DateTime.Equivalence(run, at))
}

/** The rule with these runs left out as well. */
export const without = (one: Recurring, runs: ReadonlyArray<DateTime.Utc>, now: DateTime.Utc) =>
  Effect.mapError(Effect.fromResult(RunExceptions.leaveOut(one, runs, now)), (reason) =>
    refusalOf(one.dispatch, reason)
  )
