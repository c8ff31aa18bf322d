/**
 * The runs that must happen, by the text of the behaviour and nothing else.
 *
 * It shares no code with the code it judges: it finds occurrences by looking at every minute, and edges by looking at
 * every occurrence. It is slow and plain on purpose. Instants are epoch milliseconds.
 *
 * @since 0.1.0
 */
import type { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime, Duration } from "effect"

const minute = 60_000
const weekdays = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"]

/**
 * An edge to be published, of a finite run or a command, with its instant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Edge {
  readonly state: "Running" | "Stopped"
  readonly at: number
}

/**
 * The occurrences of a dispatch from one instant to another, both inclusive, in order.
 *
 * Made for simulations of some days: the cost grows with the window, and for a rule with a count with its age.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
 * import { Oracle, ServiceClient } from "@effect-dispatch/testing"
 * import { DateTime, Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { create } = yield* DispatchClient.DispatchClient
 *   const startTime = DateTime.add(yield* DateTime.now, { hours: 1 })
 *   const dispatch = yield* create(MicrogridId.make(1n), {
 *     type: "CHARGE",
 *     startTime,
 *     duration: "20 minutes",
 *     target: Target.componentIds(7n),
 *     recurrence: { frequency: "HOURLY", interval: 1 }
 *   })
 *   const start = dispatch.startTime.epochMilliseconds
 *   const expected = dispatch.missedRuns(dispatch.startTime, DateTime.add(dispatch.startTime, { hours: 3 }))
 *   assert.deepStrictEqual(
 *     Oracle.occurrences(dispatch, start, start + 3 * 3_600_000 - 1),
 *     Array.from(expected, (occurrence) => occurrence.epochMilliseconds)
 *   )
 * })
 * await Effect.runPromise(Effect.provide(program, ServiceClient.layerMemory))
 * ```
 *
 * @category queries
 * @since 0.1.0
 */
export const occurrences = (dispatch: Dispatch, from: number, to: number): Array<number> => {
  const start = dispatch.startTime.epochMilliseconds
  if (dispatch.recurrence === undefined || isEndless(dispatch))
    return from <= start && start <= to ? [start] : []
  if (dispatch.recurrence.timeZone !== undefined) return inLocalTime(dispatch.recurrence, start, from, to)
  const anchor = Math.floor(start / 1_000) * 1_000
  const found: Array<number> = []
  const { end } = dispatch.recurrence
  // A count is counted from the beginning.
  const first =
    end?._tag === "Count" ? anchor : Math.max(anchor, anchor + Math.floor((from - anchor) / minute) * minute)
  let count = 0
  for (let instant = first; instant <= to; instant += minute) {
    if (end?._tag === "Until" && instant > end.until.epochMilliseconds) break
    if (!matches(dispatch.recurrence, anchor, instant)) continue
    count += 1
    if (end?._tag === "Count" && count > end.count) break
    if (instant >= from) found.push(instant)
  }
  return found
}

/** No clock shows anything that is further from UTC, a leap of the clock included. */
const farthest = 3 * 1_440 * minute

/** The occurrences of a rule in local time, by a look at every minute that the clock of its zone may show. */
const inLocalTime = (rule: CalendarRule, start: number, from: number, to: number): Array<number> => {
  const { end, exceptions = [], timeZone } = rule
  const second = Math.floor(start / 1_000) * 1_000
  const anchor = readingAt(second, timeZone)
  const first =
    end?._tag === "Count"
      ? anchor
      : Math.max(anchor, anchor + minute * Math.floor((from - farthest - anchor) / minute))
  const found = new Set<number>()
  let count = 0
  for (let reading = first; reading <= to + farthest; reading += minute) {
    if (!matches(rule, anchor, reading)) continue
    count += 1
    if (end?._tag === "Count" && count > end.count) break
    const instant = instantOf(reading, timeZone, second)
    const isLeftOut = exceptions.some(({ epochMilliseconds }) => epochMilliseconds === instant)
    const isLate = end?._tag === "Until" && instant > end.until.epochMilliseconds
    if (!isLeftOut && !isLate && from <= instant && instant <= to) found.add(instant)
  }
  return [...found].sort((one, other) => one - other)
}

/** The reading of a clock, as if it were UTC. */
const readingAt = (instant: number, timeZone: string): number =>
  instant + DateTime.zonedOffset(DateTime.makeZonedUnsafe(instant, { timeZone }))

/** The instant of a reading: the first of two, or the second where the first is before the start. */
const instantOf = (reading: number, timeZone: string, start: number): number => {
  const [first = reading, second = first] = (["compatible", "later"] as const).map(
    (disambiguation) =>
      DateTime.makeZonedUnsafe(reading, { timeZone, adjustForTimeZone: true, disambiguation })
        .epochMilliseconds
  )
  return first < start ? second : first
}

