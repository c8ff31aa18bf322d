/** Metrics of the journal: part of `Metrics`. */
import * as Instrument from "../../Instrument.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const journalEntriesWritten = Instrument.counter("dispatch_journal_entries_total", {
  description: "Entries written into journals",
  unit: "entries"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const journalEntriesLost = Instrument.counter("dispatch_journal_entries_lost_total", {
  description: "Entries that had no room in a journal, since as many waited to be written as may",
  unit: "entries"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const journalFailures = Instrument.counter("dispatch_journal_failures_total", {
  description: "Times that a journal could not be opened or written; it is tried again",
  unit: "failures"
})
