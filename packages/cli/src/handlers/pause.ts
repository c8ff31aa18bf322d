import { runsUntil } from "@effect-dispatch/core/RunExceptions"
import { Effect } from "effect"
import type { TimeText } from "../input/flags.ts"
import { leaveOut, type LeavingOptions } from "./leavingOut.ts"

interface Options extends LeavingOptions {
  readonly until: TimeText
}

/** Leaves out the present runs and those that begin before a time. */
export const run = (options: Options) =>
  leaveOut(options, `dispatch pause 1 ${options.id} --until "monday 6:00"`, (one, now) =>
    Effect.succeed(runsUntil(one, options.until.on(one.clock).at, now))
  )
