/**
 * The proleptic Gregorian calendar in integers. Days count from 1970-01-01; months count from January of year 0, so
 * that month `m` (1 to 12) of year `y` is `12 * y + m - 1`. All constant time.
 */

/** 9999-12-31, the last day there is. */
export const lastDay = 2_932_896

/** Days, and weeks, after which the calendar repeats: 400 years. */
export const cycleDays = 146_097
export const cycleWeeks = 20_871

/** The non-negative remainder. */
export const modulo = (value: number, divisor: number): number => {
  const rest = value % divisor
  return rest < 0 ? rest + divisor : rest
}

/** The greatest common divisor of two positive integers. */
export const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** The least common multiple of two positive integers. */
export const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b

/** Month and day of the month of a day, as one integer: `32 * month + dayOfMonth`. */
export const monthAndDay = (day: number): number => {
  // Years begin in March here, so that the leap day is the last of its year.
  const shifted = day + 719_468
  const era = Math.floor(shifted / cycleDays)
  const dayOfEra = shifted - era * cycleDays
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  return 32 * (12 * (yearOfEra + 400 * era) + monthFromMarch + 2) + dayOfMonth
}

/** The first day of a month. */
export const firstOfMonth = (month: number): number => {
  const fromMarch = month - 2
  const year = Math.floor(fromMarch / 12)
  const monthFromMarch = fromMarch - 12 * year
  const era = Math.floor(year / 400)
  const yearOfEra = year - 400 * era
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5)
  return (
    era * cycleDays + 365 * yearOfEra + (yearOfEra >> 2) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  )
}

/** How many days a month has. */
export const daysInMonth = (month: number): number => {
  const inYear = modulo(month, 12)
  if (inYear !== 1) return (inYear < 7 ? inYear : inYear + 1) % 2 === 0 ? 31 : 30
  const year = (month - inYear) / 12
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The day of the week, Monday = 0. */
export const weekdayOf = (day: number): number => modulo(day + 3, 7)

/** The number of the ISO week, Monday first, that a day is in; only differences mean something. */
export const weekOf = (day: number): number => Math.floor((day + 3) / 7)

/** The Monday of a week. */
export const mondayOf = (week: number): number => 7 * week - 3
