/** Runs that are left out of a dispatch: what that changes, or why it cannot be. */
import { CalendarRule, exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as RunExceptions from "@effect-dispatch/core/RunExceptions"
import { DateTime, Duration, Result } from "effect"
import type { Changes } from "../worker/protocol.ts"

/** A change of runs, with the number of those that it concerns. */
export interface Leaving {
  readonly changes: Changes
  readonly count: number
}

type Left = Result.Result<Leaving, string>

const reasons: { readonly [reason in RunExceptions.Unfit]: string } = {
  Once: "it does not recur, so no run of it can be skipped",
  RealTime: "a rule of hours or minutes has no runs that can be skipped",
  TooMany: `a rule can leave out ${exceptionsMax} runs, and these would be more`
}

/** True if single runs of a dispatch can be left out. */
export const canSkip = (dispatch: Dispatch): boolean => Result.isSuccess(RunExceptions.recurring(dispatch))

/** The change that leaves out runs, by their beginnings. */
export const skip = (dispatch: Dispatch, runs: ReadonlyArray<number>, now: number): Left =>
  leaving(dispatch, now, () => runs.map((at) => DateTime.makeUnsafe(at)))

/** The change that leaves out the run that is on, and all that begin before an instant. */
export const pause = (dispatch: Dispatch, until: number, now: number): Left =>
  leaving(dispatch, now, (one) =>
    RunExceptions.runsUntil(one, DateTime.makeUnsafe(until), DateTime.makeUnsafe(now))
  )

const leaving = (
  dispatch: Dispatch,
  now: number,
  choose: (one: RunExceptions.Recurring) => ReadonlyArray<DateTime.Utc>
): Left =>
  RunExceptions.recurring(dispatch).pipe(
    Result.flatMap((one) => {
      const runs = choose(one)
      return Result.map(RunExceptions.leaveOut(one, runs, DateTime.makeUnsafe(now)), (calendar) => ({
        changes: { calendar },
        count: runs.length
      }))
    }),
    Result.mapError((reason) => reasons[reason])
  )

/** The change by which runs that were left out are run again. */
export const haveAgain = (dispatch: Dispatch, runs: ReadonlyArray<number>): Left =>
  RunExceptions.recurring(dispatch).pipe(
    Result.map((one) => ({
      changes: {
        calendar: RunExceptions.haveAgain(
          one,
          runs.map((at) => DateTime.makeUnsafe(at))
        )
      },
      count: runs.length
    })),
    Result.mapError((reason) => reasons[reason])
  )

/** The thing to know before the rule of a dispatch gets its first exception, if it is in plain UTC. */
export const warningOf = ({ recurrence }: Dispatch): string | undefined =>
  recurrence !== undefined && recurrence.timeZone === undefined
    ? "Its rule becomes one of the zone UTC, as only such rules leave out runs; actors of other make then run it once."
    : undefined

/** The beginnings of the runs that are left out and were not over at an instant. Others have no effect. */
export const skippedRuns = (dispatch: Dispatch, from: number): ReadonlyArray<number> => {
  const { recurrence: rule } = dispatch
  if (rule?.timeZone === undefined || rule.exceptions === undefined) return []
  const { exceptions, ...parts } = rule
  const whole = new Dispatch({ ...dispatch, recurrence: new CalendarRule(parts) }, { disableChecks: true })
  const length = Duration.toMillis(dispatch.duration)
  return exceptions.flatMap((at) => {
    const begin = at.epochMilliseconds
    const isRun = whole.nextRun(at)?.epochMilliseconds === begin
    return isRun && begin + length >= from ? [begin] : []
  })
}
