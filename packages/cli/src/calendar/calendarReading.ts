/**
 * Reads calendars (iCalendar, RFC 5545) as dispatches of a plan. What has no form there is told with its line, never
 * left out in silence.
 */
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import type { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Option, Result } from "effect"
import ICAL from "ical.js"
import { parseDuration } from "../input/duration.ts"
import type { Planable } from "../plan/planWriting.ts"
import { type Place, placesOf } from "./lines.ts"

/** What every dispatch of a calendar is for. */
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
      const read = new EventReader(component, place, zones).dispatch(purpose)
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
  ["exdate", "leaves out occurrences of its rule (EXDATE)"],
  ["exrule", "leaves out occurrences by a rule (EXRULE)"]
]

type Read<A> = Result.Result<A, LeftOut>

/** Reads one event. */
class EventReader {
  readonly #event: ICAL.Component
  readonly #place: Place
  readonly #zones: Zones

  constructor(event: ICAL.Component, place: Place, zones: Zones) {
    this.#event = event
    this.#place = place
    this.#zones = zones
  }

  dispatch(purpose: Purpose): Read<Named> {
    return Result.gen({ self: this }, function* () {
      yield* this.#refuseOthers()
      const name = textOf(this.#event, "uid")
      if (name === undefined || name === "") return yield* this.#refuse("uid", "has no UID")
      const type = purpose.type ?? textOf(this.#event, "summary")
      if (type === undefined || type === "")
        return yield* this.#refuse("summary", "has no SUMMARY for a type")
      const startTime = yield* this.#instant("dtstart")
      const recurrence = yield* this.#rule(startTime)
      return {
        name,
        type,
        startTime,
        duration: yield* this.#duration(startTime),
        target: purpose.target,
        active: true,
        dryRun: false,
        payload: {},
        ...(recurrence === undefined ? undefined : { recurrence })
      }
    })
  }

  #refuse(property: string, message: string): Result.Result<never, LeftOut> {
    const name = textOf(this.#event, "summary") ?? textOf(this.#event, "uid")
    const who = name === undefined ? "an event" : `"${name}"`
    const { line, lines } = this.#place
    return Result.fail({ line: lines.get(property) ?? line, message: `${who} ${message}` })
  }

  #refuseOthers(): Read<void> {
    const { name } = this.#event
    if (name !== "vevent") return this.#refuse("", `is no event, but a ${name.toUpperCase()}`)
    if (textOf(this.#event, "status")?.toUpperCase() === "CANCELLED")
      return this.#refuse("status", "is cancelled")
    for (const [property, message] of formless) {
      if (this.#event.hasProperty(property)) return this.#refuse(property, message)
    }
    return this.#event.getAllProperties("rrule").length > 1
      ? this.#refuse("rrule", "has several rules")
      : Result.succeed(undefined)
  }

  #instant(property: string): Read<DateTime.Utc> {
    const given = this.#event.getFirstProperty(property)
    const value: unknown = given?.getFirstValue()
    if (!(value instanceof ICAL.Time)) return this.#refuse(property, `has no ${property.toUpperCase()}`)
    if (value.isDate) return this.#refuse(property, "is all day, which has no time in any zone")
    const clock = value.toString()
    const read = clock.endsWith("Z")
      ? DateTime.make(clock)
      : this.#zoned(clock, given?.getFirstParameter("tzid"))
    return Option.isSome(read) ? Result.succeed(read.value) : this.#refuse(property, this.#noZone(given))
  }

  /** RFC 5545: a time that there is twice is the first, and one that there is not is later by the gap. */
  #zoned(clock: string, name: string | undefined): Option.Option<DateTime.Utc> {
    if (name === undefined) return Option.none()
    return Option.flatMap(this.#zone(name), (timeZone) =>
      Option.map(
        DateTime.makeZoned(clock, { timeZone, adjustForTimeZone: true, disambiguation: "compatible" }),
        DateTime.toUtc
      )
    )
  }

  /** The zone of a name: itself, what the calendar says of it, or its end (`/example.org/Europe/Berlin`). */
  #zone(name: string): Option.Option<DateTime.TimeZone> {
    const [, tail = name] = /^\/.*?\/([A-Z]\w+\/[\w/+-]+)$/.exec(name) ?? []
    const known = [name, this.#zones.get(name) ?? name, tail].map((each) => DateTime.zoneMakeNamed(each))
    return known.find(Option.isSome) ?? Option.none()
  }

  #noZone(given: ICAL.Property | null): string {
    const name: unknown = given?.getFirstParameter("tzid")
    return name === undefined
      ? "has a time without a zone"
      : `has times in "${String(name)}", which is no IANA zone such as Europe/Berlin`
  }

  #duration(start: DateTime.Utc): Read<Duration.Duration> {
    if (this.#event.hasProperty("dtend")) {
      return Result.flatMap(this.#instant("dtend"), (end) =>
        DateTime.isLessThan(end, start)
          ? this.#refuse("dtend", "ends before it starts")
          : Result.succeed(DateTime.distance(start, end))
      )
    }
    const value: unknown = this.#event.getFirstPropertyValue("duration")
    if (!(value instanceof ICAL.Duration)) return Result.succeed(Duration.zero)
    const read = parseDuration(String(value.toSeconds()))
    return Result.isSuccess(read)
      ? Result.succeed(read.success)
      : this.#refuse("duration", `has a length that ${read.failure}`)
  }

  #rule(start: DateTime.Utc): Read<RecurrenceRule | undefined> {
    const given: unknown = this.#event.getFirstPropertyValue("rrule")
    if (!(given instanceof ICAL.Recur)) return Result.succeed(undefined)
    if (given.until?.isDate === true) {
      return this.#refuse("rrule", "has a rule until a day; until a time would be clear")
    }
    const zone = this.#event.getFirstProperty("dtstart")?.getFirstParameter("tzid")
    if (zone !== undefined && !isUtc(zone)) {
      return this.#refuse("rrule", `recurs by the clock of ${zone}; a rule of a dispatch is of UTC`)
    }
    const read = RecurrenceText.parse(given.toString())
    if (Result.isFailure(read)) {
      return this.#refuse("rrule", `has a rule that no dispatch can have: ${read.failure.message}`)
    }
    const { rule } = read.success
    const first = Recurrence.next(Recurrence.compile(rule, start.epochMilliseconds / 1_000), start)
    return first !== undefined && DateTime.Equivalence(first, start)
      ? Result.succeed(rule)
      : this.#refuse("rrule", "has a rule that does not give its start")
  }
}

/** Names of zones whose clock is that of UTC. */
const isUtc = (zone: string): boolean => /^(Etc\/)?(UTC|GMT|UCT|Zulu)$/i.test(zone)
