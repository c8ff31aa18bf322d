/** Instants as people write them: `now`, ISO 8601, or in words, on the clock of a time zone. */
import * as chrono from "chrono-node/en"
import type { ClockTime, LocalClock } from "@effect-dispatch/core/LocalClock"
import { DateTime, Result } from "effect"
import { isInCalendar } from "./isoDate.ts"

/** The forms that are understood, for messages. */
export const instantForms =
  'now, a date and time such as 2026-03-01T08:00, or words such as "in 10 minutes" or "tomorrow 8:00"'

/** A time that was given. */
export interface GivenTime extends ClockTime {
  /** It was given as a day alone; then it is the beginning of that day. */
  readonly isDay: boolean
}

const isoDateAlone = /^\d{4}-\d{2}-\d{2}$/
const isoDateTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/

/**
 * Reads an instant; `now` is epoch milliseconds. Without a zone of its own it is on the given clock, a date alone is the
 * beginning of that day, and a time of day or weekday alone is the next one, or the last one where the past is meant.
 */
export const parseInstant = (
  text: string,
  now: number,
  clock: LocalClock,
  meant: "next" | "last" = "next"
): Result.Result<GivenTime, string> => {
  const trimmed = text.trim()
  if (trimmed.toLowerCase() === "now") return Result.succeed(exactly(now))
  if (isoDateAlone.test(trimmed)) return inCalendar(trimmed, `${trimmed}T00:00`, clock)
  if (isoDateTime.test(trimmed)) return inCalendar(trimmed, trimmed.replace(" ", "T"), clock)
  const twoWays = readTwoWays(trimmed, DateTime.toPartsUtc(DateTime.makeUnsafe(now)).year)
  return twoWays === undefined ? parseInWords(trimmed, now, clock, meant) : Result.fail(twoWays)
}

const exactly = (millis: number): GivenTime => ({
  at: DateTime.makeUnsafe(millis),
  shown: "Once",
  isDay: false
})

/** The instant at which a clock shows a time, given in milliseconds as if it were UTC. */
const onClock = (
  clock: LocalClock,
  { isDay, millis }: { readonly millis: number; readonly isDay: boolean }
): GivenTime => {
  const { at, shown } = clock.timeOf(Math.floor(millis / 1_000))
  return { at: DateTime.add(at, { milliseconds: millis - 1_000 * Math.floor(millis / 1_000) }), shown, isDay }
}

/** Reads ISO 8601. The parser counts on beyond the end of a month, which a person does not mean. */
const inCalendar = (text: string, iso: string, clock: LocalClock): Result.Result<GivenTime, string> => {
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(iso.slice(10))
  const millis = Date.parse(hasZone ? iso : `${iso}Z`)
  if (!isInCalendar(text) || Number.isNaN(millis)) return Result.fail("is not in the calendar")
  return Result.succeed(
    hasZone ? exactly(millis) : onClock(clock, { millis, isDay: isoDateAlone.test(text) })
  )
}

/** Day and month in figures, of which either may be the month; a year before them says which. */
const readTwoWays = (text: string, thisYear: number): string | undefined => {
  const [, one = "", other = "", written = String(thisYear)] =
    /(?:^|(?<!\d{4})[/-]|[^\d:./-])(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?(?![\d:])/.exec(text) ?? []
  const [first, second] = [Number(one), Number(other)]
  if (first === second || first < 1 || second < 1 || first > 12 || second > 12) return undefined
  const year = written.length === 2 ? `20${written}` : written
  const iso = (month: number, day: number) =>
    `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`
  return `has a date that can be read two ways; write ${iso(second, first)} or ${iso(first, second)}`
}

type Components = ReturnType<typeof chrono.parse>[number]["start"]

const parseInWords = (
  text: string,
  now: number,
  clock: LocalClock,
  meant: "next" | "last"
): Result.Result<GivenTime, string> => {
  const [found] = chrono.parse(text, new Date(now), { forwardDate: true })
  if (found === undefined || found.text.trim().length !== text.length) {
    return Result.fail(`is not understood as a time; use ${instantForms}`)
  }
  if (found.end != null) return Result.fail("is two times; give one")
  // A distance in hours, or a zone of its own, means one instant, whatever a clock shows.
  const isDistance = found.start.tags().has("result/relativeDateAndTime")
  if (isDistance || found.start.isCertain("timezoneOffset")) return Result.succeed(exactly(+found.date()))
  const read = (at: number) => onClockOfWords(text, at, clock)
  const given = read(now)
  if (meant === "next" || given.at.epochMilliseconds <= now || /\bnext\b/i.test(text)) {
    return Result.succeed(given)
  }
  // The next one after a day or week ago is the last one, if the words leave the day open.
  const start = found.start
  const daysAgo = start.isCertain("day") ? 0 : start.isCertain("weekday") ? 7 : 1
  return Result.succeed(read(now - daysAgo * dayMillis))
}

const dayMillis = 86_400_000

/** Reads the words again with the date that the clock shows today. */
const onClockOfWords = (text: string, now: number, clock: LocalClock): GivenTime => {
  const instant = DateTime.makeUnsafe(now)
  const reference = { instant: new Date(now), timezone: Math.round(clock.offset(instant) / 60) }
  const start = chrono.parse(text, reference, { forwardDate: true })[0]?.start as Components
  const part = (name: Parameters<Components["get"]>[0]) => start.get(name) ?? 0
  const day = Date.UTC(part("year"), part("month") - 1, part("day"))
  const [minute, second] = [60 * part("hour") + part("minute"), part("second")]
  const ofDay = 1_000 * (60 * minute + second)
  const shownNow = 1_000 * (clock.reading(instant) % 86_400)
  // Noon or the present time of day was put in for a day alone.
  const isPutIn = ofDay === 12 * 3_600_000 || ofDay === shownNow
  const isDay = isPutIn && !start.isCertain("hour") && !/^in\b|\b(ago|later|from now)$/i.test(text)
  return onClock(clock, { millis: isDay ? day : day + ofDay + part("millisecond"), isDay })
}
