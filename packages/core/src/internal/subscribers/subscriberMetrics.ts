/** Metrics of subscribers: part of `Metrics`. */
import * as Instrument from "../../Instrument.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const subscribers = Instrument.gauge("dispatch_subscribers", {
  description: "Subscriptions to events, changes and missed runs",
  unit: "subscriptions",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const subscriberLag = Instrument.gauge("dispatch_subscriber_lag_values", {
  description: "Values that wait for the subscriber that is farthest behind",
  unit: "values",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const valuesConflated = Instrument.counter("dispatch_values_conflated_total", {
  description: "Values that a slow subscriber did not get one by one; of missed runs, not at all",
  unit: "values",
  labels: [["kind", ["Change", "Event", "MissedRun"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const mergeFailures = Instrument.counter("dispatch_merge_failures_total", {
  description: "Versions that a merge strategy left out, because it threw or gave no identity",
  unit: "versions"
})
