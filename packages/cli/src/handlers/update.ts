import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Duration, Effect, Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { type Filters, isUnfiltered } from "../input/filters.ts"
import { field, type RecurrenceFlags } from "../input/flags.ts"
import { ruleChanges } from "../input/recurrence.ts"
import * as Difference from "../output/difference.ts"
import { printDispatch } from "../output/dispatch.ts"
import * as Json from "../output/json.ts"
import { print, readingColumns, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { changed } from "../schedule/draft.ts"
import { UsageError } from "../UsageError.ts"
import { runAll, type Task } from "./bulk.ts"
import { confirmed, tellWhich } from "./confirmation.ts"
import { selectByIds, tellNothingFound } from "./selection.ts"

interface Options extends RecurrenceFlags, Filters {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly start: Option.Option<DateTime.Utc>
  readonly duration: Option.Option<Duration.Duration>
  readonly noDuration: boolean
  readonly target: Option.Option<NonNullable<DispatchChanges["target"]>>
  readonly active: Option.Option<boolean>
  readonly payload: Option.Option<NonNullable<DispatchChanges["payload"]>>
  readonly noRecurrence: boolean
  readonly preview: boolean
  readonly yes: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Changes dispatches and shows the service's records of them. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const changes = yield* changesOf(options)
  const { ids, preview } = options
  const isChosenById = isUnfiltered(options)
  if (ids.length === 0 && isChosenById) return yield* nothingChosen
  const [id] = ids
  const work =
    isChosenById && ids.length === 1 && id !== undefined && !preview
      ? changeOne(options, id, changes)
      : changeMany(options, changes)
  yield* Effect.provide(work, clientLayer)
})

const changeOne = Effect.fnUntraced(function* (options: Options, id: DispatchId, changes: DispatchChanges) {
  const client = yield* DispatchClient
  const update = client.update(options.microgrid, id, changes)
  const dispatch = yield* Effect.catch(update, explain)
  if (!options.quiet) yield* printDispatch(dispatch, options)
})

const changeMany = Effect.fnUntraced(function* (options: Options, changes: DispatchChanges) {
  const isChosenById = isUnfiltered(options)
  // What is named and confirmed need not be looked at.
  if (options.yes && isChosenById && !options.preview) return yield* changeAll(options, options.ids, changes)
  const selection = yield* Effect.catch(selectByIds(options.microgrid, options.ids, options), explain)
  const { found } = selection
  if (found.length === 0) return yield* tellNothingFound(options, selection)
  if (options.preview) return yield* preview(found, changes, options)
  const ids = isChosenById ? options.ids : found.map(({ id }) => id)
  if (!options.yes && !(yield* isMeant(found, ids.length, changes)))
    return yield* tell("Nothing was changed.")
  yield* changeAll(options, ids, changes)
})

const isMeant = Effect.fnUntraced(function* (
  found: ReadonlyArray<Dispatch>,
  count: number,
  changes: DispatchChanges
) {
  yield* tellWhich(found)
  const what = Text.counted(count, "dispatch", "dispatches")
  return yield* confirmed(`Change ${what} (${Object.keys(changes).map(nameOf).join(", ")})?`, manyExample)
})

const changeAll = Effect.fnUntraced(function* (
  options: Options,
  ids: ReadonlyArray<DispatchId>,
  changes: DispatchChanges
) {
  const client = yield* DispatchClient
  const now = yield* DateTime.now
  const tasks = ids.map((id): Task<Dispatch, Effect.Services<ReturnType<typeof explain>>> => ({
    name: `#${id}`,
    key: { id: String(id) },
    call: Effect.catch(client.update(options.microgrid, id, changes), explain)
  }))
  yield* runAll(tasks, {
    ...options,
    done: "updated",
    jsonOf: (dispatch) => Json.dispatch(dispatch, now),
    textOf: () => "updated"
  })
})

/** A field as the command line calls it. */
const nameOf = (key: string): string => key.replace("Time", "")

/** Shows what each dispatch would be. */
const preview = Effect.fnUntraced(function* (
  found: ReadonlyArray<Dispatch>,
  changes: DispatchChanges,
  options: Options
) {
  const now = yield* DateTime.now
  const layout = { columns: yield* readingColumns, times: Times.make(options), now }
  yield* Effect.forEach(
    found,
    (dispatch) => {
      const after = changed(dispatch, changes)
      return options.json
        ? Json.line({ ...Json.dispatch(after, now), result: "preview" })
        : Effect.forEach(Difference.lines(dispatch, after, layout), print, { discard: true })
    },
    { discard: true }
  )
  yield* tell("Nothing was sent.")
})

const changesOf = Effect.fnUntraced(function* (options: Options) {
  const rule = yield* ruleChanges(options)
  if (options.noDuration && Option.isSome(options.duration)) {
    return yield* contradiction("--duration", "--no-duration")
  }
  if (options.noRecurrence && rule !== undefined) {
    return yield* contradiction("--no-recurrence", "other flags of the recurrence")
  }
  const changes: DispatchChanges = {
    ...field("startTime", options.start),
    ...field("duration", options.duration),
    ...(options.noDuration ? { duration: Duration.infinity } : undefined),
    ...field("target", options.target),
    ...field("active", options.active),
    ...field("payload", options.payload),
    ...(rule === undefined ? undefined : { recurrence: rule }),
    ...(options.noRecurrence ? { recurrence: null } : undefined)
  }
  if (Object.keys(changes).length > 0) return changes
  return yield* new UsageError({ message: "nothing to change: give at least one field", example })
})

const contradiction = (one: string, other: string) =>
  new UsageError({ message: `${one} and ${other} contradict each other`, example })

const example = "dispatch update 1 12 --duration 30m"
const manyExample = "dispatch update 1 12-15 --duration 30m --yes"
const nothingChosen = new UsageError({
  message: "no dispatches are named: give ids, or filters such as --type",
  example
})
