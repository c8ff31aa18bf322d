/** The package `rrule`: text and words of rules. Its modules for Node and for bundlers export the same differently. */
import * as library from "rrule"

/** Its class of rules. */
export const { RRule } = "RRule" in library ? library : (library as { default: typeof library }).default
