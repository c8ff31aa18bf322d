/** Checks of the parts of a recurrence rule, for all who make, read or change one. */
import { type Check, listOf, objectOf, oneOf, optional, tag, that, whole } from "../check.ts"
import { frequencies, isAllowed, type NumberList, numberMax, rangeOf, weekdays } from "./ruleNumbers.ts"

const numbers = (key: NumberList): Check => listOf(that((value) => isAllowed(key, value), rangeOf(key)))

/** The parts that are one value each. An interval of 0 means 1, as on the wire. */
export const values = {
  frequency: oneOf(frequencies, "a frequency"),
  interval: whole(0, numberMax),
  count: whole(1, numberMax)
}

/** The parts that are lists. */
export const lists = {
  byMinutes: numbers("byMinutes"),
  byHours: numbers("byHours"),
  byWeekdays: listOf(oneOf(weekdays, "a day of the week")),
  byMonthDays: numbers("byMonthDays"),
  byMonths: numbers("byMonths")
}

/** The same, each of which may be left out. */
export const optionalLists = {
  byMinutes: optional(lists.byMinutes),
  byHours: optional(lists.byHours),
  byWeekdays: optional(lists.byWeekdays),
  byMonthDays: optional(lists.byMonthDays),
  byMonths: optional(lists.byMonths)
}

/** The end of a rule after so many occurrences. */
export const countEnd = objectOf<{ readonly _tag: "Count"; readonly count: number }>({
  _tag: tag,
  count: values.count
})
