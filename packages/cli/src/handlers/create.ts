import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, type Duration, Effect, Option, Stream } from "effect"
import { clientLayer, explainCreation } from "../connection.ts"
import { field, type StartText } from "../input/flags.ts"
import { clockOf, described, startOn } from "../input/recurrence.ts"
import type { RuleFlags } from "../input/ruleFlags.ts"
import * as ConflictText from "../output/conflicts.ts"
import { formOf, printWritten } from "../output/dispatch.ts"
import * as Json from "../output/json.ts"
import * as Runs from "../output/runs.ts"
import { hintOf, startNotes } from "../output/startNotes.ts"
import { messageColumns, print, readingColumns, tell, tellSentences } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import * as Conflicts from "../schedule/conflicts.ts"
import { asDispatch, type Draft } from "../schedule/draft.ts"
import { UsageError } from "../UsageError.ts"
import { createMany, type ManyOptions } from "./createMany.ts"
import { conflictSpan } from "./list.ts"
import { runDuration } from "./runDuration.ts"

interface Options extends RuleFlags, ManyOptions {
  readonly microgrid: MicrogridId
  readonly type: Option.Option<string>
  readonly target: Option.Option<NewDispatch["target"]>
  readonly start: Option.Option<StartText>
  readonly duration: Option.Option<Duration.Duration>
  readonly name: Option.Option<string>
  readonly payload: Option.Option<NonNullable<NewDispatch["payload"]>>
  readonly file: Option.Option<string>
}

const example = `dispatch create 1 CHARGE BATTERY now 20m --payload '"power_w": 5000'`

/** Creates a dispatch and shows the service's record of it, or all dispatches of a file. */
export const run = Effect.fnUntraced(function* (options: Options) {
  if (Option.isSome(options.file)) {
    const words = [options.type, options.payload, options.rrule, options.frequency, options.name]
    if (words.some(({ _tag }) => _tag === "Some")) return yield* notBeside
    return yield* createMany(options, options.file.value)
  }
  const { draft, notes } = yield* draftOf(options)
  if (options.preview) return yield* preview(draft, notes, options)
  const form = yield* formOf(options)
  const now = yield* DateTime.now
  yield* Effect.gen(function* () {
    const client = yield* DispatchClient
    const creating = client.create(options.microgrid, draft)
    const dispatch = yield* Effect.catch(creating, explainCreation(hintOf(draft, now)))
    const span = {
      from: DateTime.max(now, dispatch.startTime),
      to: ahead(DateTime.max(now, dispatch.startTime))
    }
    const conflicts = yield* conflictsOf(options.microgrid, dispatch, span)
    if (options.json) {
      const others = ConflictText.byId(conflicts?.found ?? []).get(dispatch.id) ?? []
      yield* Json.line({ ...Json.dispatch(dispatch, now), conflicts: others })
    } else if (!options.quiet) yield* printWritten(dispatch, form, notes)
    if (conflicts !== undefined) yield* tellConflicts(conflicts, span, options)
    if (dispatch.dryRun) yield* tellSentences(dryRunSays)
  }).pipe(Effect.provide(clientLayer))
})

const twoStarts = new UsageError({
  message: "--rrule has a DTSTART line, but the start is given by START",
  example: `--rrule "FREQ=DAILY;BYHOUR=8,20"`
})

const notBeside = new UsageError({
  message: "--file holds whole dispatches: type, name, payload and rule cannot be given beside it",
  example: "dispatch create 1 --file week.jsonl"
})

const dryRunSays =
  "Created, as a dry run: it is kept and told to actors, and runs without effect. --preview shows a dispatch and sends nothing."

const ahead = (at: DateTime.Utc): DateTime.Utc => DateTime.addDuration(at, conflictSpan)

const draftOf = Effect.fnUntraced(function* (options: Options) {
  const { start, target, type } = options
  if (Option.isNone(type)) return yield* missing("type", "what kind of application it is for")
  if (Option.isNone(target)) return yield* missing("target", "what it acts upon")
  if (Option.isNone(start)) return yield* missing("start", "when it starts")
  const clock = yield* clockOf(options)
  const startTime = startOn(start.value, clock)
  const {
    notes,
    rule,
    start: own
  } = yield* described(options, clock, startTime === "NOW" ? undefined : startTime)
  if (own !== undefined) return yield* twoStarts
  const draft: Draft = {
    type: type.value,
    target: target.value,
    startTime,
    active: options.active,
    dryRun: options.dryRun,
    duration: yield* runDuration(options.duration, rule, recurringExample),
    payload: Option.getOrElse(options.payload, () => ({})),
    recurrence: rule,
    ...field("name", options.name)
  }
  return { draft, notes: [...startNotes(start.value, clock), ...notes] }
})

const recurringExample = `dispatch create 1 PEAK 1-3 "tomorrow 8:00" 2h --frequency daily`

const missing = (name: string, what: string) =>
  new UsageError({ message: `${name} is missing: ${what}`, example })

/** Runs that a preview shows. */
const runsShown = 5

const preview = Effect.fnUntraced(function* (draft: Draft, notes: ReadonlyArray<string>, options: Options) {
  const now = yield* DateTime.now
  const dispatch = asDispatch(draft, now)
  if (options.json) yield* Json.line(Json.draft(dispatch))
  else {
    const lines = Runs.lines(dispatch, {
      from: now,
      limit: runsShown,
      now,
      times: yield* Times.forScreen(options),
      columns: yield* readingColumns
    })
    yield* Effect.forEach(lines, print, { discard: true })
  }
  yield* Effect.forEach(notes, tellSentences, { discard: true })
  if (draft.startTime !== "NOW" && DateTime.isLessThan(draft.startTime, now)) {
    yield* tell("The start has passed: the service will refuse it.")
  }
  yield* tell("Nothing was sent.")
})

/** The conflicts of a new dispatch with what acts on its target; a key that may not read knows of none. */
const conflictsOf = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  dispatch: Dispatch,
  span: Conflicts.Span
) {
  if (!Conflicts.mayConflict(dispatch)) return undefined
  const client = yield* DispatchClient
  const others: Array<Dispatch> = []
  const filter = {
    targets: [dispatch.target],
    active: true,
    dryRun: false,
    startTime: { to: span.to },
    endTime: { from: span.from }
  }
  yield* client.list(microgrid, { filter }).pipe(
    Stream.filter(isReadable),
    Stream.filter(({ id, type }) => type === dispatch.type && id !== dispatch.id),
    Stream.runForEach((record) => Effect.sync(() => others.push(record))),
    Effect.ignore
  )
  const { found, reached } = Conflicts.find([dispatch, ...others], span)
  return {
    found: found.filter(({ one, other }) => one.id === dispatch.id || other.id === dispatch.id),
    reached
  }
})

const tellConflicts = Effect.fnUntraced(function* (
  conflicts: Conflicts.Conflicts,
  span: Conflicts.Span,
  options: { readonly utc: boolean }
) {
  const layout = { columns: yield* messageColumns, times: yield* Times.forScreen(options) }
  yield* Effect.forEach(ConflictText.lines(conflicts, span, layout), tell, { discard: true })
})
