/** One dispatch on the standard output, as a card or as JSON. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Effect } from "effect"
import * as Card from "./card.ts"
import * as Json from "./json.ts"
import { keptNote } from "./ruleNotes.ts"
import { print, readingColumns, tellSentences } from "./terminal.ts"
import * as Times from "./times.ts"

/** The options of a command that shows a dispatch. */
interface Options {
  readonly json: boolean
  readonly utc: boolean
}

/** JSON, or the times of a card. */
interface Form {
  readonly json: boolean
  readonly times: Times.Times
}

/** The form in which a command shows dispatches. JSON needs no local zone. */
export const formOf = ({ json, utc }: Options) =>
  Effect.map(Times.forScreen({ utc: utc || json }), (times): Form => ({ json, times }))

/** Shows a dispatch. */
export const printDispatch = Effect.fnUntraced(function* (
  dispatch: Dispatch,
  { json, times }: Form,
  lastRuns?: ReadonlyArray<ReportedRun>
) {
  const now = yield* DateTime.now
  if (json) return yield* Json.line({ ...Json.dispatch(dispatch, now), ...Json.lastRuns(lastRuns) })
  const lines = Card.dispatch(dispatch, {
    now,
    lastRuns,
    columns: yield* readingColumns,
    times
  })
  yield* Effect.forEach(lines, print, { discard: true })
})

/** Shows a dispatch that has just been written, and tells what is kept and what a person should know of it. */
export const printWritten = Effect.fnUntraced(function* (
  dispatch: Dispatch,
  form: Form,
  notes: ReadonlyArray<string> = []
) {
  yield* printDispatch(dispatch, form)
  const { recurrence, startTime } = dispatch
  const words = recurrence === undefined ? "" : RecurrenceText.describe(recurrence, startTime)
  const kept = keptNote(dispatch, words, yield* DateTime.now)
  yield* Effect.forEach([...notes, ...kept], tellSentences, { discard: true })
})
