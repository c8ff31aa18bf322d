/**
 * Reads calendars (iCalendar, RFC 5545) as dispatches of a plan. What has no form there is told with its line, never
 * left out in silence.
 */
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Option, Result } from "effect"
import ICAL from "ical.js"
import { parseDuration } from "../input/duration.ts"
import { dayOf } from "../input/exceptions.ts"
import { utcClock } from "../input/zone.ts"
import { withPlanned } from "../plan/plan.ts"
import type { TimeOrDay } from "../plan/planTimes.ts"
import type { Planable } from "../plan/planWriting.ts"
import { type Place, placesOf } from "./lines.ts"

/** The purpose of all dispatches of a calendar. */
export interface Purpose {
  /** The type of all; absent where each has its summary for a type. */
  readonly type: string | undefined
  readonly target: Target
}

/** A dispatch with the name of its event. */
export interface Named extends Planable {
  readonly name: string
}

/** An event that is no dispatch. */
export interface LeftOut {
  readonly line: number
  readonly message: string
}

/** The dispatches of a calendar, and what is left out. */
export interface Calendar {
  readonly dispatches: ReadonlyArray<Named>
  readonly leftOut: ReadonlyArray<LeftOut>
}

/** Reads a calendar, or several in one text; fails if the text is none. */
export const parseCalendar = (text: string, purpose: Purpose): Result.Result<Calendar, string> =>
  Result.map(componentsOf(text), (components) => {
    const places = placesOf(text)
    const zones = zonesOf(components)
    const dispatches = new Map<string, Named>()
    const leftOut: Array<LeftOut> = []
    for (const [index, component] of components.entries()) {
      if (component.name === "vtimezone") continue
      const place = places[index] ?? { line: 1, lines: new Map() }
      const read = dispatchOf({ component, place, zones }, purpose)
      if (Result.isFailure(read)) leftOut.push(read.failure)
      else if (dispatches.has(read.success.name)) {
        leftOut.push({ line: place.line, message: `has the UID of another event: ${read.success.name}` })
      } else dispatches.set(read.success.name, read.success)
    }
    return { dispatches: [...dispatches.values()], leftOut }
  })

const componentsOf = (text: string): Result.Result<ReadonlyArray<ICAL.Component>, string> =>
  Result.try({
    try: () => {
      const parsed: unknown = ICAL.parse(text)
      const calendars = (isSeveral(parsed) ? parsed : [parsed]).map(calendarOf)
      return calendars.flatMap((calendar) => calendar.getAllSubcomponents())
    },
    catch: (error) => `is no calendar: ${error instanceof Error ? error.message : String(error)}`
  })

const isSeveral = (parsed: unknown): parsed is ReadonlyArray<unknown> =>
  Array.isArray(parsed) && Array.isArray(parsed[0])

const calendarOf = (parsed: unknown): ICAL.Component => {
  if (!Array.isArray(parsed) || parsed[0] !== "vcalendar") throw new Error("there is no VCALENDAR")
  return new ICAL.Component(parsed)
}

/** The zones by the names that a calendar gives them; some programs write the IANA name beside their own. */
type Zones = ReadonlyMap<string, string>

const zonesOf = (components: ReadonlyArray<ICAL.Component>): Zones =>
  new Map(
    components
      .filter(({ name }) => name === "vtimezone")
      .flatMap((zone): ReadonlyArray<readonly [string, string]> => {
        const name = textOf(zone, "tzid")
        const iana = textOf(zone, "x-lic-location")
        return name === undefined || iana === undefined ? [] : [[name, iana]]
      })
  )

const textOf = (component: ICAL.Component, name: string): string | undefined => {
  const value: unknown = component.getFirstPropertyValue(name)
  return value === null || value === undefined ? undefined : String(value)
}

