import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, type DispatchChanges } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Duration, Effect, Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { type Filters, isUnfiltered } from "../input/filters.ts"
import { field } from "../input/flags.ts"
import { asksForRule } from "../input/recurrence.ts"
import { needsPresent, type ScheduleFlags, scheduleChanges } from "../input/ruleChanges.ts"
import * as Difference from "../output/difference.ts"
import { formOf, printWritten } from "../output/dispatch.ts"
import * as Json from "../output/json.ts"
import { startNotes } from "../output/startNotes.ts"
import { print, readingColumns, tell, tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { changed } from "../schedule/draft.ts"
import { Failure, UsageError } from "../UsageError.ts"
import { callAll, type Task } from "./bulk.ts"
import { confirmed, tellMissing, tellWhich } from "./confirmation.ts"
import { mayHaveZone } from "./leavingOut.ts"
import { idsOf, type Selection, selectByIds, tellNothingFound } from "./selection.ts"
import { type Change, type Changed, changing, whileChanging } from "./whileChanging.ts"

interface Options extends ScheduleFlags, Filters {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly duration: Option.Option<Duration.Duration>
  readonly noDuration: boolean
  readonly name: Option.Option<string>
  readonly noName: boolean
  readonly target: Option.Option<NonNullable<DispatchChanges["target"]>>
  readonly active: Option.Option<boolean>
  readonly payload: Option.Option<NonNullable<DispatchChanges["payload"]>>
  readonly preview: boolean
  readonly yes: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Changes dispatches and shows the service's records of them. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const plain = yield* plainChanges(options)
  if (!needsPresent(options) && Object.keys(plain).length === 0) return yield* nothingGiven
  const { ids, preview } = options
  const isChosenById = isUnfiltered(options)
  if (ids.length === 0 && isChosenById) return yield* nothingChosen
  if (Option.isSome(options.name) && (ids.length !== 1 || !isChosenById)) return yield* oneName
  const [id] = ids
  if (!isChosenById || ids.length > 1 || id === undefined || preview) {
    return yield* Effect.provide(changeMany(options, plain), clientLayer)
  }
  yield* needsPresent(options)
    ? whileChanging({ ...options, id }, agreedChangeOf(options, plain))
    : Effect.provide(changeOne(options, id, plain), clientLayer)
})

const changeOne = Effect.fnUntraced(function* (options: Options, id: DispatchId, changes: DispatchChanges) {
  const form = yield* formOf(options)
  const client = yield* DispatchClient
  const dispatch = yield* Effect.catch(client.update(options.microgrid, id, changes), explain)
  if (!options.quiet) yield* printWritten(dispatch, form)
})

/** The change of a dispatch as it is. */
const changeOf = (options: Options, plain: DispatchChanges) =>
  Effect.fnUntraced(function* (present: Dispatch) {
    if (!needsPresent(options)) return { changes: plain, notes: [] } satisfies Change
    const { changes: schedule, clock, notes } = yield* scheduleChanges(options, present)
    const changes = { ...plain, ...schedule }
    const change: Change =
      Object.keys(changes).length === 0
        ? { nothing: `Nothing of #${present.id} was changed.` }
        : { changes, notes: [...startNotes(Option.getOrUndefined(options.start), clock), ...notes] }
    return change
  })

/** The change, once a person has agreed to a zone that comes with exceptions alone. */
const agreedChangeOf = (options: Options, plain: DispatchChanges) => {
  const change = changeOf(options, plain)
  return Effect.fnUntraced(function* (present: Dispatch) {
    const found = yield* change(present)
    if (!getsZone(options, present)) return found
    const command = `dispatch update 1 ${present.id} --except 2026-12-24`
    const agreed = yield* mayHaveZone(present, { command, yes: options.yes })
    return agreed ? found : ({ nothing: "Nothing was changed." } satisfies Change)
  })
}

/** True if a rule in UTC gets a zone for its exceptions, and not because one is given. */
const getsZone = ({ except, zone }: Options, { recurrence }: Dispatch): boolean =>
  except.length > 0 && Option.isNone(zone) && recurrence !== undefined && recurrence.timeZone === undefined

const changeMany = Effect.fnUntraced(function* (options: Options, plain: DispatchChanges) {
  const isChosenById = isUnfiltered(options)
  // Dispatches that are named and confirmed need not be looked at.
  if (options.yes && isChosenById && !options.preview) return yield* changeAll(options, options.ids, plain)
  const selection = yield* Effect.catch(selectByIds(options.microgrid, options.ids, options), explain)
  const { found } = selection
  if (found.length === 0) return yield* tellNothingFound(options, selection)
  if (options.preview) return yield* preview(found, plain, options)
  const ids = isChosenById ? options.ids : found.map(({ id }) => id)
  if (!options.yes && !(yield* isMeant(ids, selection, plain, options)))
    return yield* tell("Nothing was changed.")
  yield* changeAll(options, ids, plain)
})

