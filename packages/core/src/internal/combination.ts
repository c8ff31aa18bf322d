/** Several readings of a gauge as one. */

/**
 * The way to combine several readings: their sum, the largest, or the one farthest from 0. Without any it is 0.
 *
 * @category models
 * @since 0.1.0
 */
export type Combination = "sum" | "largest" | "farthest"

/** A reading of each part. */
export function* valuesOf<Part>(
  parts: Iterable<Part>,
  read: (part: Part) => number
): Generator<number, void, void> {
  for (const part of parts) yield read(part)
}

export const combine = (combination: Combination, values: Iterable<number>): number => {
  let value = 0
  for (const next of values) {
    if (combination === "sum") value += next
    else if (combination === "largest") value = Math.max(value, next)
    else if (Math.abs(next) > Math.abs(value)) value = next
  }
  return value
}
