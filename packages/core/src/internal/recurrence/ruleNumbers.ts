/** The names and numbers that a recurrence rule may hold: each range stands here, and nowhere else. */

export const frequencies = ["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const

export const weekdays = [
  "MONDAY",
  "TUESDAY",
  "WEDNESDAY",
  "THURSDAY",
  "FRIDAY",
  "SATURDAY",
  "SUNDAY"
] as const

/** The largest interval and count of a rule: the largest unsigned 32-bit number. */
export { unsigned32Max as numberMax } from "../unsigned32.ts"

/** The allowed numbers of each list: from, to, and true if their negatives too. */
export const lists = {
  byMinutes: [0, 59, false],
  byHours: [0, 23, false],
  byMonthDays: [1, 31, true],
  byMonths: [1, 12, false]
} as const

/** A list of numbers in a rule. */
export type NumberList = keyof typeof lists

/** True if a list may hold a number. */
export const isAllowed = (key: NumberList, number: unknown): boolean => {
  if (typeof number !== "number") return false
  const [minimum, maximum, negative] = lists[key]
  const value = negative ? Math.abs(number) : number
  return Number.isInteger(number) && value >= minimum && value <= maximum
}

/** The allowed numbers of a list, in words. */
export const rangeOf = (key: NumberList): string => {
  const [minimum, maximum, negative] = lists[key]
  return `a whole number from ${minimum} to ${maximum}${negative ? ` or from -${minimum} to -${maximum}` : ""}`
}

/** The largest number of a weekday in a month, in a year, and the largest position of a day. */
export const nthOfMonthMax = 5
export const nthOfYearMax = 53
export const positionMax = 366

/** True of a frequency that steps by real time, which no zone changes. */
export const isFast = (frequency: (typeof frequencies)[number]): boolean =>
  frequency === "HOURLY" || frequency === "MINUTELY"

/** A list that names something; an empty one is no list. */
export const given = <A>(list: ReadonlyArray<A> | undefined): ReadonlyArray<A> | undefined =>
  list === undefined || list.length === 0 ? undefined : list
