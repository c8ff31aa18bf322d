import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Option, Stream } from "effect"
import { clientLayer, explain } from "../connection.ts"
import * as Chart from "../output/chart.ts"
import * as ConflictText from "../output/conflicts.ts"
import * as Json from "../output/json.ts"
import { columns, print, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import * as Conflicts from "../schedule/conflicts.ts"
import { suggestion } from "../schedule/types.ts"
import { UsageError } from "../UsageError.ts"
import { runsOf } from "./reportedRuns.ts"
import { select } from "./selection.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly from: Option.Option<DateTime.Utc>
  readonly to: Option.Option<DateTime.Utc>
  readonly span: Option.Option<Duration.Duration>
  readonly type: ReadonlyArray<string>
  readonly on: ReadonlyArray<ReadonlyArray<Target>>
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
  const { selection, told } = yield* asked(options, window, now).pipe(
    Effect.catch(explain),
    Effect.provide(clientLayer)
  )
  const all = selection.found
  const inWindow = all.filter((dispatch) => !firstRun(dispatch, window).done)
  if (options.json) return yield* printRuns(inWindow, window)
  const times = yield* Times.forScreen(options)
  const shown = options.all ? all : inWindow
  if (shown.length === 0) {
    yield* tell(
      `Nothing runs from ${times.instant(window.from)} to ${times.instant(window.to)}, times in ${times.zone}.`
    )
    const hint = suggestion(options.type, selection.types)
    return yield* hint === undefined ? Effect.void : tell(Text.safe(hint))
  }
  const width = yield* columns
  const layout = { columns: width === Infinity ? columnsElsewhere : width, times }
  const sorted = [...shown].sort((one, other) => firstAt(one, window) - firstAt(other, window))
  const lines = [
    ...Chart.dispatches(sorted, { ...window, ...layout, now, told }),
    ...ConflictText.lines(Conflicts.find(shown, window), window, layout)
  ]
  yield* Effect.forEach(lines, print, { discard: true })
})

const printRuns = (dispatches: ReadonlyArray<Dispatch>, { from, to }: Window) => {
  const runs = Stream.fromIterable(dispatches).pipe(
    Stream.flatMap((dispatch) =>
      Stream.map(Stream.fromIterable(dispatch.runs(from, to)), (value) => ({
        id: String(dispatch.id),
        type: dispatch.type,
        active: dispatch.active,
        ...Json.run(value)
      }))
    )
  )
  return Stream.runForEach(runs, Json.line)
}

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

/** The dispatches, and what sites report of their runs in the part of the window that is over. */
const asked = Effect.fnUntraced(function* (options: Options, window: Window, now: DateTime.Utc) {
  const selection = yield* listed(options, window)
  if (options.json || DateTime.isGreaterThanOrEqualTo(window.from, now)) return { selection, told: undefined }
  // A run that began before the window may go on in it.
  const from = DateTime.subtractDuration(window.from, longestRun(selection.found))
  const ids = selection.found.map(({ id }) => id)
  return { selection, told: yield* runsOf(options.microgrid, ids, { from, to: window.to }) }
})

/** Longest time before the window in which the beginnings of runs are looked for. */
const lookBackMax = Duration.days(31)

const longestRun = (dispatches: ReadonlyArray<Dispatch>): Duration.Duration =>
  dispatches.reduce(
    (longest, { duration }) => Duration.min(lookBackMax, Duration.max(longest, duration)),
    Duration.zero
  )

/** The dispatches that may run in the window, or all. */
const listed = ({ all, microgrid, on, type }: Options, { from, to }: Window) =>
  select(
    microgrid,
    { type, running: false },
    {
      filter: {
        ...(all ? {} : { startTime: { to }, endTime: { from } }),
        ...(on.length > 0 ? { targets: on.flat() } : undefined)
      },
      sort: { field: "startTime", order: "ascending" }
    }
  )
