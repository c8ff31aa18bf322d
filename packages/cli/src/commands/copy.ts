import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { many } from "../input/bulk.ts"
import { parseDuration } from "../input/duration.ts"
import { flag, ids, instantFlag, json, microgrid, microgridFlag, utc } from "../input/flags.ts"
import { parseTarget } from "../input/target.ts"

/** Creates dispatches like those that there are. */
export const copy = Command.make(
  "copy",
  {
    microgrid,
    ids,
    start: instantFlag("start").pipe(
      Flag.withDescription("When the copy starts; of several the first, the others keep their distance"),
      Flag.optional
    ),
    shift: flag("shift", "DURATION", parseDuration).pipe(
      Flag.withDescription("How much later than the original, with the end of its rule"),
      Flag.optional
    ),
    to: microgridFlag("to").pipe(Flag.withDescription("Into another microgrid"), Flag.optional),
    target: flag("target", "TARGET", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("What the copy acts upon"),
      Flag.optional
    ),
    active: Flag.Boolean("active").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("The copy may run, or not yet (--no-active); as the original unless given"),
      Flag.optional
    ),
    preview: Flag.Boolean("preview").pipe(
      Flag.withDescription("Show what would be sent, and send nothing"),
      Flag.withDefault(false)
    ),
    ...many,
    json,
    utc
  },
  loaded(() => import("../handlers/copy.ts"))
).pipe(
  Command.withDescription(
    "Create dispatches like those that there are. Without --start or --shift a rule that has begun starts with its next run"
  ),
  Command.withShortDescription("Create dispatches like those that there are"),
  Command.withExamples([
    { command: `dispatch copy 1 12 --start "tomorrow 8:00" --target 12` },
    { command: "dispatch copy 1 3-5 --shift 1w --preview", description: "The same a week later" },
    { command: "dispatch copy 1 3-5 --to 2", description: "The same in microgrid 2" }
  ])
)
