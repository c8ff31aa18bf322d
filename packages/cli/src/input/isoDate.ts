/** Dates of ISO 8601, which a parser of instants may count on beyond the end of a month. */

const isoDate = /^(\d{4})-(\d{2})-(\d{2})/

/** True if a text begins with a day that the calendar has. */
export const isInCalendar = (text: string): boolean => {
  const [year = 0, month = 0, day = 0] = (isoDate.exec(text) ?? []).slice(1).map(Number)
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

const daysOf = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}
