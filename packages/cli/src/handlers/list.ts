import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Effect, Option, Stream } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { field } from "../input/flags.ts"
import * as Json from "../output/json.ts"
import * as Progress from "../output/progress.ts"
import * as Table from "../output/table.ts"
import { columns, isTerminal, print, tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { tellUnreadable } from "../output/unreadable.ts"

type Sort = `${"" | "-"}${"start" | "create" | "update"}`

interface Options {
  readonly microgrid: MicrogridId
  readonly target: ReadonlyArray<Target>
  readonly startFrom: Option.Option<DateTime.Utc>
  readonly startTo: Option.Option<DateTime.Utc>
  readonly endFrom: Option.Option<DateTime.Utc>
  readonly endTo: Option.Option<DateTime.Utc>
  readonly active: Option.Option<boolean>
  readonly dryRun: Option.Option<boolean>
  readonly recurring: Option.Option<boolean>
  readonly dispatchIds: Option.Option<ReadonlyArray<DispatchId>>
  readonly filterQueries: ReadonlyArray<string>
  readonly name: ReadonlyArray<string>
  readonly type: Option.Option<string>
  readonly running: boolean
  readonly pageSize: Option.Option<number>
  readonly sort: Option.Option<Sort>
  readonly json: boolean
  readonly utc: boolean
}

/** Lists dispatches, as JSON while they come, as a table once all are there. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const now = yield* DateTime.now
    const times = yield* Times.forScreen({ utc: options.utc || options.json })
    const found: Array<Dispatch> = []
    const records = client.list(options.microgrid, {
      filter: filterOf(options),
      sort: Option.getOrUndefined(Option.map(options.sort, sortOf)),
      pageSize: Option.getOrUndefined(options.pageSize)
    })
    const isWanted = (dispatch: Dispatch) =>
      (Option.isNone(options.type) || options.type.value === dispatch.type) &&
      (!options.running || dispatch.startedAt(now))
    // JSON on a terminal shows its own progress.
    const shown = options.json && (yield* isTerminal) ? records : Progress.counting(records)
    yield* shown.pipe(
      Stream.runForEach((record) => {
        switch (record._tag) {
          case "Dispatch":
            if (!isWanted(record)) return Effect.void
            if (options.json) return Json.line(record)
            found.push(record)
            return Effect.void
          case "UnreadableDispatch":
            return tellUnreadable(record)
        }
      })
    )
    if (options.json) return
    if (found.length === 0) return yield* tell("No dispatches match.")
    const lines = Table.dispatches(found, { now, columns: yield* columns, times })
    yield* Effect.forEach(lines, print, { discard: true })
  }).pipe(Effect.catchTag("DispatchError", explain), Effect.provide(clientLayer))

const filterOf = (options: Options): DispatchFilter => ({
  ...(options.target.length > 0 ? { targets: options.target } : undefined),
  ...queriesOf(options),
  ...(options.name.length > 0 ? { names: options.name } : undefined),
  ...field("active", options.active),
  ...field("dryRun", options.dryRun),
  ...field("recurring", options.recurring),
  ...field("ids", options.dispatchIds),
  ...field("startTime", interval(options.startFrom, options.startTo)),
  ...field("endTime", interval(options.endFrom, options.endTo))
})

/** A type narrows down what the service sends, unless something else is asked of the text. */
const queriesOf = ({ filterQueries, type }: Options): Pick<DispatchFilter, "queries"> => {
  if (filterQueries.length > 0) return { queries: filterQueries }
  return Option.isSome(type) && type.value !== "" && !type.value.startsWith("#")
    ? { queries: [type.value] }
    : {}
}

const interval = (from: Option.Option<DateTime.Utc>, to: Option.Option<DateTime.Utc>) =>
  Option.isNone(from) && Option.isNone(to)
    ? Option.none()
    : Option.some({ ...field("from", from), ...field("to", to) })

const sortOf = (sort: Sort) => ({
  field: `${sort.replace("-", "")}Time` as "startTime" | "createTime" | "updateTime",
  order: sort.startsWith("-") ? ("descending" as const) : ("ascending" as const)
})
