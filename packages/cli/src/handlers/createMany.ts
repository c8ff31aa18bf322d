/** Dispatches of a file, created one after the other. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Result } from "effect"
import { clientLayer, explain, explainCreation } from "../connection.ts"
import type { Line } from "../input/records.ts"
import { readSource } from "../input/source.ts"
import * as Json from "../output/json.ts"
import { printSentences, tell, tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { hintOf } from "../output/startNotes.ts"
import * as Times from "../output/times.ts"
import { asDispatch, type Draft } from "../schedule/draft.ts"
import { fromNowOn } from "../schedule/toCome.ts"
import { Failure, UsageError } from "../UsageError.ts"
import { callAll, type Task } from "./bulk.ts"
import { selectByNames } from "./selection.ts"

/** The options of `create` that a file goes with. */
export interface ManyOptions {
  readonly microgrid: MicrogridId
  readonly active: boolean
  readonly dryRun: boolean
  readonly preview: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** A line with the dispatch to be created. */
interface Item {
  readonly line: number
  readonly draft: Draft
}

/** Creates what a file holds. */
export const createMany = Effect.fnUntraced(function* (options: ManyOptions, path: string) {
  const text = yield* Effect.mapError(
    readSource(path),
    (fault) =>
      new UsageError({ message: `--file ${path} ${fault}`, example: "dispatch create 1 --file week.jsonl" })
  )
  const now = yield* DateTime.now
  const { newDraftsOf } = yield* Effect.promise(() => import("../plan/newDrafts.ts"))
  const lines = newDraftsOf(text)
  const faults = yield* tellFaults(lines, options)
  const items = itemsOf(lines, options)
  const past = items.filter(({ draft }) => fromNowOn(draft, now) === undefined)
  yield* tellPast(past, options)
  const due = items.flatMap(({ draft, line }): ReadonlyArray<Item> => {
    const left = fromNowOn(draft, now)
    return left === undefined ? [] : [{ line, draft: left }]
  })
  if (due.length === 0) yield* tell("Nothing is to be created.")
  else if (options.preview) yield* preview(due, options, now)
  else yield* Effect.provide(send(due, options, now), clientLayer)
  if (faults > 0) return yield* new Failure({ message: "" })
})

/** The number of lines that cannot be read, each of which is told. Unless told to go on, nothing is sent then. */
const tellFaults = Effect.fnUntraced(function* (
  lines: ReadonlyArray<Line>,
  { json, keepGoing }: ManyOptions
) {
  const faults = lines.flatMap(({ line, read }) =>
    Result.isFailure(read) ? [{ line, message: read.failure }] : []
  )
  yield* Effect.forEach(
    faults,
    ({ line, message }) =>
      Effect.andThen(
        tellSentences(Text.safe(`line ${line}: ${message}`)),
        json ? Json.line({ line, result: "failed", message }) : Effect.void
      ),
    { discard: true }
  )
  if (faults.length > 0 && !keepGoing) return yield* new Failure({ message: "Nothing was sent." })
  return faults.length
})

const itemsOf = (lines: ReadonlyArray<Line>, { active, dryRun }: ManyOptions): ReadonlyArray<Item> =>
  lines.flatMap(({ line, read }) => {
    if (Result.isFailure(read)) return []
    const draft = read.success
    return [{ line, draft: { ...draft, active: draft.active && active, dryRun: draft.dryRun || dryRun } }]
  })

const tellPast = Effect.fnUntraced(function* (past: ReadonlyArray<Item>, { json, quiet }: ManyOptions) {
  if (json) {
    yield* Effect.forEach(past, ({ line }) => Json.line({ line, result: "past" }), { discard: true })
  }
  if (past.length === 0 || quiet) return
  const lines = Text.enumerated(past.map(({ line }) => String(line)))
  yield* tell(`Past, and not created: ${past.length === 1 ? "line" : "lines"} ${lines}`)
})

const preview = Effect.fnUntraced(function* (
  items: ReadonlyArray<Item>,
  options: ManyOptions,
  now: DateTime.Utc
) {
  const times = yield* Times.forScreen(options)
  yield* Effect.forEach(
    items,
    ({ draft, line }) => {
      const dispatch = asDispatch(draft, now)
      return options.json
        ? Json.line({ line, ...Json.draft(dispatch), result: "preview" })
        : printSentences(`line ${line}: ${Text.content(dispatch, now, times)}`)
    },
    { discard: true }
  )
  yield* tell("Nothing was sent.")
})

/** The same without names, where the service keeps none. */
const asKept = Effect.fnUntraced(function* (items: ReadonlyArray<Item>, { microgrid }: ManyOptions) {
  const name = items.find(({ draft }) => draft.name !== undefined)?.draft.name
  if (name === undefined) return items
  const keeps = yield* selectByNames(microgrid, [name]).pipe(
    Effect.as(true),
    Effect.catchTag("DispatchError", (error) =>
      error.reason._tag === "Unsupported" ? Effect.succeed(false) : explain(error)
    )
  )
  if (keeps) return items
  yield* tell("The service keeps no names: they are left out.")
  return items.map(withoutName)
})

const withoutName = ({ draft, line }: Item): Item => {
  const { name: _, ...nameless } = draft
  return { line, draft: nameless }
}

const send = Effect.fnUntraced(function* (
  given: ReadonlyArray<Item>,
  options: ManyOptions,
  now: DateTime.Utc
) {
  const client = yield* DispatchClient
  const items = yield* asKept(given, options)
  const tasks = items.map(({ draft, line }): Task<Dispatch, Effect.Services<ReturnType<typeof explain>>> => ({
    name: `line ${line}`,
    key: { line },
    done: "created",
    call: Effect.catch(client.create(options.microgrid, draft), explainCreation(hintOf(draft, now)))
  }))
  yield* callAll(tasks, {
    ...options,
    jsonOf: (dispatch) => Json.dispatch(dispatch, now),
    textOf: ({ id, type }) => `#${id} ${Text.safe(type)} created`
  })
})
