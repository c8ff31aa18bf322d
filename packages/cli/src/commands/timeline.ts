import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { parseDuration } from "../input/duration.ts"
import { filters } from "../input/filters.ts"
import { flag, instantFlag, json, microgridOrVariable, typeFlag, utc } from "../input/flags.ts"

/** Shows the runs over time, as a chart. */
export const timeline = Command.make(
  "timeline",
  {
    microgrid: microgridOrVariable,
    from: instantFlag("from").pipe(
      Flag.withDescription("Where the window begins: an eighth of it ago if left out"),
      Flag.optional
    ),
    to: instantFlag("to").pipe(Flag.withDescription("Where the window ends"), Flag.optional),
    span: flag("span", "DURATION", parseDuration).pipe(
      Flag.withDescription("How long the window is, instead of --to: a day if left out"),
      Flag.optional
    ),
    type: typeFlag,
    on: filters.on,
    all: Flag.Boolean("all").pipe(
      Flag.withDescription("Also dispatches of which nothing runs in the window"),
      Flag.withDefault(false)
    ),
    json,
    utc
  },
  loaded(() => import("../handlers/timeline.ts"))
).pipe(
  Command.withDescription("Show what runs when, as a chart over a window of time"),
  Command.withExamples([
    { command: "dispatch timeline 1" },
    { command: "dispatch timeline 1 --from today --span 7d" },
    { command: "dispatch timeline 1 --on 11,12", description: "What acts on these components" },
    { command: "dispatch timeline 1 --span 1h --json", description: "Every run in the window, one a line" }
  ])
)
