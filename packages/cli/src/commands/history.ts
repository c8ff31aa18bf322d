import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { counted, idsOrAll, instantFlag, json, microgrid, utc } from "../input/flags.ts"

/** Shows what really ran. */
export const history = Command.make(
  "history",
  {
    microgrid,
    ids: idsOrAll,
    from: instantFlag("from", "last").pipe(
      Flag.withDescription(
        "Only what was planned to begin at or after this, also if it is told with runs before: a week before the end unless ids are given"
      ),
      Flag.optional
    ),
    to: instantFlag("to", "last").pipe(
      Flag.withDescription("Only what was planned to begin before this; else until now"),
      Flag.optional
    ),
    missed: Flag.Boolean("missed").pipe(
      Flag.withDescription("Only what a site reports as missed"),
      Flag.withDefault(false)
    ),
    summary: Flag.Boolean("summary").pipe(
      Flag.withDescription(
        "Counts by day and type instead of runs; they go back further than runs are kept. Missed runs that are told as one count on the day of the first"
      ),
      Flag.withDefault(false)
    ),
    limit: counted("limit").pipe(Flag.withDescription("Only so many, the latest"), Flag.optional),
    json,
    utc
  },
  loaded(() => import("../handlers/history.ts"))
).pipe(
  Command.withDescription(
    "Show what really ran, as sites report it: each run under the name of its reporter, the latest first"
  ),
  Command.withShortDescription("Show what really ran, as sites report it"),
  Command.withExamples([
    { command: "dispatch history 1" },
    { command: "dispatch history 1 12 --limit 10", description: "The last runs of one dispatch" },
    { command: "dispatch history 1 --missed --from today --json" },
    { command: "dispatch history 1 --summary", description: "Runs, lateness and hours, day by day" }
  ])
)
