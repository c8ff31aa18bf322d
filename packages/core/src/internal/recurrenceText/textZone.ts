/** The times of a text, and the zone whose clock shows them. */
import type { DateTime } from "effect"
import { secondsPerDay } from "../recurrence/calendar.ts"
import { type TimeZone, timeZoneOf } from "../recurrence/timeZone.ts"
import { isUtcName, readTimeZone } from "../recurrence/timeZoneName.ts"
import { isRefused, type RecurrenceTextError, refuse } from "./textError.ts"
import type { Parts, TimesLine } from "./textParts.ts"
import { instantOfTime, parseTime } from "./textTime.ts"

/** A zone, or the absence of one: UTC. */
export interface TextZone {
  /** As the zone database spells it; absent for UTC by whatever name. */
  readonly name: string | undefined
  /** The zone of times without a `Z`, absent for UTC. */
  readonly zone: TimeZone | undefined
  /** Text or caller name a zone. Without any a mere date means midnight UTC. */
  readonly isGiven: boolean
}

const noZone: TextZone = { name: undefined, zone: undefined, isGiven: false }

/** The times of a text. */
export interface TextTimes {
  readonly start: DateTime.Utc | undefined
  readonly until: DateTime.Utc | undefined
  readonly exceptions: ReadonlyArray<DateTime.Utc>
  readonly zone: TextZone
  /** The text itself names the zone. */
  readonly isOfText: boolean
}

const zoneOf = (part: string, text: string): TextZone | RecurrenceTextError => {
  const name = readTimeZone(text)
  if (name === undefined) {
    return refuse(
      part,
      `${text} is no time zone that this machine knows; write an IANA name such as Europe/Berlin`
    )
  }
  return isUtcName(name) ? { ...noZone, isGiven: true } : { name, zone: timeZoneOf(name), isGiven: true }
}

/** Reads the times of a text. `given` names the zone of a text that names none. */
export const timesOf = (
  { exceptions, rule, start }: Parts,
  given: string | undefined
): TextTimes | RecurrenceTextError => {
  const zone = zoneOfText(start, given)
  if (isRefused(zone)) return zone
  const begin = start && readStart(start, zone)
  if (isRefused(begin)) return begin
  const until = readUntil(rule.get("UNTIL"), zone)
  if (isRefused(until)) return until
  const excluded: Array<DateTime.Utc> = []
  const granularity = start !== undefined && isDate(start) ? "Dates" : "Times"
  for (const line of exceptions) {
    const instants = readExceptions(line, zone, granularity)
    if (isRefused(instants)) return instants
    excluded.push(...instants)
  }
  const isOfText = start !== undefined && (start.zone !== undefined || /z$/i.test(start.values[0] ?? ""))
  return { start: begin, until, exceptions: excluded, zone, isOfText }
}

/** The zone of the start is that of the rule; a start in UTC makes it one in UTC. */
const zoneOfText = (
  start: TimesLine | undefined,
  given: string | undefined
): TextZone | RecurrenceTextError => {
  if (start?.zone !== undefined) return zoneOf("DTSTART", start.zone)
  const isUtc = /z$/i.test(start?.values[0] ?? "")
  if (given !== undefined) return isUtc ? { ...noZone, isGiven: true } : zoneOf("TZID", given)
  return start === undefined || isUtc
    ? noZone
    : refuse(
        "DTSTART",
        `${start.values.join()} has no time zone: write Z for UTC, or DTSTART;TZID=Europe/Berlin:…`
      )
}

const isDate = ({ values }: TimesLine): boolean => /^\d{8}$/.test(values[0] ?? "")

const readStart = (line: TimesLine, { zone }: TextZone): DateTime.Utc | RecurrenceTextError => {
  const [value = "", ...more] = line.values
  if (more.length > 0) return refuse("DTSTART", "there are two; a rule has one start")
  const time = parseTime("DTSTART", value)
  if (isRefused(time)) return time
  return time.isUtc && line.zone !== undefined
    ? refuse("DTSTART", `${value} has both a Z and a TZID; leave out one of them`)
    : instantOfTime(time, zone)
}

/** A mere date is the whole day, where the zone is known. */
const readUntil = (
  text: string | undefined,
  { isGiven, zone }: TextZone
): DateTime.Utc | undefined | RecurrenceTextError => {
  if (text === undefined) return undefined
  const time = parseTime("UNTIL", text)
  if (isRefused(time)) return time
  const toEnd = time.isDate && isGiven ? secondsPerDay - 1 : 0
  return instantOfTime({ ...time, reading: time.reading + toEnd }, zone)
}

/** A rule that starts on a date occurs at midnight, and so do its exceptions. */
const readExceptions = (
  line: TimesLine,
  ofRule: TextZone,
  granularity: "Dates" | "Times"
): ReadonlyArray<DateTime.Utc> | RecurrenceTextError => {
  const own = line.zone === undefined ? ofRule : zoneOf("EXDATE", line.zone)
  if (isRefused(own)) return own
  const instants: Array<DateTime.Utc> = []
  for (const value of line.values) {
    const time = parseTime("EXDATE", value)
    if (isRefused(time)) return time
    if (time.isDate && granularity === "Times")
      return refuse("EXDATE", `${value} is a date; write the time of the occurrence, as ${value}T180000`)
    instants.push(instantOfTime(time, own.zone))
  }
  return instants
}
