import type { CalendarRule, NthWeekday } from "../../CalendarRule.ts"
import type { Rule } from "../../Recurrence.ts"

/** True if two rules say the same: lists are sets, an empty one is an absent one. */
export const sameRule = (left: Rule | undefined, right: Rule | undefined): boolean =>
  left === right ||
  (left !== undefined &&
    right !== undefined &&
    left.frequency === right.frequency &&
    left.interval === right.interval &&
    sameEnd(left.end, right.end) &&
    sameSet(left.byMinutes, right.byMinutes) &&
    sameSet(left.byHours, right.byHours) &&
    sameSet(left.byWeekdays, right.byWeekdays) &&
    sameSet(left.byMonthDays, right.byMonthDays) &&
    sameSet(left.byMonths, right.byMonths) &&
    sameCalendar(left, right))

/** The parts of rules in local time. The beginning of the week means something to WEEKLY alone. */
const sameCalendar = (left: Rule, right: Rule): boolean => {
  if (left.timeZone === undefined || right.timeZone === undefined) return left.timeZone === right.timeZone
  return (
    left.timeZone === right.timeZone &&
    sameSet(left.nthWeekdays?.map(nameOfNth), right.nthWeekdays?.map(nameOfNth)) &&
    sameSet(left.positions, right.positions) &&
    (left.frequency !== "WEEKLY" || (left.weekStart ?? "MONDAY") === (right.weekStart ?? "MONDAY")) &&
    sameInstants(left.exceptions, right.exceptions)
  )
}

const nameOfNth = ({ nth, weekday }: NthWeekday): string => `${nth} ${weekday}`

/** Both are in order, without repetition. */
const sameInstants = (
  left: CalendarRule["exceptions"] = [],
  right: CalendarRule["exceptions"] = []
): boolean =>
  left.length === right.length &&
  left.every(({ epochMilliseconds }, index) => epochMilliseconds === right[index]?.epochMilliseconds)

const sameEnd = (left: Rule["end"], right: Rule["end"]): boolean => {
  if (left === undefined || right === undefined) return left === right
  if (left._tag === "Count") return right._tag === "Count" && left.count === right.count
  return right._tag === "Until" && left.until.epochMilliseconds === right.until.epochMilliseconds
}

const sameSet = <A>(left: ReadonlyArray<A> = [], right: ReadonlyArray<A> = []): boolean =>
  left === right || (left.every((item) => right.includes(item)) && right.every((item) => left.includes(item)))