/** Properties of an event that have no form in a dispatch. */
const formless: ReadonlyArray<readonly [name: string, message: string]> = [
  ["recurrence-id", "changes one occurrence of another event"],
  ["rdate", "has occurrences beside its rule (RDATE)"],
  ["exrule", "leaves out occurrences by a rule (EXRULE)"]
]

type Read<A> = Result.Result<A, LeftOut>

/** An event in its calendar. */
interface CalendarEvent {
  readonly component: ICAL.Component
  readonly place: Place
  readonly zones: Zones
}

const dispatchOf = (event: CalendarEvent, purpose: Purpose): Read<Named> =>
  Result.gen(function* () {
    const { component } = event
    yield* refuseOthers(event)
    const name = textOf(component, "uid")
    if (name === undefined || name === "") return yield* refuse(event, "uid", "has no UID")
    const type = purpose.type ?? textOf(component, "summary")
    if (type === undefined || type === "") return yield* refuse(event, "summary", "has no SUMMARY for a type")
    const startTime = yield* instantOf(event, "dtstart")
    const recurrence = yield* ruleOf(event, startTime)
    return {
      name,
      type,
      startTime,
      duration: yield* durationOf(event, startTime),
      target: purpose.target,
      active: true,
      dryRun: false,
      payload: {},
      ...(recurrence === undefined ? undefined : { recurrence })
    }
  })

const refuse = (event: CalendarEvent, property: string, message: string): Result.Result<never, LeftOut> => {
  const { component, place } = event
  const name = textOf(component, "summary") ?? textOf(component, "uid")
  const who = name === undefined ? "an event" : `"${name}"`
  const { line, lines } = place
  return Result.fail({ line: lines.get(property) ?? line, message: `${who} ${message}` })
}

const refuseOthers = (event: CalendarEvent): Read<void> => {
  const { component } = event
  const { name } = component
  if (name !== "vevent") return refuse(event, "", `is no event, but a ${name.toUpperCase()}`)
  if (textOf(component, "status")?.toUpperCase() === "CANCELLED")
    return refuse(event, "status", "is cancelled")
  for (const [property, message] of formless) {
    if (component.hasProperty(property)) return refuse(event, property, message)
  }
  return component.getAllProperties("rrule").length > 1
    ? refuse(event, "rrule", "has several rules")
    : Result.succeed(undefined)
}

const instantOf = (event: CalendarEvent, property: string): Read<DateTime.Utc> => {
  const { component } = event
  const given = component.getFirstProperty(property)
  const value: unknown = given?.getFirstValue()
  if (!(value instanceof ICAL.Time)) return refuse(event, property, `has no ${property.toUpperCase()}`)
  if (value.isDate) return refuse(event, property, "is all day, which has no time in any zone")
  const read = atOf(event, given, value)
  return Option.isSome(read) ? Result.succeed(read.value) : refuse(event, property, noZone(given))
}

/** The instant of a time: in UTC, or on the clock that its property names. */
const atOf = (
  event: CalendarEvent,
  property: ICAL.Property | null,
  value: ICAL.Time
): Option.Option<DateTime.Utc> => {
  const text = value.toString()
  return text.endsWith("Z")
    ? Option.map(DateTime.make(text), DateTime.toUtc)
    : zonedOf(event, text, property?.getFirstParameter("tzid"))
}

/** RFC 5545: a time that there is twice is the first, and one that there is not is later by the gap. */
const zonedOf = (
  event: CalendarEvent,
  text: string,
  name: string | undefined
): Option.Option<DateTime.Utc> => {
  const clock = name === undefined ? undefined : clockOf(event, name)
  if (clock === undefined) return Option.none()
  return Option.map(
    DateTime.make(`${text}Z`),
    ({ epochMilliseconds }) => clock.timeOf(epochMilliseconds / 1_000).at
  )
}

