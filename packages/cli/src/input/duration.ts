/** Lengths as people write them: `1h 30m`, ISO 8601 `PT90M`, or seconds. */
import { Duration, Result } from "effect"

/** The forms that are understood, for messages. */
export const durationForms = "seconds (90), units (1h 30m), or ISO 8601 (PT90M)"

const secondsPerUnit: { readonly [unit: string]: number } = { d: 86_400, h: 3_600, m: 60, s: 1 }
const isoDuration = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/
const units = /^(?:\d+\s*[dhms]\s*)+$/

/** Reads a length of whole seconds. */
export const parseDuration = (text: string): Result.Result<Duration.Duration, string> => {
  const trimmed = text.trim()
  const lower = trimmed.toLowerCase()
  if (/^\d+$/.test(trimmed)) return limited(Number(trimmed))
  const iso = isoDuration.exec(trimmed.toUpperCase())
  if (iso !== null && iso.slice(1).some((part) => part !== undefined)) {
    const [days, hours, minutes, seconds] = iso.slice(1).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number
    ]
    return limited(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
  }
  if (!units.test(lower)) return Result.fail(`is not understood as a duration; use ${durationForms}`)
  let total = 0
  for (const [, number, unit] of lower.matchAll(/(\d+)\s*([dhms])/g)) {
    total += Number(number) * (secondsPerUnit[unit as string] as number)
  }
  return limited(total)
}

const limited = (seconds: number): Result.Result<Duration.Duration, string> =>
  seconds <= 4_294_967_295
    ? Result.succeed(Duration.seconds(seconds))
    : Result.fail("is longer than 4294967295 seconds; leave the duration out to run until stopped")
