import { Argument, Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { idArgument, json, microgrid, timeArgument, timeFlag, utc } from "../input/flags.ts"

const yes = Flag.Boolean("yes").pipe(
  Flag.withAlias("y"),
  Flag.withDescription("Do not ask"),
  Flag.withDefault(false)
)

/** Leaves out runs of a rule. */
export const skip = Command.make(
  "skip",
  {
    microgrid,
    id: idArgument,
    when: timeArgument("when").pipe(
      Argument.withDescription(
        "Which: now, a date for all runs of it, or when one begins; else the next one"
      ),
      Argument.optional
    ),
    yes,
    json,
    utc
  },
  loaded(() => import("../handlers/skip.ts"))
).pipe(
  Command.withDescription(
    "Leave out a run of a dispatch that recurs: the next one that has not begun, unless told"
  ),
  Command.withShortDescription("Leave out a run"),
  Command.withExamples([
    { command: "dispatch skip 1 12", description: "The next run" },
    { command: "dispatch skip 1 12 now", description: "Ends the present run" },
    { command: "dispatch skip 1 12 2026-12-24", description: "All runs of that day" }
  ])
)

/** Takes back what was left out. */
export const unskip = Command.make(
  "unskip",
  {
    microgrid,
    id: idArgument,
    when: timeArgument("when").pipe(
      Argument.withDescription(
        "Which: a date for all runs of it, or when one would begin; else the next one"
      ),
      Argument.optional
    ),
    json,
    utc
  },
  loaded(() => import("../handlers/unskip.ts"))
).pipe(
  Command.withDescription("Have a run again that was left out: the next one, unless told"),
  Command.withShortDescription("Have a run again that was left out"),
  Command.withExamples([
    { command: "dispatch unskip 1 12" },
    { command: "dispatch unskip 1 12 2026-12-24", description: "All runs of that day" }
  ])
)

/** Leaves out the runs up to a time. */
export const pause = Command.make(
  "pause",
  {
    microgrid,
    id: idArgument,
    until: timeFlag("until").pipe(
      Flag.withDescription("Runs that begin before this time are left out; a date is its beginning")
    ),
    yes,
    json,
    utc
  },
  loaded(() => import("../handlers/pause.ts"))
).pipe(
  Command.withDescription(
    "Leave out all runs that begin before a time, and end the present one; afterwards it goes on by itself"
  ),
  Command.withShortDescription("Leave out all runs up to a time"),
  Command.withExamples([{ command: `dispatch pause 1 12 --until "monday 6:00"` }])
)
