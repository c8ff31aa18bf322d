/** One dispatch, all of it. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration } from "effect"
import { standingOf } from "../schedule/standing.ts"
import { hanging, widthOf, wrap } from "./layout.ts"
import * as LastRun from "./lastRun.ts"
import * as RuleNotes from "./ruleNotes.ts"
import { bold, dim, green } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The width of a card, and what it tells beside the dispatch. */
interface CardOptions {
  readonly columns: number
  readonly now: DateTime.Utc
  readonly times: Times
  /** The last run, as its reporters tell it. */
  readonly lastRuns?: ReadonlyArray<ReportedRun> | undefined
}

/** The lines of a card no wider than `columns`. */
export const dispatch = (
  value: Dispatch,
  { columns, lastRuns = [], now, times }: CardOptions
): ReadonlyArray<string> => {
  const instant = (at: DateTime.Utc) => `${times.instant(at)}  ${dim(Text.distance(at, now))}`
  const updatedAt = DateTime.makeUnsafe(Number(value.updateTime / 1_000_000n))
  const rows: ReadonlyArray<readonly [string, string]> = [
    ...(value.name === undefined ? [] : [["name", Text.safe(value.name)] as const]),
    ["state", stateOf(value, now, times)],
    ["start", instant(value.startTime)],
    ["duration", Text.duration(value.duration)],
    ["recurs", recurrenceOf(value)],
    ...RuleNotes.exceptionNotes(value).map((note) => ["except", note] as const),
    ["next run", nextOf(value, now, instant)],
    ...lastRuns.map((told) => ["last run", LastRun.whole(told, times)] as const),
    ...RuleNotes.clockNotes(value, now).map((note) => ["clock", note] as const),
    ["target", Text.target(value.target).replaceAll(",", ", ")],
    ["payload", Text.payload(value.payload)],
    ["ends", value.endTime === undefined ? "never" : instant(value.endTime)],
    ["created", instant(value.createTime)],
    ...(DateTime.isGreaterThan(updatedAt, value.createTime) ? [["updated", instant(updatedAt)] as const] : [])
  ]
  return [
    ...heading(value, columns, times),
    ...rows.flatMap(([name, text]) => hanging(`  ${dim(name.padEnd(9))} `, text, columns))
  ]
}

const heading = (value: Dispatch, columns: number, times: Times): ReadonlyArray<string> => {
  const name = `#${value.id} ${Text.safe(value.type)}`
  const zone = `times in ${times.zone}`
  const rest = `${value.dryRun ? "  dry run" : ""}  `
  return widthOf(name + rest + zone) <= columns
    ? [bold(name) + rest + dim(zone)]
    : [...wrap(name + rest, columns).map(bold), ...wrap(zone, columns).map(dim)]
}

const stateOf = (value: Dispatch, now: DateTime.Utc, times: Times): string => {
  const { state } = standingOf(value, now)
  const until = value.until(now)
  if (state !== "running") return state
  return green(until === undefined ? "running until stopped" : `running until ${times.near(until, now)}`)
}

/** A dispatch without an end is one-off, whatever its rule says. */
const recurrenceOf = ({ duration, recurrence, startTime }: Dispatch): string => {
  if (recurrence === undefined) return "once"
  const words = RecurrenceText.describe(recurrence, startTime)
  return Duration.isFinite(duration) ? words : `once: without an end its rule (${words}) is not looked at`
}

const nextOf = (value: Dispatch, now: DateTime.Utc, instant: (at: DateTime.Utc) => string): string => {
  const next = value.nextRun(now)
  if (next === undefined) return "none"
  return value.active ? instant(next) : `${instant(next)}, if it were active`
}
