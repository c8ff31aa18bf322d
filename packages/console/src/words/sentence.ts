/** Rules in words. It loads late: with it comes the reader of RRULE texts. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration } from "effect"
import * as Times from "../time/times.ts"
import { day, Zone } from "../time/zone.ts"
import * as Rules from "./rules.ts"

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
  const words = RecurrenceText.describe(rule, startTime)
  return {
    rule: `${words.charAt(0).toUpperCase()}${words.slice(1)}.`,
    here: clockHere(dispatch, rule, now, zone)
  }
}

/** The time here of the next run, and the day from which it is another, where the rule is of another clock. */
const clockHere = (dispatch: Timed, rule: Rule, now: number, zone: Zone): string | undefined => {
  if (Rules.isFast(rule) || Rules.clockOf(rule) === zone.name) return undefined
  const next = dispatch.nextRun(DateTime.makeUnsafe(now))?.epochMilliseconds
  if (next === undefined) return undefined
  const first = `Here at ${Times.clock(zone, next)}`
  const moved = firstMove(dispatch, next, new Zone(Rules.clockOf(rule)), zone)
  return moved === undefined
    ? `${first}.`
    : `${first}, from ${Times.date(zone, moved, now)} at ${Times.clock(zone, moved)}.`
}

/** The first run that has the same time on the clock of the rule, and another one here, because a clock was set. */
export const firstMove = (dispatch: Timed, next: number, ofRule: Zone, here: Zone): number | undefined => {
  const end = next + 370 * day
  const changes = [...changesOf(ofRule, next, end), ...changesOf(here, next, end)].sort(
    (one, other) => one - other
  )
  for (const change of changes) {
    const after = dispatch.nextRun(DateTime.makeUnsafe(change))?.epochMilliseconds
    if (after === undefined) return undefined
    if (ofRule.wall(after) % day !== ofRule.wall(next) % day) continue
    if (here.wall(after) % day !== here.wall(next) % day) return after
  }
  return undefined
}

function* changesOf(zone: Zone, from: number, to: number): Generator<number, void, void> {
  for (let at = zone.nextChange(from, to); at !== undefined; at = zone.nextChange(at, to)) yield at
}
