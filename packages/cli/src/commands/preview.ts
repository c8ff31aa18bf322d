import { Argument, Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { durationForms, parseDuration } from "../input/duration.ts"
import { counted, flag, idArgument, instantFlag, json, microgrid, timeFlag, utc } from "../input/flags.ts"
import { recurrence } from "../input/ruleFlags.ts"

/** Shows the next runs of a dispatch, or of a rule before it is sent. */
export const preview = Command.make(
  "preview",
  {
    microgrid: Argument.optional(microgrid),
    id: Argument.optional(idArgument),
    start: timeFlag("start").pipe(
      Flag.withDescription("When it starts, unless a dispatch is given: now if left out"),
      Flag.optional
    ),
    duration: flag("duration", "DURATION", parseDuration).pipe(
      Flag.withDescription(`How long it runs: ${durationForms}`),
      Flag.optional
    ),
    ...recurrence,
    from: instantFlag("from").pipe(
      Flag.withDescription("Show runs that are not over by then: now if left out"),
      Flag.optional
    ),
    limit: counted("limit").pipe(Flag.withDescription("How many runs to show"), Flag.withDefault(10)),
    json,
    utc
  },
  loaded(() => import("../handlers/preview.ts"))
).pipe(
  Command.withDescription(
    "Show the next runs of a dispatch, or of options as for create, which are sent nowhere"
  ),
  Command.withShortDescription("Show the next runs of a dispatch, or of a rule not sent yet"),
  Command.withExamples([
    { command: "dispatch preview 1 12", description: "Of dispatch 12" },
    {
      command: `dispatch preview --start "tomorrow 8:00" --duration 2h --frequency daily --by-weekday mon,tue`
    },
    { command: `dispatch preview --rrule "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=6;BYMINUTE=0" --duration 1h` }
  ])
)
