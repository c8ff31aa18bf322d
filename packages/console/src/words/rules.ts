/** Rules as a form makes them, in the local time of a zone or in UTC, and their text. */
import * as CalendarRule from "@effect-dispatch/core/CalendarRule"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime, Result } from "effect"

/** Parts of a rule to change; one that is `undefined` or empty is left out. */
export type Parts = {
  readonly [part in keyof CalendarRule.CalendarRule]?: CalendarRule.CalendarRule[part] | undefined
}

type Frequency = RecurrenceRule.Frequency

/** A rule, or what is wrong with it. */
export type Made = Result.Result<Rule, string>

/** True for steps of real time, which no zone changes. */
export const isFast = ({ frequency }: Pick<Rule, "frequency">): boolean =>
  frequency === "HOURLY" || frequency === "MINUTELY"

/** A rule with other parts. Without a zone, it has none of the parts that only rules in local time have. */
export const withParts = (rule: Rule, changes: Parts): Made => {
  const { exceptions, nthWeekdays, positions, timeZone, weekStart, ...plain }: Parts = { ...rule, ...changes }
  const basis = {
    ...given(plain),
    frequency: plain.frequency ?? rule.frequency,
    interval: plain.interval ?? rule.interval
  }
  if (timeZone === undefined || isFast(basis)) return inWords(RecurrenceRule.makeResult(basis))
  const local = given({ exceptions, nthWeekdays, positions, weekStart })
  return inWords(CalendarRule.makeResult({ ...basis, timeZone, ...local }))
}

const inWords = <A>(made: Result.Result<A, { readonly message: string; readonly path: string }>) =>
  Result.mapError(made, ({ message, path }) => `${path}: ${message}`)

/** The fields that are there and not empty. */
const given = <A extends object>(fields: A): { [field in keyof A]?: Exclude<A[field], undefined> } =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)
    )
  ) as { [field in keyof A]?: Exclude<A[field], undefined> }

/** A rule with another frequency, without the parts that it may not have. A new one is on the clock of a zone. */
export const withFrequency = (
  rule: Rule | undefined,
  frequency: Frequency,
  timeZone: string | undefined
): Made => {
  const isNew = rule === undefined || isFast(rule)
  const basis = rule ?? new RecurrenceRule.RecurrenceRule({ frequency, interval: 1 })
  return withParts(basis, {
    frequency,
    ...(isNew ? { timeZone } : undefined),
    ...(frequency === "MONTHLY" || frequency === "YEARLY" ? undefined : { nthWeekdays: undefined }),
    ...(frequency === "DAILY" ? { positions: undefined } : undefined),
    ...(isFast({ frequency }) ? { byHours: undefined, byMinutes: undefined } : undefined)
  })
}

/** The rule on the clock of a zone: its parts then mean what is shown there. */
export const onClock = (rule: Rule, timeZone: string): Made =>
  withParts(rule, { timeZone: timeZone === "UTC" && !needsZone(rule) ? undefined : timeZone })

/** True if a rule has parts that only rules in local time have. */
const needsZone = (rule: Rule): boolean =>
  rule.timeZone !== undefined &&
  (rule.exceptions ?? rule.nthWeekdays ?? rule.positions ?? rule.weekStart) !== undefined

/** The clock that a rule is meant on. */
export const clockOf = ({ timeZone = "UTC" }: Pick<Parts, "timeZone">): string => timeZone

/** The text of a rule: the RRULE line, and one of exceptions. It is empty where the zone is unknown. */
export const textOf = (rule: Rule): string =>
  rule.timeZone === undefined
    ? RecurrenceText.format(rule)
    : Result.match(RecurrenceText.formatCalendar(rule, plainTime), {
        onFailure: () => "",
        onSuccess: (text) => text.replace(/^DTSTART[^\n]*\n/, "")
      })

/** An instant that no clock shows twice. The text of a rule does not depend on it. */
const plainTime = DateTime.makeUnsafe("2026-01-15T12:00:00Z")

/** A rule by its text, and the start that a DTSTART line gives. A text without a zone is meant on the given clock. */
export const read = (text: string, timeZone: string): Result.Result<RecurrenceText.RecurrenceText, string> =>
  Result.mapError(RecurrenceText.parse(text.trim(), { timeZone }), ({ message, path }) =>
    path === "RRULE" ? message : `${path}: ${message}`
  )
