import type { RecurrenceRule } from "../../RecurrenceRule.ts"

/** True if two rules say the same: lists are sets, an empty one is an absent one. */
export const sameRule = (left: RecurrenceRule | undefined, right: RecurrenceRule | undefined): boolean =>
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
    sameSet(left.byMonths, right.byMonths))

const sameEnd = (left: RecurrenceRule["end"], right: RecurrenceRule["end"]): boolean => {
  if (left === undefined || right === undefined) return left === right
  if (left._tag === "Count") return right._tag === "Count" && left.count === right.count
  return right._tag === "Until" && left.until.epochMilliseconds === right.until.epochMilliseconds
}

const sameSet = <A>(left: ReadonlyArray<A> = [], right: ReadonlyArray<A> = []): boolean =>
  left === right || (left.every((item) => right.includes(item)) && right.every((item) => left.includes(item)))
