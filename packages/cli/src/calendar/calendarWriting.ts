/** Writes dispatches as a calendar (iCalendar, RFC 5545), for programs that show one. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration, Result } from "effect"
import ICAL from "ical.js"
import * as Text from "../output/text.ts"
import { type Draft, draftOf, toCome } from "../schedule/draft.ts"

/** A dispatch that a calendar cannot show, and why. */
export interface Formless {
  readonly dispatch: Dispatch
  readonly message: string
}

/** The text of a calendar, and what it does not show. */
export interface CalendarText {
  readonly text: string
  readonly formless: ReadonlyArray<Formless>
}

/** The calendar of a microgrid. */
export const ofDispatches = (dispatches: ReadonlyArray<Dispatch>, microgrid: MicrogridId): CalendarText => {
  const calendar = new ICAL.Component("vcalendar")
  calendar.updatePropertyWithValue("version", "2.0")
  calendar.updatePropertyWithValue("prodid", "-//effect-dispatch//dispatch//EN")
  const formless: Array<Formless> = []
  for (const dispatch of dispatches) {
    const read = occurring(dispatch)
    if (Result.isFailure(read)) formless.push({ dispatch, message: read.failure })
    else calendar.addSubcomponent(eventOf(dispatch, read.success, microgrid))
  }
  return { text: `${calendar.toString()}\r\n`, formless }
}

/** The dispatch from its first occurrence on: in a calendar the start always counts as one. */
const occurring = (dispatch: Dispatch): Result.Result<Draft, string> => {
  if (!dispatch.active) return Result.fail("is inactive: nothing of it runs")
  if (!Duration.isFinite(dispatch.duration))
    return Result.fail("runs until it is stopped, and an event has an end")
  const draft = toCome(draftOf(dispatch), dispatch.startTime)
  return draft === undefined ? Result.fail("has a rule that never gives a time") : Result.succeed(draft)
}

const eventOf = (dispatch: Dispatch, draft: Draft, microgrid: MicrogridId): ICAL.Component => {
  const { recurrence, startTime } = draft
  const event = new ICAL.Component("vevent")
  const values: ReadonlyArray<readonly [string, unknown]> = [
    ["uid", `microgrid-${microgrid}-dispatch-${dispatch.id}`],
    ["dtstamp", timeOf(DateTime.makeUnsafe(Number(dispatch.updateTime / 1_000_000n)))],
    ["dtstart", timeOf(startTime === "NOW" ? dispatch.startTime : startTime)],
    ["duration", ICAL.Duration.fromSeconds(Duration.toSeconds(dispatch.duration))],
    ["summary", `${dispatch.type}${dispatch.dryRun ? " (dry run)" : ""}`],
    ["location", Text.target(dispatch.target).replaceAll(",", ", ")],
    ...(Object.keys(dispatch.payload).length === 0
      ? []
      : [["description", JSON.stringify(dispatch.payload, undefined, 1)] as const])
  ]
  for (const [name, value] of values) event.updatePropertyWithValue(name, value)
  if (recurrence !== undefined) {
    const text = RecurrenceText.format(recurrence).replace("RRULE:", "")
    event.updatePropertyWithValue("rrule", ICAL.Recur.fromString(text))
  }
  return event
}

const timeOf = (at: DateTime.Utc): ICAL.Time =>
  ICAL.Time.fromDateTimeString(DateTime.formatIso(at).replace(/\.\d+Z$/, "Z"))
