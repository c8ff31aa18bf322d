/**
 * The proleptic Gregorian calendar in integers. Days count from 1970-01-01; months count from January of year 0, so
 * that month `m` (1 to 12) of year `y` is `12 * y + m - 1`. All constant time.
 */

export const secondsPerDay = 86_400

/** 9999-12-31, the last day of the calendar, and its month. */
export const lastDay = 2_932_896
export const lastMonth = 119_999

/** Days after which the calendar repeats, days of the week included: 400 years. */
export const cycleDays = 146_097

/** The non-negative remainder. */
export const modulo = (value: number, divisor: number): number => {
  const rest = value % divisor
  return rest < 0 ? rest + divisor : rest
}

/** The greatest common divisor of two positive integers. */
export const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** The least common multiple of two positive integers. */
export const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b

// Days and years are moved by whole cycles so that no instant of a `Date` is negative: then `| 0` divides downwards.
// It also keeps the arithmetic in 32-bit integers, where a remainder costs a tenth of one of doubles.
const cyclesBefore = 800
const daysBefore = 719_468 + cyclesBefore * cycleDays
const yearsBefore = 400 * cyclesBefore

/** Month and day of the month of a day, as one integer: `32 * month + dayOfMonth`. */
export const monthAndDay = (day: number): number => {
  // Years begin in March here, so that the leap day is the last of its year.
  const shifted = (day + daysBefore) | 0
  const cycle = (shifted / cycleDays) | 0
  const dayOfCycle = shifted - cycle * cycleDays
  const yearOfCycle =
    ((dayOfCycle - ((dayOfCycle / 1_460) | 0) + ((dayOfCycle / 36_524) | 0) - ((dayOfCycle / 146_096) | 0)) /
      365) |
    0
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + (yearOfCycle >> 2) - ((yearOfCycle / 100) | 0))
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0
  const dayOfMonth = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1
  return 32 * (12 * (yearOfCycle + 400 * (cycle - cyclesBefore)) + monthFromMarch + 2) + dayOfMonth
}

/** The first day of a month. */
export const firstOfMonth = (month: number): number => {
  const fromMarch = (month - 2 + 12 * yearsBefore) | 0
  const year = (fromMarch / 12) | 0
  const monthFromMarch = fromMarch - 12 * year
  const century = (year / 100) | 0
  return (
    365 * year + (year >> 2) - century + (century >> 2) + (((153 * monthFromMarch + 2) / 5) | 0) - daysBefore
  )
}

/** The month of the year, January = 0. */
export const monthOfYear = (month: number): number => ((month + 12 * yearsBefore) | 0) % 12

/** The number of days in a month. */
export const daysInMonth = (month: number): number => {
  const inYear = monthOfYear(month)
  if (inYear !== 1) return (inYear < 7 ? inYear : inYear + 1) % 2 === 0 ? 31 : 30
  const year = (month - inYear) / 12
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The day of the week, Monday = 0. */
export const weekdayOf = (day: number): number => ((day + 3 + cyclesBefore * cycleDays) | 0) % 7

/** The number of the week that a day is in, for weeks that begin on a day (Monday = 0); only differences mean something. */
export const weekOf = (day: number, weekStart: number): number => Math.floor((day + 3 - weekStart) / 7)

/** The first day of a week. */
export const firstOfWeek = (week: number, weekStart: number): number => 7 * week - 3 + weekStart
