/** The package `rrule`: the RRULE line of rules. Its modules for Node and for bundlers export the same differently. */
import * as library from "rrule"

/** Its classes of rules and of days of the week. */
export const { RRule, Weekday: LibraryWeekday } = Object.hasOwn(library, "RRule") ? library : library.default
