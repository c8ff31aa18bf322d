import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { many } from "../input/bulk.ts"
import { parseDuration } from "../input/duration.ts"
import { filters } from "../input/filters.ts"
import { flag, idsOrNone, json, microgrid, nameFlag, payloadFlag, timeFlag, utc } from "../input/flags.ts"
import { recurrence } from "../input/ruleFlags.ts"
import { parseTarget } from "../input/target.ts"

const switched = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

/** Changes dispatches. */
export const update = Command.make(
  "update",
  {
    microgrid,
    ids: idsOrNone,
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
      Flag.withDescription("What it acts upon from now on"),
      Flag.optional
    ),
    active: Flag.Boolean("active").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("It may run from now on, or not (--no-active)"),
      Flag.optional
    ),
    payload: payloadFlag,
    noRecurrence: switched("no-recurrence", "Recurs no more"),
    ...recurrence,
    preview: switched("preview", "Show what would change, and send nothing"),
    yes: switched("yes", "Change several without a question").pipe(Flag.withAlias("y")),
    ...filters,
    ...many,
    json,
    utc
  },
  loaded(() => import("../handlers/update.ts"))
).pipe(
  Command.withDescription(
    "Change dispatches. With --frequency or --rrule the rule is replaced, else changed. It shows several and asks first"
  ),
  Command.withShortDescription("Change dispatches"),
  Command.withExamples([
    { command: "dispatch update 1 12 --duration 30m" },
    { command: "dispatch update 1 12 --no-active" },
    { command: "dispatch update 1 12 --by-hour 8,20 --preview", description: "Shows it, and sends nothing" },
    {
      command: "dispatch update 1 --type CHARGE --on 11 --no-active --yes",
      description: "Pauses all of them"
    }
  ])
)