const isEndless = ({ duration }: Dispatch): boolean => Duration.toMillis(duration) === Infinity

/** True if a rule with this anchor takes in an instant, its end left aside. */
const matches = (rule: NonNullable<Dispatch["recurrence"]>, anchor: number, instant: number): boolean => {
  const { byHours, byMinutes, byMonthDays, byMonths, byWeekdays, frequency } = rule
  const level = frequencies.indexOf(frequency)
  // Parts that a rule leaves open below its frequency come from its start.
  const minuteFits = given(byMinutes)
    ? byMinutes.includes(minuteOf(instant))
    : level < 1 || minuteOf(instant) === minuteOf(anchor)
  if (!minuteFits) return false
  const hourFits = given(byHours)
    ? byHours.includes(hourOf(instant))
    : level < 2 || hourOf(instant) === hourOf(anchor)
  if (!hourFits) return false
  const day = dayOf(instant)
  const start = dayOf(anchor)
  if (given(byMonths) && !byMonths.includes(day.month)) return false
  if (given(byMonthDays) && !byMonthDays.some((n) => n === day.day || n === day.day - day.daysInMonth - 1))
    return false
  if (given(byWeekdays) && !byWeekdays.some((name) => name === day.weekday)) return false
  if (!given(byMonthDays) && !given(byWeekdays)) {
    if (frequency === "WEEKLY" && day.weekday !== start.weekday) return false
    if (level >= 4 && day.day !== start.day) return false
    if (level === 5 && !given(byMonths) && day.month !== start.month) return false
  }
  return (periodOf(level, instant) - periodOf(level, anchor)) % Math.max(1, rule.interval) === 0
}

const frequencies = ["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

const given = <A>(list: ReadonlyArray<A> | undefined): list is ReadonlyArray<A> =>
  list !== undefined && list.length > 0

const minuteOf = (instant: number) => Math.floor(instant / minute) % 60
const hourOf = (instant: number) => Math.floor(instant / (60 * minute)) % 24

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: string
  readonly daysInMonth: number
}

const days = new Map<number, Day>()

/** The calendar day of an instant. Few different days are ever asked for. */
const dayOf = (instant: number): Day => {
  const number = Math.floor(instant / (1_440 * minute))
  let found = days.get(number)
  if (found === undefined) {
    const { day, month, weekDay, year } = DateTime.toPartsUtc(DateTime.makeUnsafe(number * 1_440 * minute))
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    const daysInMonth = month === 2 && isLeap ? 29 : (monthLengths[month - 1] as number)
    found = { year, month, day, weekday: weekdays[weekDay] as string, daysInMonth }
    days.set(number, found)
  }
  return found
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Periods of a frequency since some beginning. Weeks begin on Monday. */
const periodOf = (level: number, instant: number): number => {
  const day = Math.floor(instant / (1_440 * minute))
  if (level === 0) return Math.floor(instant / minute)
  if (level === 1) return Math.floor(instant / (60 * minute))
  if (level === 2) return day
  // 1970-01-05 was a Monday.
  if (level === 3) return Math.floor((day - 4) / 7)
  const { month, year } = dayOf(instant)
  return level === 4 ? year * 12 + month : year
}

/**
 * The occurrence whose run contains an instant, if the dispatch runs then.
 *
 * @category queries
 * @since 0.1.0
 */
export const runAt = (dispatch: Dispatch, at: number): number | undefined => {
  if (!dispatch.active || dispatch.deleted === true) return undefined
  const length = Duration.toMillis(dispatch.duration)
  if (length === Infinity)
    return dispatch.startTime.epochMilliseconds <= at ? dispatch.startTime.epochMilliseconds : undefined
  const latest = occurrences(dispatch, at - length, at).at(-1)
  return latest !== undefined && at < latest + length ? latest : undefined
}

/**
 * The edges that must be published of an unchanging dispatch after one instant, up to and including another (R7 to R9).
 *
 * @category queries
 * @since 0.1.0
 */
export const edges = (dispatch: Dispatch, after: number, upTo: number): Array<Edge> => {
  if (!dispatch.active || dispatch.deleted === true) return []
  const length = Duration.toMillis(dispatch.duration)
  const starts = occurrences(dispatch, length === Infinity ? after + 1 : after + 1 - length, upTo)
  const found: Array<Edge> = []
  for (const start of starts) {
    if (start > after) found.push({ state: "Running", at: start })
    const end = start + length
    const goesOn = length > 0 && occurrences(dispatch, start + 1, end).length > 0
    if (after < end && end <= upTo && !goesOn) found.push({ state: "Stopped", at: end })
  }
  // Only for a command does the end of a dispatch come after its start at one instant.
  return found.sort((a, b) => a.at - b.at)
}
