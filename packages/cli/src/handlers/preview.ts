import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Rule, Run } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Option, Result } from "effect"
import { clientLayer, explain } from "../connection.ts"
import type { TimeText } from "../input/flags.ts"
import { asksForRule, clockOf, described as describedRule } from "../input/recurrence.ts"
import type { RuleFlags } from "../input/ruleFlags.ts"
import * as Json from "../output/json.ts"
import { hanging, pad } from "../output/layout.ts"
import { clockNotes, exceptionNotes } from "../output/ruleNotes.ts"
import { startNotes } from "../output/startNotes.ts"
import { bold, dim, green, print, readingColumns, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { UsageError } from "../UsageError.ts"

interface Options extends RuleFlags {
  readonly microgrid: Option.Option<MicrogridId>
  readonly id: Option.Option<DispatchId>
  readonly start: Option.Option<TimeText>
  readonly duration: Option.Option<Duration.Duration>
  readonly from: Option.Option<DateTime.Utc>
  readonly limit: number
  readonly json: boolean
  readonly utc: boolean
}

/** Far beyond any run, and within what an instant can be. */
const endOfTime = DateTime.makeUnsafe(8_640_000_000_000_000)

/** Shows the next runs of a dispatch of the service, or of one that the flags describe. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const now = yield* DateTime.now
  const from = Option.getOrElse(options.from, () => now)
  const dispatch = yield* subject(options, now)
  const runs = [...firstRuns(dispatch, from, options.limit + 1)]
  const shown = runs.slice(0, options.limit)
  if (options.json)
    return yield* Effect.forEach(shown, (value) => Json.line(Json.run(value)), { discard: true })
  const times = yield* Times.forScreen(options)
  const width = yield* readingColumns
  yield* Effect.forEach(heading(dispatch, { from, times, width }), print, { discard: true })
  yield* Effect.forEach(shown, (value, index) => print(lineOf(value, index, now, times)), { discard: true })
  if (shown.length === 0) yield* print(`No run from ${times.instant(from)} on.`)
  else
    yield* print(dim(`${runs.length > shown.length ? "and so on" : "and no more"}; times in ${times.zone}`))
})

/** The dispatch to preview: one of the service, or one made of the flags. */
const subject = Effect.fnUntraced(function* (options: Options, now: DateTime.Utc) {
  const isDescribed = asksForRule(options) || Option.isSome(options.start) || Option.isSome(options.duration)
  const { id, microgrid } = options
  if (Option.isSome(microgrid) && Option.isSome(id)) {
    if (isDescribed) return yield* mixed
    return yield* Effect.gen(function* () {
      const client = yield* DispatchClient
      return yield* client.get(microgrid.value, id.value)
    }).pipe(Effect.catch(explain), Effect.provide(clientLayer))
  }
  if (Option.isSome(microgrid)) return yield* withoutId
  if (!isDescribed) return yield* nothingGiven
  return yield* describedDispatch(options, now)
})

/** The dispatch that the flags describe. */
const describedDispatch = Effect.fnUntraced(function* (options: Options, now: DateTime.Utc) {
  const clock = yield* clockOf(options)
  const given = Option.getOrUndefined(options.start)
  const { notes, rule, start } = yield* describedRule(options, clock, given?.on(clock).at ?? now)
  if (start !== undefined && given !== undefined) return yield* twoStarts
  yield* Effect.forEach([...startNotes(given, clock), ...notes], tell, { discard: true })
  return new Dispatch({
    id: DispatchId.make(0n),
    type: "",
    startTime: given?.on(clock).at ?? start ?? now,
    duration: Option.getOrElse(options.duration, () =>
      rule === undefined ? Duration.infinity : Duration.zero
    ),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    ...(rule === undefined ? undefined : { recurrence: rule }),
    createTime: now,
    updateTime: 0n
  })
})

const usage = (message: string, example: string) => new UsageError({ message, example })
const described = `dispatch preview --start "tomorrow 8:00" --duration 2h --frequency daily`
const mixed = usage("give a dispatch, or options as for create, but not both", "dispatch preview 1 12")
const withoutId = usage("the id of the dispatch is missing", "dispatch preview 1 12")
const nothingGiven = usage("nothing to preview: give a dispatch, or options as for create", described)
const twoStarts = usage("--start and the DTSTART of --rrule cannot both be given", described)

function* firstRuns(dispatch: Dispatch, from: DateTime.Utc, limit: number): Generator<Run, void, void> {
  let count = 0
  for (const value of dispatch.runs(from, endOfTime)) {
    yield value
    count += 1
    if (count >= limit) return
  }
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

const heading = (
  dispatch: Dispatch,
  { from, times, width }: { readonly from: DateTime.Utc; readonly times: Times.Times; readonly width: number }
): ReadonlyArray<string> => {
  const { duration, id, recurrence, startTime, type } = dispatch
  const words = recurrence === undefined ? "once" : RecurrenceText.describe(recurrence, startTime)
  const isLookedAt = recurrence === undefined || Duration.isFinite(duration)
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["recurs", isLookedAt ? words : `once: without an end its rule (${words}) is not looked at`],
    ...(recurrence === undefined ? [] : ruleRows(ruleText(recurrence, startTime))),
    ["start", `${times.day(startTime)} ${times.clock(startTime)}`],
    ["duration", Text.duration(duration)],
    ...exceptionNotes(dispatch).map((note) => ["except", note] as const),
    ...clockNotes(dispatch, from).map((note) => ["clock", note] as const),
    ...(dispatch.active ? [] : [["state", "inactive: nothing of this runs until it is active"] as const])
  ]
  return [
    ...(id === 0n ? [] : [bold(`#${id} ${Text.safe(type)}`)]),
    ...rows.flatMap(([name, text]) => hanging(`${dim(name.padEnd(8))}  `, text, width)),
    ""
  ]
}

const lineOf = (value: Run, index: number, now: DateTime.Utc, times: Times.Times): string => {
  const { occurrence, until } = value
  const begin = `${times.day(occurrence)} ${times.clock(occurrence)}`
  const isCommand = until !== undefined && DateTime.Equivalence(occurrence, until)
  const end =
    until === undefined ? "until stopped" : isCommand ? "command" : `to ${times.near(until, occurrence)}`
  const isRunning =
    DateTime.isLessThanOrEqualTo(occurrence, now) &&
    (until === undefined || DateTime.isGreaterThan(until, now))
  const when = isRunning && !isCommand ? "running" : Text.distance(occurrence, now)
  const line = `${String(index + 1).padStart(3)}  ${begin}  ${pad(end, 11)}  ${isRunning ? when : dim(when)}`
  return isRunning ? green(line) : line
}
