/** Writes dispatches as a calendar (iCalendar, RFC 5545), for programs that show one. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Duration, Result } from "effect"
import ICAL from "ical.js"
import { withoutExceptions } from "../input/exceptions.ts"
import * as Text from "../output/text.ts"
import { draftOf, exceptionsOf } from "../schedule/draft.ts"
import { plainest } from "../schedule/rule.ts"
import { toCome } from "../schedule/toCome.ts"
import { timeAt, zoneOf } from "./zoneWriting.ts"

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

/** Changes of clocks are written so far beyond the last start. */
const clockYears = 20

/** The calendar of a microgrid. */
export const ofDispatches = (dispatches: ReadonlyArray<Dispatch>, microgrid: MicrogridId): CalendarText => {
  const formless: Array<Formless> = []
  const events: Array<Shown> = []
  for (const dispatch of dispatches) {
    const read = occurring(dispatch)
    if (Result.isFailure(read)) formless.push({ dispatch, message: read.failure })
    else events.push(read.success)
  }
  const calendar = new ICAL.Component("vcalendar")
  calendar.updatePropertyWithValue("version", "2.0")
  calendar.updatePropertyWithValue("prodid", "-//effect-dispatch//dispatch//EN")
  for (const zone of zonesOf(events)) calendar.addSubcomponent(zone)
  for (const event of events) calendar.addSubcomponent(eventOf(event, microgrid))
  return { text: `${calendar.toString()}\r\n`, formless }
}

/** A dispatch as an event: it starts with an occurrence, on a clock if its rule goes by one. */
interface Shown {
  readonly dispatch: Dispatch
  readonly start: DateTime.Utc
  readonly clock: LocalClock | undefined
  /** Without its `RRULE:`. */
  readonly rule: string | undefined
  readonly exceptions: ReadonlyArray<DateTime.Utc>
}

/** In a calendar the start always counts as an occurrence. */
const occurring = (dispatch: Dispatch): Result.Result<Shown, string> => {
  if (!dispatch.active) return Result.fail("is inactive: nothing of it runs")
  if (!Duration.isFinite(dispatch.duration))
    return Result.fail("runs until it is stopped, and an event has an end")
  const draft = toCome(draftOf(dispatch), dispatch.startTime)
  if (draft === undefined || draft.startTime === "NOW") {
    return Result.fail("has a rule that never gives a time")
  }
  const { recurrence, startTime: start } = draft
  const shown = { dispatch, start, exceptions: exceptionsOf(recurrence) }
  if (recurrence === undefined) return Result.succeed({ ...shown, clock: undefined, rule: undefined })
  const rule = plainest(recurrence)
  if (rule.timeZone === undefined) {
    return Result.succeed({ ...shown, clock: undefined, rule: lineOf(RecurrenceText.format(rule)) })
  }
  const compiled = Recurrence.compile(withoutExceptions(rule), start.epochMilliseconds / 1_000)
  const text = RecurrenceText.formatCalendar(rule, start)
  if (Result.isFailure(text)) return Result.fail(`begins when its clock shows a time for the second time`)
  if (Recurrence.nextSeconds(compiled, start.epochMilliseconds / 1_000) !== start.epochMilliseconds / 1_000) {
    return Result.fail("begins with a run that its clock leaps over")
  }
  return Result.succeed({ ...shown, clock: LocalClock.make(rule.timeZone), rule: lineOf(text.success) })
}

const lineOf = (text: string): string => /^RRULE:(.*)$/m.exec(text)?.[1] ?? ""

const zonesOf = (events: ReadonlyArray<Shown>): ReadonlyArray<ICAL.Component> => {
  const zoned = events.flatMap(({ clock, start }) =>
    clock === undefined || clock.isUtc ? [] : [{ clock, start }]
  )
  return [...Map.groupBy(zoned, ({ clock }) => clock.timeZone).values()].flatMap((group) => {
    const starts = group.map(({ start }) => start.epochMilliseconds)
    const span = {
      from: DateTime.makeUnsafe(Math.min(...starts)),
      to: DateTime.add(DateTime.makeUnsafe(Math.max(...starts)), { years: clockYears })
    }
    return group.slice(0, 1).map(({ clock }) => zoneOf(clock, span))
  })
}

const eventOf = (shown: Shown, microgrid: MicrogridId): ICAL.Component => {
  const { dispatch, exceptions, rule, start } = shown
  const event = new ICAL.Component("vevent")
  const values: ReadonlyArray<readonly [string, unknown]> = [
    ["uid", `microgrid-${microgrid}-dispatch-${dispatch.id}`],
    ["dtstamp", utcTime(DateTime.makeUnsafe(Number(dispatch.updateTime / 1_000_000n)))],
    ["duration", ICAL.Duration.fromSeconds(Duration.toSeconds(dispatch.duration))],
    ["summary", `${dispatch.type}${dispatch.dryRun ? " (dry run)" : ""}`],
    ["location", Text.target(dispatch.target).replaceAll(",", ", ")],
    ...(Object.keys(dispatch.payload).length === 0
      ? []
      : [["description", JSON.stringify(dispatch.payload, undefined, 1)] as const])
  ]
  for (const [name, value] of values) event.updatePropertyWithValue(name, value)
  event.addProperty(timed("dtstart", start, shown))
  if (rule !== undefined) event.updatePropertyWithValue("rrule", ICAL.Recur.fromString(rule))
  for (const at of exceptions) event.addProperty(timed("exdate", at, shown))
  return event
}

/** A time on the clock of the event, or in UTC if it goes by none. */
const timed = (name: string, at: DateTime.Utc, { clock }: Shown): ICAL.Property => {
  const property = new ICAL.Property(name)
  if (clock === undefined || clock.isUtc) property.setValue(utcTime(at))
  else {
    property.setParameter("tzid", clock.timeZone)
    property.setValue(timeAt(clock.reading(at)))
  }
  return property
}

const utcTime = (at: DateTime.Utc): ICAL.Time =>
  ICAL.Time.fromDateTimeString(DateTime.formatIso(at).replace(/\.\d+Z$/, "Z"))
