/** Values as text for people. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { label, safe, target } from "@effect-dispatch/core/DispatchText"
import type { Payload } from "@effect-dispatch/core/Payload"
import type { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { describe } from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration, Option } from "effect"
import { standingOf } from "../schedule/standing.ts"
import type { Times } from "./times.ts"

export {
  counted,
  distance,
  duration,
  label,
  safe,
  safeLines,
  span,
  target
} from "@effect-dispatch/core/DispatchText"

/** A value as one line of JSON that disturbs no terminal and reads as the same value. */
export const json = (value: unknown): string => safe(JSON.stringify(value))

/** A payload on one line, with room to break it. */
export const payload = (value: Payload): string =>
  safe(
    JSON.stringify(value, undefined, 1)
      .replace(/\n\s*/g, " ")
      .replace(/^\{ | \}$/g, (brace) => brace.trim())
  )

const units = {
  MINUTELY: "minute",
  HOURLY: "hour",
  DAILY: "day",
  WEEKLY: "week",
  MONTHLY: "month",
  YEARLY: "year"
}

/**
 * The recurrence of a dispatch, in short; its hours are of UTC. Without an end it is one-off, whatever its rule says.
 */
export const recurrence = (
  { duration: length, recurrence: rule, startTime }: Pick<Dispatch, "duration" | "recurrence" | "startTime">,
  times: Times
): string => {
  if (rule === undefined || !Duration.isFinite(length)) return "once"
  return rule.timeZone === undefined ? shortRule(rule, times) : describe(rule, startTime)
}

const shortRule = (rule: RecurrenceRule, times: Times): string => {
  const every =
    rule.interval === 1
      ? `every ${units[rule.frequency]}`
      : `every ${rule.interval} ${units[rule.frequency]}s`
  const lists = [
    ["on", rule.byWeekdays?.map((day) => day.slice(0, 3).toLowerCase())],
    ["on day", rule.byMonthDays],
    ["in month", rule.byMonths],
    ["at UTC hour", rule.byHours],
    ["at minute", rule.byMinutes]
  ] as const
  const parts = lists.flatMap(([word, list]) =>
    list === undefined || list.length === 0 ? [] : [`${word} ${list.join(",")}`]
  )
  const end =
    rule.end === undefined
      ? []
      : [rule.end._tag === "Count" ? `${rule.end.count} times` : `until ${times.instant(rule.end.until)}`]
  return [every, ...parts, ...end].join(" ")
}

/** A text in which the instants of a service, `2026-03-01T07:00:00.000Z`, are told in the zone of the screen. */
export const inZone = (text: string, times: Times): string =>
  text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (iso) => shown(iso, times))

const shown = (iso: string, times: Times): string =>
  Option.match(DateTime.make(iso), {
    onNone: () => iso,
    onSome: (at) => `${times.instant(DateTime.toUtc(at))} ${times.zone}`
  })

/** A dispatch in a few words: `#1 CHARGE on BATTERY, running, every day`. */
export const summary = (dispatch: Dispatch, now: DateTime.Utc, times: Times): string =>
  `${label(dispatch)} ${content(dispatch, now, times)}`

/** The same without id and name. */
export const content = (dispatch: Dispatch, now: DateTime.Utc, times: Times): string => {
  const { next, state } = standingOf(dispatch, now)
  const facts = [
    state === "waiting" && next !== undefined ? `runs next on ${times.moment(next)}` : stateWords[state],
    ...(dispatch.recurrence === undefined ? [] : [recurrence(dispatch, times)]),
    ...(dispatch.dryRun ? ["dry run"] : [])
  ]
  return `${safe(dispatch.type)} on ${target(dispatch.target)}, ${facts.join(", ")}`
}

const stateWords = { running: "running now", waiting: "waiting", inactive: "inactive", over: "over" }

/** Most things that a list in a sentence names. */
const enumeratedMax = 10

/** A list in a sentence, cut where it is long: `#1, #2 and 30 more`. */
export const enumerated = (list: ReadonlyArray<string>): string => {
  const more = list.length - enumeratedMax
  return (
    list.slice(0, enumeratedMax).join(", ") + (more > 0 ? ` and ${more.toLocaleString("en-US")} more` : "")
  )
}
