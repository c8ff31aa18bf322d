/** The lines and parts of a text: those that a rule can hold, and the others. */
import { isRefused, type RecurrenceTextError, refuse } from "./textError.ts"

/** A line of times, as it stands there. */
export interface TimesLine {
  readonly name: "DTSTART" | "EXDATE"
  readonly zone: string | undefined
  readonly values: ReadonlyArray<string>
}

/** The content of the lines of a text: the parts of the rule by name, the start, and the exceptions. */
export interface Parts {
  readonly rule: ReadonlyMap<string, string>
  readonly start: TimesLine | undefined
  readonly exceptions: ReadonlyArray<TimesLine>
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
  "BYSETPOS",
  "WKST"
]

/** Parts that say with this value what is so anyhow. */
const withoutMeaning: { readonly [part: string]: string } = { RSCALE: "GREGORIAN", SKIP: "OMIT" }

const inexpressible: { readonly [part: string]: string } = {
  BYWEEKNO: "a rule cannot name weeks of the year; use BYMONTH and BYDAY, or FREQ=WEEKLY with an INTERVAL",
  BYYEARDAY: "a rule cannot name days of the year; use BYMONTH and BYMONTHDAY",
  BYSECOND: "a rule cannot name seconds; it occurs at the second of its start",
  BYEASTER: "a rule cannot follow Easter"
}

const inexpressibleLines: { readonly [name: string]: string } = {
  RDATE: "dates cannot be added to a rule; make a dispatch for each",
  EXRULE: "a rule cannot be taken out of another; name the dates in EXDATE",
  DTEND: "the length of a run is not part of its rule",
  DURATION: "the length of a run is not part of its rule"
}

/** A name, settings and a value. Quotes keep together what they enclose. */
const lineShape = /^\s*([A-Za-z-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)$/

/** Splits a text into its parts. */
export const split = (text: string): Parts | RecurrenceTextError => {
  const found: { rule?: ReadonlyMap<string, string>; start?: TimesLine; exceptions: Array<TimesLine> } = {
    exceptions: []
  }
  // A line that begins with a blank continues the one before.
  for (const line of text.replace(/\r?\n[ \t]/g, "").split(/\r?\n/)) {
    if (line.trim() === "") continue
    const broken = /^\s*(DTSTART|EXDATE)\b/i.exec(line)
    const shape = lineShape.exec(line)
    if (shape === null && broken?.[1] !== undefined) {
      return refuse(
        broken[1].toUpperCase(),
        "cannot be read; write DTSTART;TZID=Europe/Berlin:20260302T180000"
      )
    }
    const [, given = "RRULE", settings = "", value = line] = shape ?? []
    const name = given.toUpperCase()
    if (name === "RRULE") {
      if (found.rule !== undefined) return refuse("RRULE", "there are two; a dispatch recurs by one rule")
      const parts = splitRule(value)
      if (isRefused(parts)) return parts
      found.rule = parts
    } else if (name === "DTSTART" || name === "EXDATE") {
      const times = splitTimes(name, settings, value)
      if (isRefused(times)) return times
      if (name === "EXDATE") found.exceptions.push(times)
      else if (found.start === undefined) found.start = times
      else return refuse("DTSTART", "there are two; a rule has one start")
    } else {
      const why = inexpressibleLines[name] ?? "is not a line of a rule; known are RRULE, DTSTART and EXDATE"
      return refuse(name, why)
    }
  }
  const { exceptions, rule, start } = found
  return rule === undefined
    ? refuse("RRULE", "there is none, as FREQ=WEEKLY;BYDAY=MO,WE is one")
    : { rule, start, exceptions }
}

const splitTimes = (
  name: TimesLine["name"],
  settings: string,
  value: string
): TimesLine | RecurrenceTextError => {
  let zone: string | undefined
  for (const setting of settings.split(";").filter((item) => item !== "")) {
    const [key = "", content = ""] = setting.split("=").map((side) => side.trim())
    if (key.toUpperCase() === "TZID") zone = content.replace(/^"(.*)"$/, "$1").replace(/^\//, "")
    else if (key.toUpperCase() !== "VALUE")
      return refuse(name, `${setting} is not known here; TZID and VALUE are`)
  }
  return { name, zone, values: itemsOf(value) }
}

/** The items of a list. Some programs write blanks between them, or a comma behind the last. */
export const itemsOf = (list: string): ReadonlyArray<string> =>
  list.replace(/\s/g, "").replace(/,$/, "").split(",")

const splitRule = (text: string): ReadonlyMap<string, string> | RecurrenceTextError => {
  const parts = new Map<string, string>()
  for (const part of text.split(";")) {
    if (part.trim() === "") continue
    const [key = "", value = "", ...more] = part.split("=").map((side) => side.trim().toUpperCase())
    const name = key === "BYWEEKDAY" ? "BYDAY" : key
    const only = withoutMeaning[name]
    if (only === value) continue
    if (!expressible.includes(name)) return refuse(name, whyNot(name, value))
    if (value === "" || more.length > 0) return refuse(name, "must be NAME=VALUE")
    if (parts.has(name)) return refuse(name, "is given twice")
    parts.set(name, value)
  }
  return parts
}

const whyNot = (name: string, value: string): string => {
  const only = withoutMeaning[name]
  return only === undefined
    ? (inexpressible[name] ?? `is not a part of a rule; known are ${expressible.join(", ")}`)
    : `${value} cannot be followed, only ${only}; leave ${name} out`
}
