/** The next runs of a dispatch, with what a change of a clock does to them. */
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime, Duration } from "effect"
import { offsetText, type Zone } from "../time/zone.ts"
import * as LeftOut from "./leftOut.ts"

/** A run as it is shown. */
export interface ShownRun {
  readonly begin: number
  readonly end: number | undefined
  /** The thing to know about it, if there is any. */
  readonly note: string | undefined
}

/** The next runs from an instant on. */
export const nextRuns = (
  dispatch: Dispatch,
  from: number,
  most: number,
  zone: Zone
): ReadonlyArray<ShownRun> => {
  const length = Duration.toMillis(dispatch.duration)
  const noteOf = notesOf(dispatch)
  const found: Array<ShownRun> = []
  let at = DateTime.makeUnsafe(from)
  while (found.length < most) {
    const next = dispatch.nextRun(at)
    if (next === undefined) break
    const begin = next.epochMilliseconds
    const before = found.at(-1)?.begin
    const end = Number.isFinite(length) ? begin + length : undefined
    found.push({ begin, end, note: noteOf(next) ?? clockNote({ before, begin, end }, zone) })
    at = DateTime.makeUnsafe(begin + 1_000)
  }
  return found
}

/** The change of the clock here since the run before, or within a run, whose end then reads as if it were longer or shorter. */
const clockNote = (
  { before, begin, end }: Pick<ShownRun, "begin" | "end"> & { readonly before: number | undefined },
  zone: Zone
): string | undefined => {
  const offset = zone.offset(begin)
  if (before !== undefined && zone.offset(before) !== offset) return `clock now ${offsetText(offset)}`
  if (end === undefined || zone.offset(end) === offset) return undefined
  return `clock ${offsetText(zone.offset(end))} at its end`
}

/** A run, or runs in succession that are left out, by their beginnings. */
export type Shown =
  | { readonly _tag: "Run"; readonly run: ShownRun }
  | { readonly _tag: "Skipped"; readonly begins: ReadonlyArray<number> }

/** The next runs, with those that are left out between them. */
export const shownRuns = (
  dispatch: Dispatch,
  from: number,
  most: number,
  zone: Zone
): ReadonlyArray<Shown> => {
  const runs = nextRuns(dispatch, from, most, zone)
  const end = runs.length < most ? Infinity : (runs.at(-1)?.begin ?? Infinity)
  const skipped = LeftOut.skippedRuns(dispatch, from).filter((begin) => begin < end)
  const shown: Array<Shown> = []
  for (const run of runs) {
    const before = skipped.filter((begin) => begin < run.begin && begin >= reached(shown))
    if (before.length > 0) shown.push({ _tag: "Skipped", begins: before })
    shown.push({ _tag: "Run", run })
  }
  const last = skipped.filter((begin) => begin >= reached(shown))
  return last.length === 0 ? shown : [...shown, { _tag: "Skipped", begins: last }]
}

/** The beginning of the last run that is shown. */
const reached = (shown: ReadonlyArray<Shown>): number => {
  const last = shown.at(-1)
  return last?._tag === "Run" ? last.run.begin : -Infinity
}

/** Notes of runs of a rule in local time: their time is leapt over, or shown twice. */
const notesOf = ({
  duration,
  recurrence: rule,
  startTime
}: Dispatch): ((at: DateTime.Utc) => string | undefined) => {
  const clock = rule?.timeZone === undefined ? undefined : LocalClock.make(rule.timeZone)
  if (rule?.timeZone === undefined || clock === undefined || !Duration.isFinite(duration))
    return () => undefined
  const { end: _, exceptions: __, ...parts } = rule
  // The times that the rule says, whether or not the clock shows them.
  const said = Recurrence.compile(new CalendarRule({ ...parts, timeZone: "UTC" }), clock.reading(startTime))
  return (at) => {
    const reading = clock.reading(at)
    if (Recurrence.nextSeconds(said, reading) !== reading) return "later, as the clock leaps over its time"
    return clock.timeOf(reading).shown === "Twice" ? "the first of two such times" : undefined
  }
}
