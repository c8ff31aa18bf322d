import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime, Effect, Option, Result, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { clientLayer, explain } from "../connection.ts"
import { connection, field, flag, instantFlag, json, microgrid } from "../input/flags.ts"
import { parseIds } from "../input/ids.ts"
import { parseTarget } from "../input/target.ts"
import * as Json from "../output/json.ts"
import * as Table from "../output/table.ts"
import { columns, print, tell } from "../output/terminal.ts"

const sorts = ["start", "-start", "create", "-create", "update", "-update"] as const

const boolean = (name: string) =>
  flag(name, (text) =>
    text === "true" || text === "false"
      ? Result.succeed(text === "true")
      : Result.fail("must be true or false")
  )

/** Lists dispatches. */
export const list = Command.make(
  "list",
  {
    microgrid,
    target: flag("target", parseTarget).pipe(
      Flag.withAlias("t"),
      Flag.withDescription("Only with exactly this target"),
      Flag.between(0, 100)
    ),
    startFrom: instantFlag("start-from").pipe(Flag.withDescription("Starting at or after"), Flag.optional),
    startTo: instantFlag("start-to").pipe(Flag.withDescription("Starting before"), Flag.optional),
    endFrom: instantFlag("end-from").pipe(Flag.withDescription("Ending at or after"), Flag.optional),
    endTo: instantFlag("end-to").pipe(Flag.withDescription("Ending before"), Flag.optional),
    active: boolean("active").pipe(Flag.withDescription("true or false"), Flag.optional),
    dryRun: boolean("dry-run").pipe(Flag.withDescription("true or false"), Flag.optional),
    ids: flag("dispatch-ids", (text) => parseIds([text])).pipe(
      Flag.withDescription("Only these ids"),
      Flag.optional
    ),
    queries: Flag.String("filter-queries").pipe(
      Flag.withDescription("#12 for an id, else a part of the type"),
      Flag.between(0, 100)
    ),
    type: Flag.String("type").pipe(
      Flag.withAlias("T"),
      Flag.withDescription("Only this type"),
      Flag.optional
    ),
    running: Flag.Boolean("running").pipe(
      Flag.withDescription("Only what runs now"),
      Flag.withDefault(false)
    ),
    pageSize: Flag.Int("page-size").pipe(
      Flag.withDescription("Dispatches per request, 1 to 1000"),
      Flag.optional
    ),
    sort: Flag.Literals("sort", sorts).pipe(Flag.withDescription("Order; - for descending"), Flag.optional),
    json,
    ...connection
  },
  Effect.fn(function* (options) {
    const filter = {
      ...(options.target.length > 0 ? { targets: options.target } : undefined),
      ...(options.queries.length > 0 ? { queries: options.queries } : undefined),
      ...field("active", options.active),
      ...field("dryRun", options.dryRun),
      ...field("ids", options.ids),
      ...interval("startTime", options.startFrom, options.startTo),
      ...interval("endTime", options.endFrom, options.endTo)
    }
    yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      const now = yield* DateTime.now
      const found: Array<Dispatch> = []
      const records = client.list(options.microgrid, {
        filter,
        sort: Option.getOrUndefined(Option.map(options.sort, sortOf)),
        pageSize: Option.getOrUndefined(options.pageSize)
      })
      yield* Stream.runForEach(records, (record) => {
        if ("_tag" in record) {
          return tell(
            `Dispatch ${record.id ?? "without an id"} cannot be read: ${record.path}: ${record.message}`
          )
        }
        const isWanted =
          (Option.isNone(options.type) || options.type.value === record.type) &&
          (!options.running || record.startedAt(now))
        if (!isWanted) return Effect.void
        if (options.json) return print(JSON.stringify(Json.dispatch(record)))
        found.push(record)
        return Effect.void
      })
      if (options.json) return
      if (found.length === 0) return yield* tell("No dispatches match.")
      for (const line of Table.dispatches(found, now, yield* columns)) yield* print(line)
    }).pipe(Effect.mapError(explain), Effect.provide(clientLayer(options)))
  })
).pipe(
  Command.withDescription("List dispatches"),
  Command.withExamples([
    { command: "dispatch list 1 --running" },
    { command: "dispatch list 1 --type CHARGE --json" }
  ])
)

const interval = <Key extends "startTime" | "endTime">(
  key: Key,
  from: Option.Option<DateTime.Utc>,
  to: Option.Option<DateTime.Utc>
) =>
  Option.isNone(from) && Option.isNone(to)
    ? undefined
    : ({ [key]: { ...field("from", from), ...field("to", to) } } as {
        readonly [key in Key]: { readonly from?: DateTime.Utc; readonly to?: DateTime.Utc }
      })

const sortOf = (sort: (typeof sorts)[number]) => ({
  field: `${sort.replace("-", "")}Time` as "startTime" | "createTime" | "updateTime",
  order: sort.startsWith("-") ? ("descending" as const) : ("ascending" as const)
})
