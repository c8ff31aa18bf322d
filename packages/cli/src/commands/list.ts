import { pageSizeMax } from "@effect-dispatch/api/WireLimits"
import { Result } from "effect"
import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { flag, instantFlag, json, microgrid, nameFlag, typeFlag, utc } from "../input/flags.ts"
import { parseIds } from "../input/ids.ts"
import { parseTarget } from "../input/target.ts"

const sorts = ["start", "-start", "create", "-create", "update", "-update"] as const

const boolean = (name: string) =>
  flag(name, "true|false", (text) =>
    text === "true" || text === "false"
      ? Result.succeed(text === "true")
      : Result.fail("must be true or false")
  )

/** Lists dispatches. */
export const list = Command.make(
  "list",
  {
    microgrid,
    target: flag("target", "TARGET", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("Only what may act upon this target; may be repeated"),
      Flag.between(0, 100)
    ),
    startFrom: instantFlag("start-from").pipe(Flag.withDescription("Starting at or after"), Flag.optional),
    startTo: instantFlag("start-to").pipe(Flag.withDescription("Starting before"), Flag.optional),
    endFrom: instantFlag("end-from").pipe(Flag.withDescription("Ending at or after"), Flag.optional),
    endTo: instantFlag("end-to").pipe(Flag.withDescription("Ending before"), Flag.optional),
    active: boolean("active").pipe(Flag.withDescription("Only what may run, or may not"), Flag.optional),
    dryRun: boolean("dry-run").pipe(Flag.withDescription("Only dry runs, or none"), Flag.optional),
    recurring: boolean("recurring").pipe(
      Flag.withDescription("Only what recurs, or does not"),
      Flag.optional
    ),
    dispatchIds: flag("dispatch-ids", "IDS", (text) => parseIds([text])).pipe(
      Flag.withDescription("Only these ids"),
      Flag.optional
    ),
    filterQueries: Flag.String("filter-queries").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("#12 for an id, else a part of the type; may be repeated"),
      Flag.between(0, 100)
    ),
    name: nameFlag.pipe(
      Flag.withDescription("Only what has this name; may be repeated"),
      Flag.between(0, 100)
    ),
    type: typeFlag,
    running: Flag.Boolean("running").pipe(
      Flag.withDescription("Only what runs now"),
      Flag.withDefault(false)
    ),
    pageSize: flag("page-size", "N", (text) =>
      /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= pageSizeMax
        ? Result.succeed(Number(text))
        : Result.fail(`must be a whole number from 1 to ${pageSizeMax}`)
    ).pipe(Flag.withDescription(`Dispatches per request, at most ${pageSizeMax}`), Flag.optional),
    sort: Flag.Literals("sort", sorts).pipe(
      Flag.withMetavar("start|create|update"),
      Flag.withDescription("Order; descending with a - before, as in --sort=-start"),
      Flag.optional
    ),
    json,
    utc
  },
  loaded(() => import("../handlers/list.ts"))
).pipe(
  Command.withDescription("List dispatches"),
  Command.withExamples([
    { command: "dispatch list 1 --running" },
    { command: "dispatch list 1 --type CHARGE --json" },
    { command: `dispatch list 1 --target BATTERY --start-from today --sort=-start` }
  ])
)
