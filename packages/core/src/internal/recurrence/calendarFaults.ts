/** Impossible rules in local time, and what would be right. */
import { DateTime } from "effect"
import { findPlainFault, type RecurrenceRule, Weekday } from "../../RecurrenceRule.ts"
import type { Refusal } from "../../Refusal.ts"
import { inWords } from "../inWords.ts"
import { given, isFast, nthOfMonthMax, nthOfYearMax, positionMax } from "./ruleNumbers.ts"
import { readTimeZone } from "./timeZoneName.ts"
import { zoneDataRelease } from "./zoneData.ts"

/** The most exceptions of a rule. */
export const exceptionsMax = 512

/** The parts of a rule in local time, as they were given. */
interface Parts extends Omit<RecurrenceRule, "timeZone"> {
  readonly timeZone: string
  readonly nthWeekdays?: ReadonlyArray<{ readonly nth: number; readonly weekday: Weekday }>
  readonly positions?: ReadonlyArray<number>
  readonly weekStart?: Weekday
  readonly exceptions?: ReadonlyArray<DateTime.Utc>
}

/** The first fault of a rule in local time. */
export const findCalendarFault = (rule: Parts): Refusal | undefined =>
  ofTimeZone(rule) ??
  findPlainFault(rule) ??
  ofFrequency(rule) ??
  ofNthWeekdays(rule) ??
  ofPositions(rule) ??
  ofWeekStart(rule) ??
  ofExceptions(rule)

const ofTimeZone = ({ timeZone }: Parts): Refusal | undefined => {
  if (typeof timeZone === "string" && readTimeZone(timeZone) !== undefined) return undefined
  const version = zoneDataRelease()
  const data = version === undefined ? "" : ` (zone data ${version})`
  const message = `${inWords(timeZone)} is no zone that this machine knows${data}; a zone is a name such as Europe/Berlin or UTC`
  return { path: "timeZone", message }
}

const ofFrequency = ({ frequency }: Parts): Refusal | undefined =>
  isFast(frequency)
    ? {
        path: "frequency",
        message: `${frequency} steps by real time, which no zone changes: leave the zone out, or take DAILY with byHours and byMinutes for times of day`
      }
    : undefined

const ofNthWeekdays = ({ byMonths, frequency, nthWeekdays = [] }: Parts): Refusal | undefined => {
  if (nthWeekdays.length === 0) return undefined
  if (frequency !== "MONTHLY" && frequency !== "YEARLY") {
    return { path: "nthWeekdays", message: `${frequency} has no nth weekdays, MONTHLY and YEARLY have` }
  }
  const most = frequency === "YEARLY" && given(byMonths) === undefined ? nthOfYearMax : nthOfMonthMax
  for (const [index, { nth, weekday }] of nthWeekdays.entries()) {
    const path = `nthWeekdays[${index}]`
    if (!isCounted(nth, most))
      return { path: `${path}.nth`, message: `${inWords(nth)}, must be ${counted(most)}` }
    if (!Weekday.literals.includes(weekday)) return { path: `${path}.weekday`, message: notWeekday(weekday) }
  }
  return undefined
}

const ofPositions = (rule: Parts): Refusal | undefined => {
  const { frequency, positions = [] } = rule
  if (positions.length === 0) return undefined
  const wrong = positions.findIndex((position) => !isCounted(position, positionMax))
  if (wrong >= 0) {
    const message = `${inWords(positions[wrong])}, must be ${counted(positionMax)}`
    return { path: `positions[${wrong}]`, message }
  }
  const lacking =
    frequency === "DAILY"
      ? "count the days of a week, month or year: take WEEKLY, MONTHLY or YEARLY"
      : new Set(rule.byHours).size > 1 || new Set(rule.byMinutes).size > 1
        ? "need one time of day: at most one of byHours and one of byMinutes"
        : [rule.byWeekdays, rule.byMonthDays, rule.byMonths, rule.nthWeekdays].every(
              (list = []) => list.length === 0
            )
          ? "need days to count: byWeekdays, byMonthDays, byMonths or nthWeekdays"
          : undefined
  return lacking === undefined ? undefined : { path: "positions", message: lacking }
}

const ofWeekStart = ({ weekStart }: Parts): Refusal | undefined =>
  weekStart === undefined || Weekday.literals.includes(weekStart)
    ? undefined
    : { path: "weekStart", message: notWeekday(weekStart) }

const ofExceptions = ({ exceptions = [] }: Parts): Refusal | undefined => {
  if (exceptions.length > exceptionsMax) {
    return { path: "exceptions", message: `${exceptions.length}, must be at most ${exceptionsMax}` }
  }
  const wrong = exceptions.findIndex((instant) => !DateTime.isDateTime(instant))
  return wrong < 0
    ? undefined
    : {
        path: `exceptions[${wrong}]`,
        message: `${inWords(exceptions[wrong])} is not an instant (DateTime.Utc)`
      }
}

const isCounted = (number: number, most: number): boolean =>
  Number.isInteger(number) && number !== 0 && Math.abs(number) <= most

const counted = (most: number): string => `a whole number from 1 to ${most} or from -1 to -${most}`

const notWeekday = (value: unknown): string =>
  `${inWords(value)}, must be one of ${Weekday.literals.join(", ")}`
