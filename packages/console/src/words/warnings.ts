/** Doubts about a dispatch before it is written: they hold up nobody. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"
import * as Times from "../time/times.ts"
import { day, Zone } from "../time/zone.ts"
import * as Names from "./names.ts"
import * as Rules from "./rules.ts"
import { firstMove } from "./sentence.ts"

/** The things that a dispatch is compared with. */
export interface Surroundings {
  readonly others: Iterable<Dispatch>
  readonly now: number
  readonly zone: Zone
  /** True if it is to be created. */
  readonly isNew: boolean
  /** True if its start was chosen, and is not just now. */
  readonly hasStart: boolean
}

/** Runs that are compared with those of others. */
const comparedMax = 10

/** The doubts, one sentence each. */
export const ofDispatch = (dispatch: Dispatch, surroundings: Surroundings): ReadonlyArray<string> =>
  [past, unending, never, otherDay, itself, others, moves].flatMap(
    (doubt) => doubt(dispatch, surroundings) ?? []
  )

type Doubt = (dispatch: Dispatch, surroundings: Surroundings) => string | undefined

const past: Doubt = ({ startTime }, { isNew, now }) =>
  isNew && startTime.epochMilliseconds < now - 2_000
    ? "The start is in the past: the service will refuse it."
    : undefined

const unending: Doubt = ({ duration, recurrence }) =>
  recurrence !== undefined && !Duration.isFinite(duration)
    ? "It runs until it is stopped, so its rule is not looked at: it runs once."
    : undefined

const never: Doubt = (dispatch) =>
  dispatch.recurrence !== undefined && dispatch.nextRun(DateTime.makeUnsafe(0)) === undefined
    ? "It never occurs."
    : undefined

const otherDay: Doubt = (dispatch, { hasStart, zone }) => {
  if (!hasStart) return undefined
  const start = dispatch.startTime.epochMilliseconds
  const first = dispatch.nextRun(dispatch.startTime)?.epochMilliseconds
  return first === undefined || Times.sameDay(zone, first, start)
    ? undefined
    : `The first run is not on the day of the start but on ${Times.date(zone, first, start)}.`
}

const itself: Doubt = (dispatch) => {
  const length = Duration.toMillis(dispatch.duration)
  const first = dispatch.nextRun(dispatch.startTime)
  const second = first && dispatch.nextRun(DateTime.makeUnsafe(first.epochMilliseconds + 1_000))
  if (first === undefined || second === undefined || !Number.isFinite(length)) return undefined
  return second.epochMilliseconds - first.epochMilliseconds < length
    ? "It overlaps itself: a run begins before the one before it has ended."
    : undefined
}

const others: Doubt = (dispatch, { now, others, zone }) => {
  if (!dispatch.active) return undefined
  const length = Math.max(1_000, Math.min(Duration.toMillis(dispatch.duration), 366 * day))
  const begins = beginsOf(dispatch, now)
  for (const other of others) {
    if (other.id === dispatch.id || !other.active || !Target.overlaps(dispatch.target, other.target)) continue
    for (const begin of begins) {
      const [run] = other.runs(DateTime.makeUnsafe(begin), DateTime.makeUnsafe(begin + length))
      if (run !== undefined) {
        const at = Math.max(begin, run.occurrence.epochMilliseconds)
        return `It shares ${DispatchText.target(dispatch.target)} with ${Names.ofDispatch(other)} ${Times.when(zone, at, now)}.`
      }
    }
  }
  return undefined
}

const beginsOf = (dispatch: Dispatch, now: number): ReadonlyArray<number> => {
  const begins: Array<number> = []
  let at = Math.max(now, dispatch.startTime.epochMilliseconds)
  while (begins.length < comparedMax) {
    const next = dispatch.nextRun(DateTime.makeUnsafe(at))?.epochMilliseconds
    if (next === undefined) break
    begins.push(next)
    at = next + 1_000
  }
  return begins
}

/** A rule of another clock moves on the one here when either is set. */
const moves: Doubt = (dispatch, { now, zone }) => {
  const rule = dispatch.recurrence
  if (rule === undefined || Rules.isFast(rule) || Rules.clockOf(rule) === zone.name) return undefined
  const next = dispatch.nextRun(DateTime.makeUnsafe(now))?.epochMilliseconds
  const moved =
    next === undefined ? undefined : firstMove(dispatch, next, new Zone(Rules.clockOf(rule)), zone)
  return next === undefined || moved === undefined
    ? undefined
    : `The rule is on the clock of ${Rules.clockOf(rule)}: ${Times.clock(zone, next)} here becomes ${Times.clock(zone, moved)} on ${Times.date(zone, moved, now)}.`
}
