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

/** The time back that is shown where no other is asked for. */
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
    return yield* options.summary ? printDays(options) : printRuns(options)
  }).pipe(Effect.catchTag("DispatchError", explain), Effect.provide(clientLayer))

/** The beginning of the time that is shown. */
const beginning = ({ from, ids }: Options, span: Duration.Duration) =>
  Effect.map(DateTime.now, (now) =>
    Option.orElse(from, () =>
      ids.length > 0 ? Option.none() : Option.some(DateTime.subtractDuration(now, span))
    )
  )

const printRuns = Effect.fnUntraced(function* (options: Options) {
  const { ids, json, limit, microgrid, missed, to } = options
  const client = yield* ReportClient
  const from = yield* beginning(options, spanDefault.runs)
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
    const since = Option.match(from, { onNone: () => "", onSome: (at) => ` since ${times.instant(at)}` })
    return yield* tell(`No site has reported ${missed ? "a missed run" : "a run"}${since}.`)
  }
  const lines = History.runs(found, { columns: yield* columns, times })
  yield* Effect.forEach(lines, print, { discard: true })
})

const printDays = Effect.fnUntraced(function* (options: Options) {
  const { json, limit, microgrid, to } = options
  const client = yield* ReportClient
  const from = Option.map(yield* beginning(options, spanDefault.days), dayOf)
  const before = Option.map(to, History.firstDayFrom)
  const all = yield* Stream.runCollect(
    client.days(microgrid, { from: Option.getOrUndefined(from), to: Option.getOrUndefined(before) })
  )
  const found = all.slice(Option.match(limit, { onNone: () => 0, onSome: (count) => -count }))
  if (json) return yield* Effect.forEach(found, (day) => Json.line(History.dayJson(day)), { discard: true })
  if (found.length === 0) return yield* tell("No site has reported a run in that time.")
  yield* Effect.forEach(History.days(found, yield* columns), print, { discard: true })
})
