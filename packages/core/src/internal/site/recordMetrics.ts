/** Metrics of the records that outlive the process: part of `Metrics`. */
import * as Instrument from "../../Instrument.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const persistenceFailures = Instrument.counter("dispatch_persistence_failures_total", {
  description: "Times that what is known of a site could not be read or written, or was found damaged",
  unit: "failures"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const persistenceGivenUp = Instrument.counter("dispatch_persistence_given_up_total", {
  description:
    "Times that a read or write of what is known of a site was given up, since the store did not answer",
  unit: "operations"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const notesRefused = Instrument.counter("dispatch_persistence_notes_refused_total", {
  description: "Times that a slice was told without a note, since as many notes lay in the store as may",
  unit: "notes"
})

/**
 * Dispatches that are gone, and were forgotten while older records that may have them were not read.
 *
 * @category metrics
 * @since 0.1.0
 */
export const strikesForgotten = Instrument.counter("dispatch_persistence_strikes_forgotten_total", {
  description:
    "Dispatches that are gone and were forgotten, beyond a limit, while older records of them could not be read",
  unit: "dispatches"
})

/**
 * Contents with which a dispatch was told, and that were forgotten while older records were not read.
 *
 * @category metrics
 * @since 0.1.0
 */
export const contentsForgotten = Instrument.counter("dispatch_persistence_contents_forgotten_total", {
  description:
    "Contents with which a dispatch was told and that were forgotten, beyond a limit, while older records of it could not be read",
  unit: "contents"
})
