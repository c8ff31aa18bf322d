import { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { dayOf } from "@effect-dispatch/core/ReportedRun"
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { field } from "../input/flags.ts"
import * as History from "../output/history.ts"
import * as Json from "../output/json.ts"
import { columns, print, tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { UsageError } from "../UsageError.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly from: Option.Option<DateTime.Utc>
  readonly to: Option.Option<DateTime.Utc>
  readonly missed: boolean
  readonly summary: boolean
  readonly limit: Option.Option<number>
  readonly json: boolean
  readonly utc: boolean
}

/** The time that is shown, back from its end, where no other is asked for. */
const spanDefault = { runs: Duration.days(7), days: Duration.days(30) }

/** Shows runs, or their counts by day. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    if (options.summary && (options.ids.length > 0 || options.missed)) {
      return yield* new UsageError({
        message: "--summary counts all runs by day: ids and --missed do not go with it",
        example: "dispatch history 1 --summary --from 2026-01-01"
      })
    }
    const from = yield* beginning(options)
    if (Option.isSome(from) && Option.exists(options.to, (to) => !DateTime.isGreaterThan(to, from.value))) {
      return yield* new UsageError({
        message: "--to must be after --from",
        example: "dispatch history 1 --from yesterday --to today"
      })
    }
    return yield* options.summary ? printDays(options, from) : printRuns(options, from)
  }).pipe(Effect.catchTag("DispatchError", explain), Effect.provide(clientLayer))

/** The beginning of the time that is shown. */
const beginning = ({ from, ids, summary, to }: Options) =>
  Effect.map(DateTime.now, (now) =>
    Option.orElse(from, () => {
      if (ids.length > 0) return Option.none()
      const end = Option.getOrElse(to, () => now)
      return Option.some(DateTime.subtractDuration(end, summary ? spanDefault.days : spanDefault.runs))
    })
  )

type Beginning = Option.Option<DateTime.Utc>

const printRuns = Effect.fnUntraced(function* (options: Options, from: Beginning) {
  const { ids, json, limit, microgrid, missed, to } = options
  const client = yield* ReportClient
  const runs = client
    .list(microgrid, {
      ...(ids.length > 0 ? { ids } : undefined),
      ...field("from", from),
      ...field("to", to),
      ...(missed ? { missed } : undefined)
    })
    .pipe(Stream.take(Option.getOrElse(limit, () => Infinity)))
  if (json) return yield* Stream.runForEach(runs, (told) => Json.line(Json.reportedRun(told)))
  const found = yield* Stream.runCollect(runs)
  const times = yield* Times.forScreen(options)
  if (found.length === 0) {
    const bounds = [
      ...Option.toArray(Option.map(from, (at) => `since ${times.instant(at)}`)),
      ...Option.toArray(Option.map(to, (at) => `before ${times.instant(at)}`))
    ]
    const what = [missed ? "a missed run" : "a run", ...bounds].join(bounds.length > 1 ? ", " : " ")
    return yield* tell(`No site has reported ${what}.`)
  }
  const lines = History.runs(found, { columns: yield* columns, times, from: Option.getOrUndefined(from) })
  yield* Effect.forEach(lines, print, { discard: true })
})

const printDays = Effect.fnUntraced(function* (options: Options, from: Beginning) {
  const { json, limit, microgrid, to } = options
  const client = yield* ReportClient
  const before = Option.map(to, History.firstDayFrom)
  const all = yield* Stream.runCollect(
    client.days(microgrid, {
      from: Option.getOrUndefined(Option.map(from, dayOf)),
      to: Option.getOrUndefined(before)
    })
  )
  const found = all.slice(Option.match(limit, { onNone: () => 0, onSome: (count) => -count }))
  if (json) return yield* Effect.forEach(found, (day) => Json.line(History.dayJson(day)), { discard: true })
  if (found.length === 0) return yield* tell("No site has reported a run in that time.")
  yield* Effect.forEach(History.days(found, yield* columns), print, { discard: true })
})
