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
  if (clock === undefined) return ""
  const local = clock.reading(start) % secondsPerDay
  const { year } = DateTime.toPartsUtc(start)
  const offsets = [1, 7].map((month) => clock.offset(DateTime.makeUnsafe({ year, month, day: 1 })))
  const [winter, summer] = [Math.min(...offsets), Math.max(...offsets)].map((offset) =>
    Times.timeText((local - offset + secondsPerDay) % secondsPerDay)
  )
  const said = `${Times.timeText(local)} ${clock.timeZone} is ${winter} UTC`
  return `\nGive --zone UTC: ${winter === summer ? said : `${said} in winter, ${summer} in summer`}`
}

/** The same for a dispatch that is to be created. */
export const hintOf = ({ recurrence, startTime }: NewDispatch, now: DateTime.Utc): string =>
  utcHint(recurrence, startTime === "NOW" ? now : startTime)

const secondsPerDay = 86_400
