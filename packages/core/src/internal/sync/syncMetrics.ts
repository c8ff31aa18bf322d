/** Metrics of staying in sync with the service: part of `Metrics`. */
import * as Instrument from "../../Instrument.ts"
import * as Labels from "../metricLabels.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const syncActors = Instrument.gauge("dispatch_sync_actors", {
  description: "Dispatching actors, by how well they know what the service holds",
  unit: "actors",
  labels: [["phase", Labels.phases]],
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const syncPhaseAge = Instrument.gauge("dispatch_sync_phase_age_seconds", {
  description: "For how long an actor has been in this phase; 0 while none is",
  unit: "seconds",
  labels: [["phase", Labels.phases]],
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const listingAge = Instrument.gauge("dispatch_sync_listing_age_seconds", {
  description: "Time since the last whole listing was applied, or since the start while there was none",
  unit: "seconds",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const streamAge = Instrument.gauge("dispatch_sync_stream_age_seconds", {
  description: "Age of the oldest event stream that is open; 0 while none is",
  unit: "seconds",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const listings = Instrument.counter("dispatch_sync_listings_total", {
  description: "Listings begun, by why",
  unit: "listings",
  labels: [["reason", Labels.listingReasons]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const listingsFailed = Instrument.counter("dispatch_sync_listing_failures_total", {
  description: "Listings that failed, by the reason of the failure",
  unit: "listings",
  labels: [["reason", [...Labels.failureReasons, "Defect"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reconnects = Instrument.counter("dispatch_sync_reconnects_total", {
  description: "Event streams that ended or could not be opened, by why, each followed by another attempt",
  unit: "streams",
  labels: [["reason", ["Ended", ...Labels.failureReasons, "Defect"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const asksFailed = Instrument.counter("dispatch_sync_ask_failures_total", {
  description: "Calls that asked for dispatches in doubt and failed, by the reason of the failure",
  unit: "calls",
  labels: [["reason", [...Labels.failureReasons, "Defect"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const doubtsLeft = Instrument.counter("dispatch_sync_doubts_left_total", {
  description: "Dispatches in doubt that were too many to wait, and were left to another listing",
  unit: "dispatches"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const anomalies = Instrument.counter("dispatch_anomalies_total", {
  description: "Versions, events and listings that were not simply applied",
  unit: "anomalies",
  labels: [["anomaly", Labels.anomalyNames]]
})
