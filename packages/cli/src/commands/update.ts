import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { parseDuration } from "../input/duration.ts"
import { flag, idArgument, json, microgrid, nameFlag, timeFlag, utc } from "../input/flags.ts"
import { recurrence } from "../input/ruleFlags.ts"
import { parsePayload } from "../input/payload.ts"
import { parseTarget } from "../input/target.ts"

const switched = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

/** Changes a dispatch. */
export const update = Command.make(
  "update",
  {
    microgrid,
    id: idArgument,
    start: timeFlag("start").pipe(Flag.withDescription("When it starts"), Flag.optional),
    duration: flag("duration", "DURATION", parseDuration).pipe(
      Flag.withDescription("How long it runs"),
      Flag.optional
    ),
    name: nameFlag.pipe(Flag.withDescription("Its name"), Flag.optional),
    noName: switched("no-name", "Has no name any more"),
    noDuration: switched("no-duration", "Runs until stopped"),
    target: flag("target", "TARGET", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("What it acts upon"),
      Flag.optional
    ),
    active: Flag.Boolean("active").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("Whether it may run (--no-active)"),
      Flag.optional
    ),
    payload: flag("payload", "JSON", parsePayload).pipe(
      Flag.withAlias("p"),
      Flag.withDescription("JSON object; the outer braces may be left out"),
      Flag.optional
    ),
    noRecurrence: switched("no-recurrence", "Recurs no more"),
    ...recurrence,
    json,
    utc
  },
  loaded(() => import("../handlers/update.ts"))
).pipe(
  Command.withDescription(
    "Change a dispatch. With --frequency or --rrule the rule is replaced, else changed"
  ),
  Command.withShortDescription("Change a dispatch"),
  Command.withExamples([
    { command: "dispatch update 1 12 --duration 30m" },
    { command: "dispatch update 1 12 --no-active" },
    { command: "dispatch update 1 12 --by-hour 8,20" }
  ])
)
