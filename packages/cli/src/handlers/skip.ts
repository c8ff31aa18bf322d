import { presentRuns } from "@effect-dispatch/core/RunExceptions"
import { DateTime, Effect, Option } from "effect"
import type { StartText } from "../input/flags.ts"
import { namedRuns, type Recurring } from "../input/leftOut.ts"
import { leaveOut, type LeavingOptions } from "./leavingOut.ts"

interface Options extends LeavingOptions {
  readonly when: Option.Option<StartText>
}

/** Leaves out the next run, the present ones, or those that are named. */
export const run = (options: Options) =>
  leaveOut(options, `dispatch skip 1 ${options.id}`, (one, now) =>
    Effect.succeed(runsOf(one, Option.getOrUndefined(options.when), now))
  )

const runsOf = (
  one: Recurring,
  when: StartText | undefined,
  now: DateTime.Utc
): ReadonlyArray<DateTime.Utc> => {
  if (when !== undefined && when !== "NOW") return namedRuns(one, when)
  if (when === "NOW") return presentRuns(one, now)
  const run = one.dispatch.nextRun(DateTime.add(now, { milliseconds: 1 }))
  return run === undefined ? [] : [run]
}
