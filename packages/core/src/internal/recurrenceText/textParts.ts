/** The parts of a rule's text that a rule can hold, and the others. */
import type { DateTime } from "effect"
import { parseInstant } from "./textInstant.ts"
import { isRefused, type RecurrenceTextError, refuse } from "./textError.ts"

/** The content of the lines of a text: the parts of the rule by name, and the start. */
export interface Parts {
  readonly rule: ReadonlyMap<string, string>
  readonly start: DateTime.Utc | undefined
}

const expressible = [
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "BYMINUTE",
  "BYHOUR",
  "BYDAY",
  "BYMONTHDAY",
  "BYMONTH",
  "WKST"
]

const inexpressible: { readonly [part: string]: string } = {
  BYSETPOS: "a rule cannot pick occurrences by position; give the days themselves",
  BYWEEKNO: "a rule cannot name weeks of the year; use BYMONTH and BYDAY, or FREQ=WEEKLY with an INTERVAL",
  BYYEARDAY: "a rule cannot name days of the year; use BYMONTH and BYMONTHDAY",
  BYSECOND: "a rule cannot name seconds; it occurs at the second of its start",
  BYEASTER: "a rule cannot follow Easter"
}

const inexpressibleLines: { readonly [name: string]: string } = {
  EXDATE: "dates cannot be taken out of a rule",
  RDATE: "dates cannot be added to a rule",
  EXRULE: "a rule cannot be taken out of another",
  DTEND: "the length of a run is not part of its rule",
  DURATION: "the length of a run is not part of its rule"
}

/** Splits a text into its parts. */
export const split = (text: string): Parts | RecurrenceTextError => {
  let rule: ReadonlyMap<string, string> | undefined
  let start: DateTime.Utc | undefined
  // A line that begins with a blank continues the one before.
  for (const line of text.replace(/\r?\n[ \t]/g, "").split(/\r?\n/)) {
    if (line.trim() === "") continue
    const [, name = "RRULE", settings = "", value = line] = /^\s*([A-Za-z-]+)(;[^:]*)?:(.*)$/.exec(line) ?? []
    switch (name.toUpperCase()) {
      case "RRULE": {
        if (rule !== undefined) return refuse("RRULE", "there are two; a dispatch recurs by one rule")
        const parts = splitRule(value.trim())
        if (isRefused(parts)) return parts
        rule = parts
        break
      }
      case "DTSTART": {
        if (start !== undefined) return refuse("DTSTART", "there are two; a rule has one start")
        const instant = parseStart(settings, value.trim())
        if (isRefused(instant)) return instant
        start = instant
        break
      }
      default: {
        const part = name.toUpperCase()
        return refuse(
          part,
          inexpressibleLines[part] ?? "is not a line of a rule; known are RRULE and DTSTART"
        )
      }
    }
  }
  return rule === undefined
    ? refuse("RRULE", "there is none, as FREQ=WEEKLY;BYDAY=MO,WE is one")
    : { rule, start }
}

const parseStart = (settings: string, value: string): DateTime.Utc | RecurrenceTextError => {
  for (const setting of settings.split(";").filter((item) => item !== "")) {
    const [name = "", content = ""] = setting.split("=")
    if (name.toUpperCase() === "VALUE") continue
    const isUtc = name.toUpperCase() === "TZID" && /^(Etc\/)?(UTC|GMT)$/i.test(content)
    if (!isUtc) return refuse("DTSTART", `${setting} cannot be followed: rules are evaluated in UTC`)
  }
  return parseInstant("DTSTART", value)
}

const splitRule = (text: string): ReadonlyMap<string, string> | RecurrenceTextError => {
  const parts = new Map<string, string>()
  for (const part of text.split(";")) {
    if (part.trim() === "") continue
    const [key = "", value, ...more] = part.split("=").map((side) => side.trim().toUpperCase())
    const name = key === "BYWEEKDAY" ? "BYDAY" : key
    if (!expressible.includes(name)) {
      return refuse(
        name,
        inexpressible[name] ?? `is not a part of a rule; known are ${expressible.join(", ")}`
      )
    }
    if (value === undefined || value === "" || more.length > 0) return refuse(name, "must be NAME=VALUE")
    if (parts.has(name)) return refuse(name, "is given twice")
    parts.set(name, value)
  }
  return parts
}
