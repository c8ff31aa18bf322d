/** Notes about a start on the clock of a zone that a person may not expect. */
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { DateTime } from "effect"
import type { StartText } from "../input/flags.ts"
import * as Times from "./times.ts"

/** Tells of a start that the clock leaps over, and of one that it shows twice. */
export const startNotes = (start: StartText | undefined, clock: LocalClock): ReadonlyArray<string> => {
  if (start === undefined || start === "NOW") return []
  const { at, shown } = start.on(clock)
  if (shown === "Once") return []
  const begin = `${Times.timeText(clock.reading(at))} (${Times.offsetText(clock.offset(at))})`
  return shown === "Never"
    ? [`The clock of ${clock.timeZone} leaps over "${start.text}": the start is ${begin}.`]
    : [`The clock of ${clock.timeZone} shows "${start.text}" twice: the start is the first, ${begin}.`]
}

/** The way out where a service keeps no rules in local time: what its time of day is in UTC, in winter and summer. */
export const utcHint = (rule: Rule | undefined, start: DateTime.Utc): string => {
  const clock = rule?.timeZone === undefined ? undefined : LocalClock.make(rule.timeZone)
  if (rule === undefined || clock === undefined) return ""
  const parts = zonedParts(rule)
  const without = parts.length === 0 ? "" : ` without ${parts.join(" and ")}, which only such rules have`
  if (clock.isUtc) return `\nGive a rule${without}`
  return `\nGive --zone UTC${without}: ${saidInUtc(timeOfDay(rule, clock.reading(start)), clock, start)}`
}

/** The parts of a rule that none in UTC has, as people call them. */
const zonedParts = (rule: Rule): ReadonlyArray<string> => {
  if (rule.timeZone === undefined) return []
  const { exceptions = [], nthWeekdays = [], positions = [] } = rule
  return [
    ...(exceptions.length > 0 ? ["exceptions"] : []),
    ...(nthWeekdays.length > 0 ? ["nth weekdays"] : []),
    ...(positions.length > 0 ? ["positions"] : []),
    ...(rule.frequency === "WEEKLY" && (rule.weekStart ?? "MONDAY") !== "MONDAY"
      ? ["a first day of the week"]
      : [])
  ]
}

/** The first time of day of a rule, in seconds; `reading` is that of its start. */
const timeOfDay = ({ byHours = [], byMinutes = [] }: Rule, reading: number): number => {
  const { hour, minute, second } = DateTime.toPartsUtc(DateTime.makeUnsafe(1_000 * reading))
  const first = (list: ReadonlyArray<number>, implied: number) =>
    list.length === 0 ? implied : Math.min(...list)
  return 3_600 * first(byHours, hour) + 60 * first(byMinutes, minute) + second
}

const saidInUtc = (local: number, clock: LocalClock, start: DateTime.Utc): string => {
  const { year } = DateTime.toPartsUtc(start)
  const offsets = [1, 7].map((month) => clock.offset(DateTime.makeUnsafe({ year, month, day: 1 })))
  const [winter, summer] = [Math.min(...offsets), Math.max(...offsets)].map((offset) =>
    Times.timeText((local - offset + secondsPerDay) % secondsPerDay)
  )
  const said = `${Times.timeText(local)} ${clock.timeZone} is ${winter} UTC`
  return winter === summer ? said : `${said} in winter, ${summer} in summer`
}

/** The same for a dispatch that is to be created. */
export const hintOf = ({ recurrence, startTime }: NewDispatch, now: DateTime.Utc): string =>
  utcHint(recurrence, startTime === "NOW" ? now : startTime)

const secondsPerDay = 86_400
