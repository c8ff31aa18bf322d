import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import { clientLayer, explain } from "../connection.ts"
import * as Chart from "../output/chart.ts"
import * as Json from "../output/json.ts"
import * as Progress from "../output/progress.ts"
import { columns, print, tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { tellUnreadable } from "../output/unreadable.ts"
import { UsageError } from "../UsageError.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly from: Option.Option<DateTime.Utc>
  readonly to: Option.Option<DateTime.Utc>
  readonly span: Option.Option<Duration.Duration>
  readonly type: Option.Option<string>
  readonly all: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Columns of a chart that goes to no terminal. */
const columnsElsewhere = 120

/** Shows the runs in the window, as a chart or run by run. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const now = yield* DateTime.now
  const window = yield* windowOf(options, now)
  const all = yield* listed(options, window).pipe(Effect.catch(explain), Effect.provide(clientLayer))
  const inWindow = all.filter((dispatch) => !firstRun(dispatch, window).done)
  if (options.json) {
    const runs = Stream.fromIterable(inWindow).pipe(
      Stream.flatMap((dispatch) =>
        Stream.map(Stream.fromIterable(dispatch.runs(window.from, window.to)), (value) => ({
          id: String(dispatch.id),
          type: dispatch.type,
          active: dispatch.active,
          ...Json.run(value)
        }))
      )
    )
    return yield* Stream.runForEach(runs, Json.line)
  }
  const times = yield* Times.forScreen(options)
  const shown = options.all ? all : inWindow
  if (shown.length === 0) {
    return yield* tell(
      `Nothing runs from ${times.instant(window.from)} to ${times.instant(window.to)}, times in ${times.zone}.`
    )
  }
  const width = yield* columns
  const lines = Chart.dispatches(
    [...shown].sort((one, other) => firstAt(one, window) - firstAt(other, window)),
    { ...window, now, columns: width === Infinity ? columnsElsewhere : width, times }
  )
  yield* Effect.forEach(lines, print, { discard: true })
})

interface Window {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

const firstRun = (dispatch: Dispatch, { from, to }: Window) => dispatch.runs(from, to).next()

/** The first run in the window; a dispatch without one comes last. */
const firstAt = (dispatch: Dispatch, window: Window): number => {
  const first = firstRun(dispatch, window)
  return first.done === true ? Number.MAX_SAFE_INTEGER : first.value.occurrence.epochMilliseconds
}

/** The length of the window by default. */
const spanDefault = Duration.days(1)

const windowOf = Effect.fnUntraced(function* (options: Options, now: DateTime.Utc) {
  if (Option.isSome(options.to) && Option.isSome(options.span)) {
    return yield* wrong("--to and --span cannot both be given")
  }
  const span = Option.getOrElse(options.span, () => spanDefault)
  if (Duration.toMillis(span) === 0) return yield* wrong("--span must be longer than 0 seconds")
  const from = Option.getOrElse(options.from, () =>
    DateTime.subtractDuration(now, Duration.millis(Math.floor(Duration.toMillis(span) / 8)))
  )
  const to = Option.getOrElse(options.to, () => DateTime.addDuration(from, span))
  if (DateTime.isGreaterThan(to, from)) return { from, to }
  return yield* wrong("--to must be after --from")
})

const wrong = (message: string) =>
  new UsageError({ message, example: "dispatch timeline 1 --from today --span 7d" })

/** The dispatches that may run in the window, or all. */
const listed = Effect.fnUntraced(function* ({ all, microgrid, type }: Options, { from, to }: Window) {
  const client = yield* DispatchClient
  const found: Array<Dispatch> = []
  const records = client.list(microgrid, {
    filter: all ? {} : { startTime: { to }, endTime: { from } },
    sort: { field: "startTime", order: "ascending" }
  })
  yield* Stream.runForEach(Progress.counting(records), (record) => {
    switch (record._tag) {
      case "Dispatch":
        if (Option.isNone(type) || type.value === record.type) found.push(record)
        return Effect.void
      case "UnreadableDispatch":
        return tellUnreadable(record)
    }
  })
  return found
})
