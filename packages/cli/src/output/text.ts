/** Values as text for people. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { safe } from "@effect-dispatch/core/DispatchText"
import type { Payload } from "@effect-dispatch/core/Payload"
import type { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { Duration } from "effect"
import type { Times } from "./times.ts"

export {
  counted,
  distance,
  duration,
  safe,
  safeLines,
  state,
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
  { duration: length, recurrence: rule }: Pick<Dispatch, "duration" | "recurrence">,
  times: Times
): string => (rule === undefined || !Duration.isFinite(length) ? "once" : shortRule(rule, times))

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
