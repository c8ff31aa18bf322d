/**
 * Instants: `google.protobuf.Timestamp` and back.
 *
 * The model keeps milliseconds, except for `updateTime`, which keeps nanoseconds.
 */
import { create } from "@bufbuild/protobuf"
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt"
import { DateTime } from "effect"
import { type Coded, refuse } from "./coded.ts"

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the range of a timestamp. */
const secondsMin = -62_135_596_800n
const secondsMax = 253_402_300_799n
const nanosPerSecond = 1_000_000_000

const check = (timestamp: Timestamp | undefined, path: string): Coded<Timestamp> => {
  if (timestamp === undefined) return refuse(path, "an instant is required")
  const { nanos, seconds } = timestamp
  if (seconds < secondsMin || seconds > secondsMax || nanos < 0 || nanos >= nanosPerSecond) {
    return refuse(
      path,
      "the instant is outside the years 1 to 9999, or its nanoseconds are not from 0 to 999,999,999"
    )
  }
  return timestamp
}

/** Reads an instant in milliseconds; finer digits are cut off. */
export const decode = (timestamp: Timestamp | undefined, path: string): Coded<DateTime.Utc> => {
  const checked = check(timestamp, path)
  if ("path" in checked) return checked
  return DateTime.makeUnsafe(Number(checked.seconds) * 1_000 + Math.floor(checked.nanos / 1_000_000))
}

/** Reads an instant in nanoseconds since 1970 UTC. */
export const decodeNanos = (timestamp: Timestamp | undefined, path: string): Coded<bigint> => {
  const checked = check(timestamp, path)
  return "path" in checked ? checked : checked.seconds * BigInt(nanosPerSecond) + BigInt(checked.nanos)
}

/** Writes an instant. */
export const encode = (instant: DateTime.Utc, path: string): Coded<Timestamp> => {
  const millis = instant.epochMilliseconds
  const seconds = Math.floor(millis / 1_000)
  return make(BigInt(seconds), Math.round((millis - seconds * 1_000) * 1_000_000), path)
}

/** Writes an instant given in nanoseconds since 1970 UTC. */
export const encodeNanos = (nanoseconds: bigint, path: string): Coded<Timestamp> => {
  const divisor = BigInt(nanosPerSecond)
  const nanos = ((nanoseconds % divisor) + divisor) % divisor
  return make((nanoseconds - nanos) / divisor, Number(nanos), path)
}

const make = (seconds: bigint, nanos: number, path: string): Coded<Timestamp> =>
  check(create(TimestampSchema, { seconds, nanos }), path)
