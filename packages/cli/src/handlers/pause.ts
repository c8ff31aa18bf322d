import { Effect } from "effect"
import type { TimeText } from "../input/flags.ts"
import { presentRun, runsBetween } from "../input/leftOut.ts"
import { leaveOut, type LeavingOptions } from "./leavingOut.ts"

interface Options extends LeavingOptions {
  readonly until: TimeText
}

/** Leaves out the present run and those that begin before a time. */
export const run = (options: Options) =>
  leaveOut(options, `dispatch pause 1 ${options.id} --until "monday 6:00"`, (one, now) => {
    const present = presentRun(one, now)
    const coming = runsBetween(one, now, options.until.on(one.clock).at)
    const others = coming.filter((run) => run.epochMilliseconds !== present?.epochMilliseconds)
    return Effect.succeed(present === undefined ? others : [present, ...others])
  })
