/** The rule of a planned dispatch. */
import * as CalendarRule from "@effect-dispatch/core/CalendarRule"
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { Frequency, makeResult, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { DateTime, Result } from "effect"
import { endOfDay } from "../input/exceptions.ts"
import { utcClock } from "../input/zone.ts"
import { exceptionsOf } from "../schedule/draft.ts"
import { isFast, plainest } from "../schedule/rule.ts"
import type { ItemFields } from "./planFields.ts"
import { type Read, shown, timeOrDayOf, zoneOf } from "./planTimes.ts"

type Written = NonNullable<ItemFields["recurrence"]>
type Parts = Exclude<Written, string>

/** Reads a rule; without a zone of its own it goes by the clock of the plan, and by UTC if that has none. */
export const ruleOf = (given: Written | null, clock: LocalClock | undefined): Read<Rule | null> => {
  if (given === null) return Result.succeed(null)
  return typeof given === "string" ? ruleOfText(given, clock) : ruleOfParts(given, clock)
}

const ruleOfText = (text: string, clock: LocalClock | undefined): Read<Rule> => {
  const read = RecurrenceText.parse(text, clock === undefined ? {} : { timeZone: clock.timeZone })
  if (Result.isFailure(read)) return Result.fail(`${shown(text)} is not a rule: ${inOneLine(read.failure)}`)
  const { rule, start } = read.success
  if (start !== undefined) return Result.fail("has a DTSTART, but the start is a field of its own")
  return exceptionsOf(rule).length === 0
    ? Result.succeed(rule)
    : Result.fail("has an EXDATE, but the exceptions are a field of their own")
}

const ruleOfParts = (given: Parts, ofPlan: LocalClock | undefined): Read<Rule> =>
  Result.gen(function* () {
    const own = given.zone === undefined ? undefined : yield* zoneOf(given.zone)
    const clock = own ?? ofPlan ?? utcClock
    const fields = yield* fieldsOf(given, clock, ofPlan)
    if (!isFast(fields)) return yield* inLocalTime({ ...fields, timeZone: clock.timeZone })
    const { nthWeekdays, positions, weekStart, ...plain } = fields
    const local = Object.entries({ nthWeekdays, positions, weekStart }).find(([, part]) => part !== undefined)
    if (own?.isUtc === false || local !== undefined) {
      const name = local?.[0] ?? "zone"
      return yield* Result.fail(
        `${name} means nothing to a rule of ${given.frequency} steps, which are steps of real time; take daily with byHours`
      )
    }
    return yield* Result.mapError(makeResult(plain), inOneLine)
  })

type Fields = Parameters<typeof CalendarRule.makeResult>[0]

const inLocalTime = (fields: Fields): Read<Rule> =>
  Result.map(Result.mapError(CalendarRule.makeResult(fields), inOneLine), plainest)

const fieldsOf = (given: Parts, clock: LocalClock, ofPlan: LocalClock | undefined) =>
  Result.gen(function* () {
    const {
      byWeekdays,
      count,
      frequency,
      interval = 1,
      nthWeekdays,
      until,
      weekStart,
      zone: _,
      ...lists
    } = given
    if (count !== undefined && until !== undefined) return yield* Result.fail("has both count and until")
    const end =
      until !== undefined
        ? { _tag: "Until" as const, until: yield* untilOf(until, clock, ofPlan) }
        : count !== undefined
          ? { _tag: "Count" as const, count }
          : undefined
    return {
      ...lists,
      frequency: named(Frequency.literals, frequency),
      interval,
      ...(end === undefined ? undefined : { end }),
      ...(byWeekdays === undefined ? undefined : { byWeekdays: byWeekdays.map(weekdayOf) }),
      ...(nthWeekdays === undefined ? undefined : { nthWeekdays: nthWeekdays.map(nthOf) }),
      ...(weekStart === undefined ? undefined : { weekStart: weekdayOf(weekStart) })
    }
  })

/** A date is the whole day, on the clock of the rule. */
const untilOf = (text: string, clock: LocalClock, ofPlan: LocalClock | undefined): Read<DateTime.Utc> =>
  Result.map(
    Result.mapError(timeOrDayOf(text, ofPlan), (fault) => `until ${fault}`),
    (read) => (read._tag === "Time" ? read.at : endOfDay(clock.timeOf(read.day * secondsPerDay).at, clock))
  )

const secondsPerDay = 86_400

/** The one of the names that begins so; the fields have been checked. */
const named = <A extends string>(names: readonly [A, ...ReadonlyArray<A>], given: string): A =>
  names.find((name) => name.startsWith(given.toUpperCase())) ?? names[0]

const weekdayOf = (given: string): Weekday => named(Weekday.literals, given)

const nthOf = (given: string) => ({ nth: Number.parseInt(given, 10), weekday: weekdayOf(given.slice(-3)) })
