import { pageSizeMax } from "@effect-dispatch/api/WireLimits"
import { Result } from "effect"
import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { choice, filters } from "../input/filters.ts"
import { counted, flag, json, listed, microgridOrVariable, nameFlag, repeated, utc } from "../input/flags.ts"
import { parseIds } from "../input/ids.ts"
import { parseTarget } from "../input/target.ts"

const sorts = ["next", "-next", "start", "-start", "create", "-create", "update", "-update"] as const

/** Lists dispatches. */
export const list = Command.make(
  "list",
  {
    microgrid: microgridOrVariable,
    ...filters,
    target: repeated("target", "TARGET", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("Only what may act upon this target; may be repeated")
    ),
    active: choice("active", "Only what may run"),
    dryRun: choice("dry-run", "Only dry runs"),
    dispatchIds: listed(
      flag("dispatch-ids", "IDS", (text) => parseIds([text])).pipe(Flag.withDescription("Only these ids"))
    ),
    name: nameFlag.pipe(
      Flag.withDescription("Only what has this name; may be repeated"),
      Flag.between(0, 100)
    ),
    sort: Flag.Literals("sort", sorts).pipe(
      Flag.withMetavar("next|start|create|update"),
      Flag.withDescription("Order: by the next run unless given; descending with a - before, as in -start"),
      Flag.withDefault("next")
    ),
    limit: counted("limit").pipe(Flag.withDescription("Only so many, the first"), Flag.optional),
    pageSize: flag("page-size", "N", (text) =>
      /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= pageSizeMax
        ? Result.succeed(Number(text))
        : Result.fail(`must be a whole number from 1 to ${pageSizeMax}`)
    ).pipe(Flag.withDescription(`Dispatches per request, at most ${pageSizeMax}`), Flag.optional),
    json,
    utc
  },
  loaded(() => import("../handlers/list.ts"))
).pipe(
  Command.withDescription(
    "List dispatches by their next run, and what conflicts within seven days: active dispatches of one type that run on one component at one time"
  ),
  Command.withShortDescription("List dispatches by their next run"),
  Command.withExamples([
    { command: "dispatch list 1 --running" },
    { command: "dispatch list 1 --on 11", description: "What acts on component 11" },
    { command: "dispatch list 1 --type charge --json" },
    { command: `dispatch list 1 --target BATTERY --start-from today --sort -start --limit 10` }
  ])
)
