/** Notes about a rule that a person may not expect: days on which the clock is changed, and exceptions that match nothing. */
import type { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime, Duration } from "effect"
import { unmatchedOf } from "../input/exceptions.ts"
import { type LocalTimes, localTimes } from "../schedule/rule.ts"
import * as Text from "./text.ts"
import * as Times from "./times.ts"

/** The number of runs that are looked at. */
const runsMax = 10

/** The number of exceptions that are named. */
const namedMax = 3

const zoned = ({ duration, recurrence }: Dispatch): CalendarRule | undefined =>
  recurrence?.timeZone === undefined || !Duration.isFinite(duration) ? undefined : recurrence

/** The next runs that a change of the clock makes different, each in a sentence. */
export const clockNotes = (dispatch: Dispatch, now: DateTime.Utc): ReadonlyArray<string> => {
  const rule = zoned(dispatch)
  const shown = rule && localTimes(rule, dispatch.startTime)
  if (shown === undefined) return []
  const notes: Array<string> = []
  let count = 0
  for (const { occurrence, until } of dispatch.runs(now, DateTime.add(now, { days: 400 }))) {
    if (++count > runsMax) break
    notes.push(...noteOf(shown, occurrence, until))
  }
  return notes
}

const noteOf = (
  { clock, compiled }: LocalTimes,
  at: DateTime.Utc,
  until: DateTime.Utc | undefined
): ReadonlyArray<string> => {
  const reading = clock.reading(at)
  const day = Times.dayText(reading)
  if (Recurrence.nextSeconds(compiled, reading) !== reading) {
    const change = clock.nextChange(DateTime.subtract(at, { days: 1 })) ?? at
    const { after, before } = clock.change(change)
    const missing = Times.timeText(reading - (after - before))
    return [`On ${day} the clock leaps over ${missing}: that run begins at ${Times.timeText(reading)}.`]
  }
  if (clock.timeOf(reading).shown === "Twice") {
    const offset = Times.offsetText(clock.offset(at))
    return [
      `On ${day} the clock shows ${Times.timeText(reading)} twice: the run begins at the first (${offset}).`
    ]
  }
  const change = clock.nextChange(at)
  if (change === undefined || until === undefined || !DateTime.isLessThan(change, until)) return []
  const { after, before } = clock.change(change)
  const end = clock.reading(until)
  const by = Text.duration(Duration.seconds(Math.abs(after - before)))
  const way = after > before ? "forward" : "back"
  return [
    `The run of ${day} ${Times.timeText(reading)} ends at ${Times.timeText(end)}: the clock is set ${way} by ${by} meanwhile.`
  ]
}

/** The exceptions that match no run, on the clock of the rule. */
export const exceptionNotes = (dispatch: Dispatch): ReadonlyArray<string> => {
  const rule = zoned(dispatch)
  const clock = rule && LocalClock.make(rule.timeZone)
  if (rule === undefined || clock === undefined) return []
  const unmatched = unmatchedOf(rule, dispatch.startTime)
  if (unmatched.length === 0) return []
  const times = Times.make(clock)
  const named = unmatched.slice(0, namedMax).map((at) => `${times.day(at)} ${times.clock(at)}`)
  const rest = unmatched.length > namedMax ? ` and ${unmatched.length - namedMax} more` : ""
  return [`No run begins at these exceptions: ${named.join(", ")}${rest}.`]
}

/** The rule in local time that the service keeps, in one line. */
export const keptNote = (dispatch: Dispatch, words: string, now: DateTime.Utc): ReadonlyArray<string> => {
  const rule = zoned(dispatch)
  const clock = rule && LocalClock.make(rule.timeZone)
  if (rule === undefined || clock === undefined) return []
  const seasons = clock.nextChange(now) === undefined ? "" : ", summer and winter"
  return [`Kept: ${words}${seasons}; actors of other make run it once.`]
}
