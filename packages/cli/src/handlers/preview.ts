import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, type Duration, Effect, Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import type { TimeText } from "../input/flags.ts"
import { asksForRule, clockOf, described as describedRule } from "../input/recurrence.ts"
import type { RuleFlags } from "../input/ruleFlags.ts"
import * as Json from "../output/json.ts"
import * as Runs from "../output/runs.ts"
import { startNotes } from "../output/startNotes.ts"
import { print, readingColumns, tellSentences } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { asDispatch } from "../schedule/draft.ts"
import { UsageError } from "../UsageError.ts"
import { runDuration } from "./runDuration.ts"

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

/** Shows the next runs of a dispatch of the service, or of one that the flags describe. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const now = yield* DateTime.now
  const from = Option.getOrElse(options.from, () => now)
  const dispatch = yield* subject(options, now)
  if (options.json) {
    const runs = Runs.firstRuns(dispatch, from, options.limit)
    return yield* Effect.forEach(runs, (value) => Json.line(Json.run(value)), { discard: true })
  }
  const lines = Runs.lines(dispatch, {
    from,
    limit: options.limit,
    now,
    times: yield* Times.forScreen(options),
    columns: yield* readingColumns
  })
  yield* Effect.forEach(lines, print, { discard: true })
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
  yield* Effect.forEach([...startNotes(given, clock), ...notes], tellSentences, { discard: true })
  const draft = {
    type: "",
    startTime: given?.on(clock).at ?? start ?? ("NOW" as const),
    duration: yield* runDuration(options.duration, rule, described),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    recurrence: rule
  }
  return asDispatch(draft, now)
})

const usage = (message: string, example: string) => new UsageError({ message, example })
const described = `dispatch preview --start "tomorrow 8:00" --duration 2h --frequency daily`
const mixed = usage("give a dispatch, or options as for create, but not both", "dispatch preview 1 12")
const withoutId = usage("the id of the dispatch is missing", "dispatch preview 1 12")
const nothingGiven = usage("nothing to preview: give a dispatch, or options as for create", described)
const twoStarts = usage("--start and the DTSTART of --rrule cannot both be given", described)
