/** The next runs of a dispatch, with what it says of itself. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { Rule, Run } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration, Result } from "effect"
import { hanging, pad, wrap } from "./layout.ts"
import { clockNotes, exceptionNotes } from "./ruleNotes.ts"
import { bold, dim, green } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The choice of runs, and the form in which they are shown. */
export interface RunsOptions {
  readonly from: DateTime.Utc
  /** Most runs. */
  readonly limit: number
  readonly now: DateTime.Utc
  readonly times: Times
  readonly columns: number
}

/** Far beyond any run, and within what an instant can be. */
const endOfTime = DateTime.makeUnsafe(8_640_000_000_000_000)

/** The first runs that are not over at an instant, at most so many. */
export function* firstRuns(
  dispatch: Dispatch,
  from: DateTime.Utc,
  limit: number
): Generator<Run, void, void> {
  let count = 0
  for (const value of dispatch.runs(from, endOfTime)) {
    yield value
    count += 1
    if (count >= limit) return
  }
}

/** The lines that tell of a dispatch and its next runs. */
export const lines = (dispatch: Dispatch, options: RunsOptions): ReadonlyArray<string> => {
  const { columns, from, limit, times } = options
  const runs = [...firstRuns(dispatch, from, limit + 1)]
  const shown = runs.slice(0, limit)
  const end = runs.length > shown.length ? "and so on" : "and no more"
  return [
    ...heading(dispatch, options),
    "",
    ...shown.flatMap((value, index) => linesOf(value, index, options)),
    ...(shown.length === 0
      ? wrap(`No run from ${times.instant(from)} on.`, columns)
      : wrap(`${end}; times in ${times.zone}`, columns).map(dim))
  ]
}

/** The text of a rule, or why it has none. */
const ruleText = (rule: Rule, start: DateTime.Utc): string =>
  rule.timeZone === undefined
    ? RecurrenceText.format(rule)
    : Result.match(RecurrenceText.formatCalendar(rule, start), {
        onFailure: ({ message }) => `has no text: ${message}`,
        onSuccess: (text) => text
      })

const ruleRows = (text: string) =>
  text.split("\n").map((line, index) => [index === 0 ? "rule" : "", line] as const)

const heading = (dispatch: Dispatch, { columns, from, times }: RunsOptions): ReadonlyArray<string> => {
  const { dryRun, duration, id, recurrence, startTime, target, type } = dispatch
  const words = recurrence === undefined ? "once" : RecurrenceText.describe(recurrence, startTime)
  const isLookedAt = recurrence === undefined || Duration.isFinite(duration)
  const isNew = id === 0n && type !== ""
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["recurs", isLookedAt ? words : `once: without an end its rule (${words}) is not looked at`],
    ...(recurrence === undefined ? [] : ruleRows(ruleText(recurrence, startTime))),
    ["start", `${times.day(startTime)} ${times.clock(startTime)}`],
    ["duration", Text.duration(duration)],
    ...exceptionNotes(dispatch).map((note) => ["except", note] as const),
    ...clockNotes(dispatch, from).map((note) => ["clock", note] as const),
    ...(isNew ? ([["target", Text.target(target).replaceAll(",", ", ")]] as const) : []),
    ...(isNew ? ([["payload", Text.payload(dispatch.payload)]] as const) : []),
    ...(dispatch.active ? [] : [["state", "inactive: nothing of this runs until it is active"] as const]),
    ...(dryRun ? [["dry run", "it runs without effect"] as const] : [])
  ]
  return [
    ...(type === "" ? [] : [bold(`${isNew ? "" : `#${id} `}${Text.safe(type)}`)]),
    ...rows.flatMap(([name, text]) => hanging(`${dim(name.padEnd(8))}  `, text, columns))
  ]
}

const linesOf = (value: Run, index: number, { columns, now, times }: RunsOptions): ReadonlyArray<string> => {
  const { occurrence, until } = value
  const begin = `${times.day(occurrence)} ${times.clock(occurrence)}`
  const isCommand = until !== undefined && DateTime.Equivalence(occurrence, until)
  const end =
    until === undefined ? "until stopped" : isCommand ? "command" : `to ${times.near(until, occurrence)}`
  const isRunning =
    DateTime.isLessThanOrEqualTo(occurrence, now) &&
    (until === undefined || DateTime.isGreaterThan(until, now))
  const when = isRunning && !isCommand ? "running" : Text.distance(occurrence, now)
  const head = `${String(index + 1).padStart(3)}  ${begin}`
  const whole = `${head}  ${pad(end, 11)}  ${isRunning ? when : dim(when)}`
  const fits = `${head}  ${pad(end, 11)}  ${when}`.length <= columns
  const texts = fits ? [whole] : [head, `     ${end}, ${when}`]
  return isRunning ? texts.map(green) : texts
}