const isMeant = Effect.fnUntraced(function* (
  ids: ReadonlyArray<DispatchId>,
  selection: Selection,
  plain: DispatchChanges,
  options: Options
) {
  const { found } = selection
  yield* tellWhich(found)
  const zoned = found.filter((dispatch) => getsZone(options, dispatch)).length
  if (zoned > 0) {
    yield* tell(
      `${Text.counted(zoned, "rule")} in UTC would be of the zone UTC, to have exceptions; actors of other make then run them once.`
    )
  }
  yield* tellMissing(ids, idsOf(selection))
  const what = Text.counted(found.length, "dispatch", "dispatches")
  const parts = [...Object.keys(plain).map(nameOf), ...(needsPresent(options) ? ["schedule"] : [])]
  return yield* confirmed(`Change ${what} (${parts.join(", ")})?`, manyExample)
})

const changeAll = Effect.fnUntraced(function* (
  options: Options,
  ids: ReadonlyArray<DispatchId>,
  plain: DispatchChanges
) {
  const now = yield* DateTime.now
  const tasks = ids.map((id) => ({
    name: `#${id}`,
    key: { id: String(id) },
    done: "updated",
    call: callOf({ ...options, id }, plain)
  })) satisfies ReadonlyArray<Task<Changed, Effect.Services<ReturnType<typeof callOf>>>>
  yield* callAll(tasks, {
    ...options,
    jsonOf: (one) => ("nothing" in one ? { result: "unchanged" } : Json.dispatch(one.dispatch, now)),
    textOf: (one) => ("nothing" in one ? "is left as it is" : "updated")
  })
})

const callOf = Effect.fnUntraced(function* (
  options: Options & { readonly id: DispatchId },
  plain: DispatchChanges
) {
  const { id, microgrid } = options
  if (needsPresent(options)) {
    return yield* Effect.catchTag(changing(options, changeOf(options, plain)), "UsageError", ({ message }) =>
      Effect.fail(new Failure({ message }))
    )
  }
  const client = yield* DispatchClient
  const dispatch = yield* Effect.catch(client.update(microgrid, id, plain), explain)
  return { dispatch, notes: [] }
})

/** A field as the command line calls it. */
const nameOf = (key: string): string => key.replace("Time", "")

/** Shows what each dispatch would be. */
const preview = Effect.fnUntraced(function* (
  found: ReadonlyArray<Dispatch>,
  plain: DispatchChanges,
  options: Options
) {
  const now = yield* DateTime.now
  const layout = { columns: yield* readingColumns, times: yield* Times.forScreen(options), now }
  const show = Effect.fnUntraced(function* (dispatch: Dispatch) {
    const change = yield* changeOf(options, plain)(dispatch)
    const after = "nothing" in change ? dispatch : changed(dispatch, change.changes)
    if (options.json) return yield* Json.line({ ...Json.dispatch(after, now), result: "preview" })
    yield* Effect.forEach(Difference.lines(dispatch, after, layout), print, { discard: true })
    if ("notes" in change) yield* Effect.forEach(change.notes, tellSentences, { discard: true })
  })
  yield* Effect.forEach(found, show, { discard: true })
  yield* tell("Nothing was sent.")
})

/** The changes that do not depend on what the dispatch is. */
const plainChanges = Effect.fnUntraced(function* (options: Options) {
  if (options.noDuration && Option.isSome(options.duration)) {
    return yield* contradiction("--duration", "--no-duration")
  }
  if (options.noName && Option.isSome(options.name)) return yield* contradiction("--name", "--no-name")
  if (options.noRecurrence && asksForRule(options)) {
    return yield* contradiction("--no-recurrence", "other flags of the recurrence")
  }
  const changes: DispatchChanges = {
    ...field("duration", options.duration),
    ...(options.noDuration ? { duration: Duration.infinity } : undefined),
    ...field("name", options.name),
    ...(options.noName ? { name: null } : undefined),
    ...field("target", options.target),
    ...field("active", options.active),
    ...field("payload", options.payload)
  }
  return changes
})

const contradiction = (one: string, other: string) =>
  new UsageError({ message: `${one} and ${other} contradict each other`, example })

const example = "dispatch update 1 12 --duration 30m"
const manyExample = "dispatch update 1 12-15 --duration 30m --yes"
const nothingChosen = new UsageError({
  message: "no dispatches are named: give ids, or filters such as --type",
  example
})

const oneName = new UsageError({
  message: "--name is the name of one dispatch: give its id alone",
  example: "dispatch update 1 12 --name week/night"
})

const nothingGiven = new UsageError({ message: "nothing to change: give at least one field", example })
