import { DispatchClient, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, type Duration, Effect, Option } from "effect"
import { clientLayer, explainWrite } from "../connection.ts"
import { field, type StartText } from "../input/flags.ts"
import { clockOf, described, startOn } from "../input/recurrence.ts"
import type { RuleFlags } from "../input/ruleFlags.ts"
import { startNotes, utcHint } from "../output/startNotes.ts"
import { formOf, printWritten } from "../output/dispatch.ts"
import { UsageError } from "../UsageError.ts"

interface Options extends RuleFlags {
  readonly microgrid: MicrogridId
  readonly type: string
  readonly target: NewDispatch["target"]
  readonly start: StartText
  readonly duration: Option.Option<Duration.Duration>
  readonly name: Option.Option<string>
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Option.Option<NonNullable<NewDispatch["payload"]>>
  readonly json: boolean
  readonly utc: boolean
}

/** Creates a dispatch and shows the service's record of it. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const clock = yield* clockOf(options)
  const startTime = startOn(options.start, clock)
  const { notes, rule, start } = yield* described(options, clock, startTime === "NOW" ? undefined : startTime)
  if (start !== undefined) return yield* twoStarts
  const form = yield* formOf(options)
  yield* Effect.gen(function* () {
    const client = yield* DispatchClient
    const at = startTime === "NOW" ? yield* DateTime.now : startTime
    const creating = client.create(options.microgrid, {
      ...field("name", options.name),
      type: options.type,
      target: options.target,
      startTime,
      active: options.active,
      dryRun: options.dryRun,
      duration: Option.getOrUndefined(options.duration),
      ...field("payload", options.payload),
      recurrence: rule
    })
    const dispatch = yield* Effect.catch(creating, explainWrite(utcHint(rule, at)))
    yield* printWritten(dispatch, form, [...startNotes(options.start, clock), ...notes])
  }).pipe(Effect.provide(clientLayer))
})

const twoStarts = new UsageError({
  message: "--rrule has a DTSTART line, but the start is given by START",
  example: `--rrule "FREQ=DAILY;BYHOUR=8,20"`
})
