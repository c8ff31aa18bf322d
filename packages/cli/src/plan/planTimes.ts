/** Times and zones of a plan. A file may be read anywhere: what it says is the same instant everywhere. */
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import { DateTime, Option, Result } from "effect"
import { dayOf } from "../input/exceptions.ts"
import { isInCalendar } from "../input/isoDate.ts"
import { parseZone, utcClock } from "../input/zone.ts"

/** A value, or the fault of it. */
export type Read<A> = Result.Result<A, string>

/** A value as it is written. */
export const shown = (value: unknown): string => JSON.stringify(value)

/** Reads the name of a zone. */
export const zoneOf = (name: string): Read<LocalClock> =>
  Result.mapError(parseZone(name), (fault) => `${shown(name)} ${fault}`)

const hasOffset = /(Z|[+-]\d\d:\d\d)$/
const isDay = /^\d{4}-\d\d-\d\d$/

/** Reads a time; without an offset it is on the clock of the plan. */
export const instantOf = (text: string, clock: LocalClock | undefined): Read<DateTime.Utc> => {
  if (!isInCalendar(text)) return Result.fail(notInCalendar(text))
  const iso = text.replace(" ", "T")
  const isExact = hasOffset.test(iso)
  if (!isExact && clock === undefined) {
    return Result.fail(`${shown(text)} needs an offset, as in ${iso}Z, or the plan a zone in defaults`)
  }
  const read = Option.map(DateTime.make(isExact ? iso : `${iso}Z`), DateTime.toUtc)
  if (Option.isNone(read)) return Result.fail(`${shown(text)} is not a time`)
  return isExact || clock === undefined ? Result.succeed(read.value) : onClock(read.value, clock, text)
}

const notInCalendar = (text: string): string => `${shown(text)} is not in the calendar`

/** A person may mean either of two instants, and none where the clock leaps: neither is guessed. */
const onClock = (reading: DateTime.Utc, clock: LocalClock, text: string): Read<DateTime.Utc> => {
  const millis = ((reading.epochMilliseconds % 1_000) + 1_000) % 1_000
  const { at, shown: times } = clock.timeOf((reading.epochMilliseconds - millis) / 1_000)
  return times === "Once"
    ? Result.succeed(DateTime.add(at, { milliseconds: millis }))
    : Result.fail(
        `${shown(text)} is no instant in ${clock.timeZone}, or two, when its clocks change; write it with an offset`
      )
}

/** A time, or a day of which all is meant. */
export type TimeOrDay =
  | { readonly _tag: "Time"; readonly at: DateTime.Utc }
  /** A day by its number, as clocks show it. */
  | { readonly _tag: "Day"; readonly day: number }

/** Reads a time or a day. */
export const timeOrDayOf = (text: string, clock: LocalClock | undefined): Read<TimeOrDay> => {
  if (!isDay.test(text)) return Result.map(instantOf(text, clock), (at) => ({ _tag: "Time", at }))
  return isInCalendar(text)
    ? Result.succeed({ _tag: "Day", day: dayOf(DateTime.makeUnsafe(`${text}T00:00Z`), utcClock) })
    : Result.fail(notInCalendar(text))
}
