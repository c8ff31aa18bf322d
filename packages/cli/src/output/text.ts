/** Values as text for people. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import type * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

/** Text of others without what could disturb a terminal: control characters are shown as escapes. */
export const safe = (text: string): string =>
  text.replace(
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

const pad = (number: number, length = 2): string => String(number).padStart(length, "0")

const localParts = (instant: DateTime.Utc) => {
  const local = DateTime.setZone(instant, DateTime.zoneMakeLocal())
  return DateTime.toParts(local)
}

/** An instant in the local zone: `2026-03-01 08:00:00`. */
export const instant = (at: DateTime.Utc): string => {
  const { day, hour, minute, month, second, year } = localParts(at)
  return `${pad(year, 4)}-${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}`
}

/** The time of day of an instant in the local zone, with milliseconds. */
export const timeOfDay = (at: DateTime.Utc): string => {
  const { hour, millisecond, minute, second } = localParts(at)
  return `${pad(hour)}:${pad(minute)}:${pad(second)}.${pad(millisecond, 3)}`
}

/** The name of the local zone. */
export const zone = (): string => DateTime.zoneToString(DateTime.zoneMakeLocal())

/** A duration: `1h 30m`, `20s`, `until stopped`, `command`. */
export const duration = (length: Duration.Duration): string => {
  const seconds = Duration.toSeconds(length)
  if (seconds === Infinity) return "until stopped"
  if (seconds === 0) return "command"
  const parts: ReadonlyArray<readonly [number, string]> = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"]
  ]
  return parts.flatMap(([number, unit]) => (number === 0 ? [] : [`${number}${unit}`])).join(" ")
}

/** A target: ids or categories. */
export const target = (value: Target.Target): string =>
  value._tag === "ComponentIds"
    ? value.ids.join(",")
    : value.categories
        .map(({ category, subtype }) => (subtype === undefined ? category : `${category}:${subtype}`))
        .join(",")

const units = {
  MINUTELY: "minute",
  HOURLY: "hour",
  DAILY: "day",
  WEEKLY: "week",
  MONTHLY: "month",
  YEARLY: "year"
}

/** A recurrence rule in short. */
export const recurrence = (rule: RecurrenceRule | undefined): string => {
  if (rule === undefined) return "once"
  const every =
    rule.interval === 1
      ? `every ${units[rule.frequency]}`
      : `every ${rule.interval} ${units[rule.frequency]}s`
  const lists = [
    ["on", rule.byWeekdays?.map((day) => day.slice(0, 3).toLowerCase())],
    ["on day", rule.byMonthDays],
    ["in month", rule.byMonths],
    ["at hour", rule.byHours],
    ["at minute", rule.byMinutes]
  ] as const
  const parts = lists.flatMap(([word, list]) =>
    list === undefined || list.length === 0 ? [] : [`${word} ${list.join(",")}`]
  )
  const end =
    rule.end === undefined
      ? []
      : [rule.end._tag === "Count" ? `${rule.end.count} times` : `until ${instant(rule.end.until)}`]
  return [every, ...parts, ...end].join(" ")
}

/** What a dispatch is doing at an instant. */
export const state = (dispatch: Dispatch, now: DateTime.Utc): string =>
  !dispatch.active
    ? "inactive"
    : dispatch.startedAt(now)
      ? "running"
      : dispatch.nextRun(now) === undefined
        ? "over"
        : "waiting"
