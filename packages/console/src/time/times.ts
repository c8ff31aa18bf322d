/** Instants in words, in one zone. Every absolute time tells its offset. */
import { day, offsetText, two, type Zone } from "./zone.ts"

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** `14:05`, or `14:05:15` where there are seconds. */
export const clock = (zone: Zone, at: number): string => {
  const wall = new Date(zone.wall(at))
  const seconds = wall.getUTCSeconds()
  return `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}${seconds === 0 ? "" : `:${two(seconds)}`}`
}

/** `Sat 28 Nov`, with the year if it is another than that of `near`. */
export const date = (zone: Zone, at: number, near?: number): string => {
  const wall = new Date(zone.wall(at))
  const text = `${weekdays[wall.getUTCDay()]} ${wall.getUTCDate()} ${months[wall.getUTCMonth()]}`
  const isNear = near !== undefined && wall.getUTCFullYear() === new Date(zone.wall(near)).getUTCFullYear()
  return isNear ? text : `${text} ${wall.getUTCFullYear()}`
}

/** `Nov`, or `Nov 2026`. */
export const month = (zone: Zone, at: number, form: "short" | "with year"): string => {
  const wall = new Date(zone.wall(at))
  return `${months[wall.getUTCMonth()]}${form === "short" ? "" : ` ${wall.getUTCFullYear()}`}`
}

/** `Sat 28 Nov 14:05`; only the time if it is the day of `near`. */
export const moment = (zone: Zone, at: number, near: number): string =>
  sameDay(zone, at, near) ? clock(zone, at) : `${date(zone, at, near)} ${clock(zone, at)}`

/** `on Sat 28 Nov at 14:05`; only `at 14:05` if it is the day of `near`. */
export const when = (zone: Zone, at: number, near: number): string =>
  `${sameDay(zone, at, near) ? "" : `on ${date(zone, at, near)} `}at ${clock(zone, at)}`

/** `Sat 28 Nov 2026, 14:05 +01:00`. */
export const full = (zone: Zone, at: number): string =>
  `${date(zone, at)}, ${clock(zone, at)} ${offsetText(zone.offset(at))}`

/** `2026-11-28T13:05:00Z`. */
export const iso = (at: number): string => new Date(at).toISOString().replace(/\.000Z$/, "Z")

/** The second that an instant is in. */
export const wholeSecond = (at: number): number => Math.floor(at / 1_000) * 1_000

export const sameDay = (zone: Zone, one: number, other: number): boolean =>
  Math.floor(zone.wall(one) / day) === Math.floor(zone.wall(other) / day)

/** The days from an instant to the next Monday: from 1 to 7. */
export const daysToMonday = (zone: Zone, at: number): number => {
  const weekday = new Date(zone.wall(at)).getUTCDay()
  return ((7 - weekday) % 7) + 1
}

/** The value of a field for a date and a time: `2026-11-28T14:05:00`. */
export const fieldValue = (zone: Zone, at: number): string =>
  new Date(zone.wall(at)).toISOString().slice(0, 19)

/** The time on the wall that a field holds, or `undefined` while it holds none. */
export const wallOfField = (text: string): number | undefined => {
  const wall = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`)
  return Number.isNaN(wall) ? undefined : wall
}
