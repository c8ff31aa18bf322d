/** The allowed duration of a run, and the ways an application may write it. */
import { Duration, Option, Result } from "effect"
import { inWords } from "./inWords.ts"
import { unsigned32Max } from "./unsigned32.ts"

/**
 * The longest run that ends, in seconds: the largest unsigned 32-bit number. A longer one is refused with
 * `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const durationSecondsMax: number = unsigned32Max

/** True if a run may last so long. */
export const isRunDuration = (duration: Duration.Duration): boolean => {
  const seconds = Duration.toSeconds(duration)
  return seconds === Infinity
    ? !Duration.isFinite(duration)
    : Number.isInteger(seconds) && seconds >= 0 && seconds <= durationSecondsMax
}

/** Reads the value of an application, or says what is wrong with it. */
export const read = (given: unknown): Result.Result<Duration.Duration, string> => {
  const duration = readAny(given)
  if (Option.isNone(duration)) {
    return Result.fail(`${inWords(given)} is not a duration such as "10 minutes" or Duration.minutes(10)`)
  }
  return isRunDuration(duration.value)
    ? Result.succeed(duration.value)
    : Result.fail(
        `${Duration.toSeconds(duration.value)} s is not a whole number of seconds from 0 to ${durationSecondsMax.toLocaleString("en")}`
      )
}

/** Any length, also one that no run may have. Other values give none, and not zero, which is a command. */
export const readAny = (given: unknown): Option.Option<Duration.Duration> =>
  isOne(given) ? Duration.fromInput(given) : Option.none()

const units = ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]

/** Effect takes unknown values, such as NaN or an object without a unit, for zero. */
const isOne = (given: unknown): given is Duration.Input => {
  if (Duration.isDuration(given)) return true
  if (typeof given !== "object") return !Number.isNaN(given)
  if (given === null) return false
  if (Array.isArray(given)) return given.length === 2 && given.every(isNumber)
  const parts = Object.entries(given).filter(([, part]) => part !== undefined)
  return parts.length > 0 && parts.every(([unit, part]) => units.includes(unit) && isNumber(part))
}

const isNumber = (value: unknown): boolean => typeof value === "number" && !Number.isNaN(value)
