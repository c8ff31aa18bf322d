import { reportIdsMax } from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable, type ListOptions } from "@effect-dispatch/core/DispatchClient"
import type { DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import { clientLayer, explain } from "../connection.ts"
import type { Filters } from "../input/filters.ts"
import { field } from "../input/flags.ts"
import * as ConflictText from "../output/conflicts.ts"
import * as Json from "../output/json.ts"
import * as Progress from "../output/progress.ts"
import * as Table from "../output/table.ts"
import { columns, isTerminal, print, tellSentences } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { tellUnreadable } from "../output/unreadable.ts"
import * as Conflicts from "../schedule/conflicts.ts"
import { byNextRun } from "../schedule/standing.ts"
import { lastRunsOf, type RunsById } from "./reportedRuns.ts"
import { filterOf, isChosen, select, tellNothingFound } from "./selection.ts"

/** An order that the service gives, or the one by the next run. */
type Sort = `${"" | "-"}${"next" | "start" | "create" | "update"}`

interface Options extends Filters {
  readonly microgrid: MicrogridId
  readonly target: ReadonlyArray<Target>
  readonly active: Option.Option<boolean>
  readonly dryRun: Option.Option<boolean>
  readonly dispatchIds: Option.Option<ReadonlyArray<DispatchId>>
  readonly name: ReadonlyArray<string>
  readonly pageSize: Option.Option<number>
  readonly sort: Sort
  readonly limit: Option.Option<number>
  readonly json: boolean
  readonly utc: boolean
}

/** The time ahead in which conflicts are looked for. */
export const conflictSpan = Duration.days(7)

/** Lists dispatches as a schedule. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const listing: ListOptions = {
      filter: chosenBy(options),
      sort: sortOf(options.sort),
      pageSize: Option.getOrUndefined(options.pageSize)
    }
    return yield* options.json && listing.sort !== undefined
      ? printAsTheyCome(options, listing)
      : printSchedule(options, listing)
  }).pipe(Effect.catchTag("DispatchError", explain), Effect.provide(clientLayer))

const chosenBy = (options: Options) => {
  const filter = filterOf(options)
  const targets = [...(filter.targets ?? []), ...options.target]
  return {
    ...filter,
    ...(targets.length > 0 ? { targets } : undefined),
    ...(options.name.length > 0 ? { names: options.name } : undefined),
    ...field("active", options.active),
    ...field("dryRun", options.dryRun),
    ...field("ids", options.dispatchIds)
  }
}

const sortFields = { start: "startTime", create: "createTime", update: "updateTime" } as const

const sortOf = (sort: Sort): DispatchSort | undefined => {
  const name = sort.replace("-", "")
  if (!isSortField(name)) return undefined
  return { field: sortFields[name], order: sort.startsWith("-") ? "descending" : "ascending" }
}

const isSortField = (name: string): name is keyof typeof sortFields => name in sortFields

/** JSON in the order of the service needs no memory. Who looks for conflicts or for the next run must know all. */
const printAsTheyCome = Effect.fnUntraced(function* (options: Options, listing: ListOptions) {
  const client = yield* DispatchClient
  const now = yield* DateTime.now
  const isWanted = isChosen(options, now)
  const records = client.list(options.microgrid, listing)
  // JSON on a terminal shows its own progress.
  const shown = (yield* isTerminal) ? records : Progress.counting(records)
  const read = Stream.tap(shown, (record) => (isReadable(record) ? Effect.void : tellUnreadable(record)))
  yield* read.pipe(
    Stream.filter(isReadable),
    Stream.filter(isWanted),
    Stream.take(Option.getOrElse(options.limit, () => Infinity)),
    Stream.grouped(reportIdsMax),
    Stream.runForEach((dispatches) =>
      Effect.gen(function* () {
        const lastRuns = yield* lastRunsOf(options.microgrid, idsOf(dispatches))
        for (const dispatch of dispatches) yield* Json.line(whole(dispatch, now, lastRuns))
      })
    )
  )
})

const idsOf = (dispatches: ReadonlyArray<Dispatch>) => dispatches.map(({ id }) => id)

const whole = (dispatch: Dispatch, now: DateTime.Utc, lastRuns: RunsById) => ({
  ...Json.dispatch(dispatch, now),
  ...Json.lastRuns(lastRuns.get(dispatch.id))
})

const printSchedule = Effect.fnUntraced(function* (options: Options, listing: ListOptions) {
  const selection = yield* select(options.microgrid, options, listing)
  const now = yield* DateTime.now
  const { found } = selection
  const sorted = listing.sort === undefined ? inTurn(options.sort, byNextRun(found, now)) : found
  const shown = sorted.slice(0, Option.getOrUndefined(options.limit))
  const span = { from: now, to: DateTime.addDuration(now, conflictSpan) }
  const conflicts = Conflicts.find(found, span)
  const conflicting = ConflictText.byId(conflicts.found)
  const lastRuns = yield* lastRunsOf(options.microgrid, idsOf(shown))
  if (options.json) {
    return yield* Effect.forEach(
      shown,
      (dispatch) =>
        Json.line({ ...whole(dispatch, now, lastRuns), conflicts: conflicting.get(dispatch.id) ?? [] }),
      { discard: true }
    )
  }
  if (found.length === 0) return yield* tellNothingFound(options, selection)
  const layout = { columns: yield* columns, times: yield* Times.forScreen(options) }
  const lines = [
    ...Table.dispatches(shown, {
      ...layout,
      now,
      conflicting: new Set(conflicting.keys()),
      lastRuns,
      total: found.length
    }),
    ...ConflictText.lines(conflicts, span, layout)
  ]
  yield* Effect.forEach(lines, print, { discard: true })
  if (asksForIdsAlone(options)) yield* tellSentences(onlyById)
})

const inTurn = (sort: Sort, dispatches: ReadonlyArray<Dispatch>): ReadonlyArray<Dispatch> =>
  sort.startsWith("-") ? dispatches.toReversed() : dispatches

const asksForIdsAlone = ({ on }: Options): boolean =>
  on.length > 0 && on.flat().every(({ _tag }) => _tag === "ComponentIds")

const onlyById =
  "Dispatches for a category are not among them: the service does not say which components it has; --on 11,EV_CHARGER asks for both."