/** The clock of a zone by its name, by what the calendar says of it, or by its end (`/example.org/Europe/Berlin`). */
const clockOf = (event: CalendarEvent, name: string): LocalClock | undefined => {
  const [, tail = name] = /^\/.*?\/([A-Z]\w+\/[\w/+-]+)$/.exec(name) ?? []
  const names = [name, event.zones.get(name) ?? name, tail]
  return names.map((each) => LocalClock.make(each)).find((clock) => clock !== undefined)
}

const noZone = (given: ICAL.Property | null): string => {
  const name: unknown = given?.getFirstParameter("tzid")
  return name === undefined
    ? "has a time without a zone"
    : `has times in "${String(name)}", which is no IANA zone such as Europe/Berlin`
}

const durationOf = (event: CalendarEvent, start: DateTime.Utc): Read<Duration.Duration> => {
  const { component } = event
  if (component.hasProperty("dtend")) {
    return Result.flatMap(instantOf(event, "dtend"), (end) =>
      DateTime.isLessThan(end, start)
        ? refuse(event, "dtend", "ends before it starts")
        : Result.succeed(DateTime.distance(start, end))
    )
  }
  const value: unknown = component.getFirstPropertyValue("duration")
  if (!(value instanceof ICAL.Duration)) return Result.succeed(Duration.zero)
  const read = parseDuration(String(value.toSeconds()))
  return Result.isSuccess(read)
    ? Result.succeed(read.success)
    : refuse(event, "duration", `has a length that ${read.failure}`)
}

const ruleOf = (event: CalendarEvent, start: DateTime.Utc): Read<Rule | undefined> => {
  const { component } = event
  const given: unknown = component.getFirstPropertyValue("rrule")
  if (!(given instanceof ICAL.Recur)) {
    return component.hasProperty("exdate")
      ? refuse(event, "exdate", "leaves out occurrences (EXDATE), and has no rule")
      : Result.succeed(undefined)
  }
  const zone = component.getFirstProperty("dtstart")?.getFirstParameter("tzid")
  const { timeZone } = (zone === undefined ? undefined : clockOf(event, zone)) ?? utcClock
  const read = RecurrenceText.parse(given.toString(), { timeZone, start })
  if (Result.isFailure(read)) {
    return refuse(event, "rrule", `has a rule that no dispatch can have: ${inOneLine(read.failure)}`)
  }
  const { rule } = read.success
  const first = Recurrence.next(Recurrence.compile(rule, start.epochMilliseconds / 1_000), start)
  if (first === undefined || !DateTime.Equivalence(first, start)) {
    return refuse(event, "rrule", "has a rule that does not give its start")
  }
  return Result.flatMap(exceptionsOf(event), (exceptions) => {
    const excepted = withPlanned(rule, start, exceptions)
    return Result.isSuccess(excepted)
      ? Result.succeed(excepted.success)
      : refuse(event, "exdate", `leaves out occurrences (EXDATE): ${excepted.failure}`)
  })
}

/** The occurrences that are left out; a date leaves out all of that day. */
const exceptionsOf = (event: CalendarEvent): Read<ReadonlyArray<TimeOrDay>> => {
  const found: Array<TimeOrDay> = []
  for (const property of event.component.getAllProperties("exdate")) {
    for (const value of property.getValues() as ReadonlyArray<unknown>) {
      if (!(value instanceof ICAL.Time)) return refuse(event, "exdate", "has an EXDATE that is no time")
      const read = exceptionOf(event, property, value)
      if (read === undefined) return refuse(event, "exdate", noZone(property))
      found.push(read)
    }
  }
  return Result.succeed(found)
}

const exceptionOf = (
  event: CalendarEvent,
  property: ICAL.Property,
  value: ICAL.Time
): TimeOrDay | undefined => {
  if (value.isDate) {
    const { day, month, year } = value
    return { _tag: "Day", day: dayOf(DateTime.makeUnsafe({ year, month, day }), utcClock) }
  }
  const at = Option.getOrUndefined(atOf(event, property, value))
  return at === undefined ? undefined : { _tag: "Time", at }
}
