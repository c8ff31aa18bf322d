import { Argument, Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { many } from "../input/bulk.ts"
import { durationForms, parseDuration } from "../input/duration.ts"
import { argument, json, microgrid, nameFlag, payloadFlag, startArgument, utc } from "../input/flags.ts"
import { fileFlag } from "../input/paths.ts"
import { frequencyWithoutAlias, recurrence } from "../input/ruleFlags.ts"
import { parseTarget, targetForms } from "../input/target.ts"

/** Creates a dispatch. */
export const create = Command.make(
  "create",
  {
    microgrid,
    type: Argument.String("type").pipe(
      Argument.withDescription("What kind of application it is for"),
      Argument.optional
    ),
    target: argument("target", parseTarget).pipe(
      Argument.withDescription(`What it acts upon: ${targetForms}`),
      Argument.optional
    ),
    start: Argument.optional(startArgument),
    duration: argument("duration", parseDuration).pipe(
      Argument.withDescription(`How long: ${durationForms}; without one it runs until stopped`),
      Argument.optional
    ),
    name: nameFlag.pipe(
      Flag.withDescription("Its name, which no other dispatch of the microgrid has"),
      Flag.optional
    ),
    active: Flag.Boolean("active").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("It may run, or not yet (--no-active)"),
      Flag.withDefault(true)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("d"),
      Flag.withDescription("Create it as a dry run: it is kept, and runs without effect"),
      Flag.withDefault(false)
    ),
    payload: payloadFlag,
    ...recurrence,
    frequency: frequencyWithoutAlias,
    preview: Flag.Boolean("preview").pipe(
      Flag.withDescription("Show what would be sent and its next runs, and send nothing"),
      Flag.withDefault(false)
    ),
    file: fileFlag("file").pipe(
      Flag.withAlias("f"),

      Flag.withDescription(
        "Create what is in a file, one dispatch a line, as list --json writes it; - for the standard input. Without a path but a unit, -f is --frequency"
      ),
      Flag.optional
    ),
    ...many,
    json,
    utc
  },
  loaded(() => import("../handlers/create.ts"))
).pipe(
  Command.withDescription(
    "Create a dispatch: give type, target and start. Or create many from a file: then all lines are read before the first is sent, what has passed is left out, and a rule that has begun starts with its next run"
  ),
  Command.withShortDescription("Create a dispatch, or many from a file"),
  Command.withExamples([
    { command: `dispatch create 1 CHARGE BATTERY now 20m --payload '"power_w": 5000'` },
    { command: `dispatch create 1 PEAK 1-3 "tomorrow 8:00" 2h --frequency daily --by-weekday mon,tue` },
    {
      command: `dispatch create 1 PEAK INVERTER:PV 2027-01-01 6h --rrule "FREQ=MONTHLY;BYMONTHDAY=1" --preview`
    },
    { command: "dispatch create 1 --file week.jsonl --keep-going" }
  ])
)
