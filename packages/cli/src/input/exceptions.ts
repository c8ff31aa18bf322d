/** Exceptions of rules: the runs of a day, and days that go along when a rule changes. */
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { inZone } from "@effect-dispatch/core/RunExceptions"
import { DateTime } from "effect"
import { isFast, withExceptions } from "../schedule/rule.ts"
import type { TimeText } from "./flags.ts"

const secondsPerDay = 86_400

/** A day by its number, as a clock shows it. */
export const dayOf = (at: DateTime.Utc, clock: LocalClock): number =>
  Math.floor(clock.reading(at) / secondsPerDay)

/** The last second of the day of an instant. */
export const endOfDay = (at: DateTime.Utc, clock: LocalClock): DateTime.Utc =>
  DateTime.subtract(clock.timeOf(secondsPerDay * (dayOf(at, clock) + 1)).at, { seconds: 1 })

/** The rule without its exceptions. */
export const withoutExceptions = (rule: CalendarRule): CalendarRule => {
  const { exceptions: _, ...parts } = rule
  return new CalendarRule(parts)
}

const compiled = (rule: CalendarRule, start: DateTime.Utc): Recurrence.Compiled =>
  Recurrence.compile(withoutExceptions(rule), start.epochMilliseconds / 1_000)

/** All runs of a day, exceptions too. */
export const runsOfDay = (
  rule: CalendarRule,
  start: DateTime.Utc,
  day: number,
  clock: LocalClock
): ReadonlyArray<DateTime.Utc> => {
  const begin = clock.timeOf(secondsPerDay * day).at
  return [...Recurrence.between(compiled(rule, start), begin, endOfDay(begin, clock))]
}

/** The instants that texts leave out, and the texts that leave out nothing. */
export const instantsOf = (
  texts: ReadonlyArray<TimeText>,
  rule: CalendarRule,
  start: DateTime.Utc,
  clock: LocalClock
) => {
  const instants: Array<DateTime.Utc> = []
  const unmatched: Array<string> = []
  const whole = compiled(rule, start)
  for (const { on, text } of texts) {
    const { at, isDay } = on(clock)
    const found = isDay ? runsOfDay(rule, start, dayOf(at, clock), clock) : [at]
    instants.push(...found)
    const matches = found.filter((each) => occursAt(whole, each))
    if (matches.length === 0) unmatched.push(text)
  }
  return { instants, unmatched }
}

const occursAt = (rule: Recurrence.Compiled, at: DateTime.Utc): boolean =>
  Recurrence.nextSeconds(rule, at.epochMilliseconds / 1_000) === at.epochMilliseconds / 1_000

/** The exceptions that match no occurrence. */
export const unmatchedOf = (rule: CalendarRule, start: DateTime.Utc): ReadonlyArray<DateTime.Utc> => {
  const whole = compiled(rule, start)
  return (rule.exceptions ?? []).filter((at) => !occursAt(whole, at))
}

/** A rule with its start. */
interface Anchored {
  readonly rule: CalendarRule
  readonly start: DateTime.Utc
}

/**
 * The exceptions of a rule, for a rule that takes its place: each goes along with its local day. A day without a single
 * run has none afterwards; of several runs of a day those of the same number in the day are left out.
 */
export const movedExceptions = (from: Anchored, to: Anchored): ReadonlyArray<DateTime.Utc> => {
  const [was, is] = [LocalClock.make(from.rule.timeZone), LocalClock.make(to.rule.timeZone)]
  const exceptions = from.rule.exceptions ?? []
  if (was === undefined || is === undefined) return exceptions
  const byDay = Map.groupBy(exceptions, (at) => dayOf(at, was))
  return [...byDay].flatMap(([day, excluded]) => {
    const before = runsOfDay(from.rule, from.start, day, was)
    const after = runsOfDay(to.rule, to.start, day, is)
    const numbers = excluded.map((at) => before.findIndex((run) => DateTime.Equivalence(run, at)))
    if (numbers.includes(-1) || after.length === 0) return excluded
    if (numbers.length === before.length) return after
    return numbers.flatMap((number) => after[number] ?? [])
  })
}

/** The rule that takes the place of another, with the exceptions of that; one of real time can have none. */
export const carryingExceptions = (
  to: { readonly rule: Rule; readonly start: DateTime.Utc },
  from: { readonly rule: Rule | undefined; readonly start: DateTime.Utc }
): Rule => {
  const { rule: before, start } = from
  if (before?.timeZone === undefined || (before.exceptions ?? []).length === 0 || isFast(to.rule))
    return to.rule
  const rule = inZone(to.rule)
  return withExceptions(rule, movedExceptions({ rule: before, start }, { rule, start: to.start }))
}
