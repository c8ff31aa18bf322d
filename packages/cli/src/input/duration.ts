/** Lengths as people write them: `1h 30m`, `30 minutes`, `1w`, ISO 8601 `PT90M`, or seconds. */
import { durationSecondsMax } from "@effect-dispatch/core/SiteLimits"
import { Duration, Result } from "effect"

/** The forms that are understood, for messages. */
export const durationForms = "seconds (90), units (1h 30m, 30 minutes, 1w), or ISO 8601 (PT90M)"

/** The names of each unit, and its seconds. */
const unitTable: ReadonlyArray<readonly [names: string, seconds: number]> = [
  ["w|wk|wks|week|weeks", 604_800],
  ["d|day|days", 86_400],
  ["h|hr|hrs|hour|hours", 3_600],
  ["m|min|mins|minute|minutes", 60],
  ["s|sec|secs|second|seconds", 1]
]

const secondsPerUnit = new Map(
  unitTable.flatMap(([names, seconds]) => names.split("|").map((name) => [name, seconds] as const))
)

const isoDuration = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/
const units = /^\d+\s*[a-z]+(?:\s*(?:,|and\b)?\s*\d+\s*[a-z]+)*$/

/** Reads a length of whole seconds. */
export const parseDuration = (text: string): Result.Result<Duration.Duration, string> => {
  const trimmed = text.trim()
  if (/^\d+$/.test(trimmed)) return limited(Number(trimmed))
  const seconds = isoSeconds(trimmed.toUpperCase()) ?? unitSeconds(trimmed.toLowerCase())
  return seconds === undefined
    ? Result.fail(`is not understood as a duration; use ${durationForms}`)
    : limited(seconds)
}

const isoSeconds = (text: string): number | undefined => {
  const parts = isoDuration.exec(text)?.slice(1)
  if (parts === undefined || parts.every((part) => part === undefined)) return undefined
  return parts.reduce((sum, part, index) => sum + Number(part ?? 0) * (unitTable[index]?.[1] ?? 0), 0)
}

const unitSeconds = (text: string): number | undefined => {
  if (!units.test(text)) return undefined
  let total = 0
  for (const [, number, unit = ""] of text.matchAll(/(\d+)\s*([a-z]+)/g)) {
    total += Number(number) * (secondsPerUnit.get(unit) ?? Number.NaN)
  }
  return Number.isNaN(total) ? undefined : total
}

const limited = (seconds: number): Result.Result<Duration.Duration, string> =>
  seconds <= durationSecondsMax
    ? Result.succeed(Duration.seconds(seconds))
    : Result.fail(`is longer than ${durationSecondsMax} seconds; leave the duration out to run until stopped`)
