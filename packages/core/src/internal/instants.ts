/** Instants: those of the wire are the years 1 to 9999 in epoch milliseconds, in whole seconds at the end. */

import { DateTime } from "effect"

/** The first second of the year 1. */
export const earliestInstant = -62_135_596_800_000

/** The last second of the year 9999, where all rules end. */
export const latestInstant = 253_402_300_799_000

/** An instant of so many epoch milliseconds: the known one, if it is that. Many are the same. */
export const instantAt = (known: DateTime.Utc, millis: number): DateTime.Utc =>
  known.epochMilliseconds === millis ? known : DateTime.makeUnsafe(millis)
