import { Argument, Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { durationForms, parseDuration } from "../input/duration.ts"
import { argument, flag, json, microgrid, nameFlag, startArgument, utc } from "../input/flags.ts"
import { recurrence } from "../input/ruleFlags.ts"
import { parsePayload } from "../input/payload.ts"
import { parseTarget, targetForms } from "../input/target.ts"

/** Creates a dispatch. */
export const create = Command.make(
  "create",
  {
    microgrid,
    type: Argument.String("type").pipe(Argument.withDescription("What kind of application it is for")),
    target: argument("target", parseTarget).pipe(
      Argument.withDescription(`What it acts upon: ${targetForms}`)
    ),
    start: startArgument,
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
      Flag.withDescription("Whether it may run (--no-active)"),
      Flag.withDefault(true)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("d"),
      Flag.withDescription("Runs without effect"),
      Flag.withDefault(false)
    ),
    payload: flag("payload", "JSON", parsePayload).pipe(
      Flag.withAlias("p"),
      Flag.withDescription("JSON object; the outer braces may be left out"),
      Flag.optional
    ),
    ...recurrence,
    json,
    utc
  },
  loaded(() => import("../handlers/create.ts"))
).pipe(
  Command.withDescription("Create a dispatch"),
  Command.withExamples([
    { command: `dispatch create 1 CHARGE BATTERY now 20m --payload '"power_w": 5000'` },
    { command: `dispatch create 1 PEAK 1,2,3 "tomorrow 8:00" 2h --frequency daily --by-weekday mon,tue` },
    { command: `dispatch create 1 PEAK INVERTER:PV 2027-01-01 6h --rrule "FREQ=MONTHLY;BYMONTHDAY=1"` }
  ])
)
