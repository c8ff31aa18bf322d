/** Rules in words. It loads late: with it comes the reader of RRULE texts. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration } from "effect"
import * as Times from "../time/times.ts"
import { day, two, type Zone } from "../time/zone.ts"

/** The part of a dispatch that a sentence is about. */
export type Timed = Pick<Dispatch, "startTime" | "duration" | "recurrence" | "nextRun">

/** The rule in words, and what it means on the wall here. */
export interface Sentence {
  readonly rule: string
  readonly here: string | undefined
}

/** The sentence of a dispatch. */
export const ofDispatch = (dispatch: Timed, now: number, zone: Zone): Sentence => {
  const { duration, recurrence: rule, startTime } = dispatch
  if (rule === undefined)
    return { rule: `Once, ${Times.full(zone, startTime.epochMilliseconds)}.`, here: undefined }
  if (!Duration.isFinite(duration))
    return {
      rule: `Once, ${Times.full(zone, startTime.epochMilliseconds)}: without an end, its rule is not looked at.`,
      here: undefined
    }
  const words = RecurrenceText.describe(rule)
  const text = `${words.charAt(0).toUpperCase()}${words.slice(1)}${timeOfStart(dispatch)}.`
  return { rule: text, here: clockHere(dispatch, now, zone) }
}

/** The parts of the time that a rule takes from the start. */
const timeOfStart = ({ recurrence: rule, startTime }: Timed): string => {
  if (rule === undefined) return ""
  const start = new Date(startTime.epochMilliseconds)
  const seconds = start.getUTCSeconds() === 0 ? "" : `:${two(start.getUTCSeconds())}`
  const hasHours = (rule.byHours?.length ?? 0) > 0
  const hasMinutes = (rule.byMinutes?.length ?? 0) > 0
  const isDaily = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].includes(rule.frequency)
  if (hasMinutes) return seconds === "" ? "" : `, ${start.getUTCSeconds()} s past the minute, as its start`
  if (hasHours || !isDaily) {
    return rule.frequency === "MINUTELY" ? "" : `, at minute ${start.getUTCMinutes()}${seconds}, as its start`
  }
  return ` at ${two(start.getUTCHours())}:${two(start.getUTCMinutes())}${seconds} UTC, the time of its start`
}

/** The time here of the next run, and the day from which it is another: rules are of UTC. */
const clockHere = (dispatch: Timed, now: number, zone: Zone): string | undefined => {
  const next = dispatch.nextRun(DateTime.makeUnsafe(now))?.epochMilliseconds
  if (next === undefined || zone.name === "UTC") return undefined
  const first = `Here at ${Times.clock(zone, next)}`
  const change = zone.nextChange(next, next + 370 * day)
  const after =
    change === undefined ? undefined : dispatch.nextRun(DateTime.makeUnsafe(change))?.epochMilliseconds
  if (change === undefined || after === undefined) return `${first}.`
  const moved = next % day === after % day ? Times.clock(zone, after) : undefined
  return moved === undefined
    ? `${first}; the clock here is set on ${Times.date(zone, change, now)}.`
    : `${first}, from ${Times.date(zone, change, now)} at ${moved}.`
}
