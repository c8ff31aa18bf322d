/** The instants of the wire, in epoch milliseconds: the years 1 to 9999, in whole seconds at the end. */

/** The first second of the year 1. */
export const earliestInstant = -62_135_596_800_000

/** The last second of the year 9999, where all rules end. */
export const latestInstant = 253_402_300_799_000
