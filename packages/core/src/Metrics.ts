/**
 * What the core counts and measures. Every metric has its name and unit here and nowhere else.
 *
 * Several actors may live in one process: counts are of all of them together, ages those of the worst.
 *
 * @since 0.1.0
 */
import * as Instrument from "./Instrument.ts"
import * as Labels from "./internal/metricLabels.ts"

export * from "./internal/managing/managedMetrics.ts"
export * from "./internal/site/recordMetrics.ts"

/**
 * Dispatching actors, by how well they know what the service holds.
 *
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
 * For how long actors have been in a phase: the one that has been longest.
 *
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
 * Time since the last whole listing, or since the start while there was none.
 *
 * @category metrics
 * @since 0.1.0
 */
export const listingAge = Instrument.gauge("dispatch_sync_listing_age_seconds", {
  description: "Time since the last whole listing was applied, or since the start while there was none",
  unit: "seconds",
  combination: "largest"
})

/**
 * Age of the oldest event stream that is open.
 *
 * @category metrics
 * @since 0.1.0
 */
export const streamAge = Instrument.gauge("dispatch_sync_stream_age_seconds", {
  description: "Age of the oldest event stream that is open; 0 while none is",
  unit: "seconds",
  combination: "largest"
})

/**
 * The service's clock against the local one, as far as its answers tell.
 *
 * @category metrics
 * @since 0.1.0
 */
export const clockOffset = Instrument.gauge("dispatch_clock_offset_seconds", {
  description: "The best guess of how far the service's clock is ahead of the local one",
  unit: "seconds",
  combination: "farthest"
})

/**
 * By how much the clocks differ at least.
 *
 * @category metrics
 * @since 0.1.0
 */
export const clockOffsetAtLeast = Instrument.gauge("dispatch_clock_offset_at_least_seconds", {
  description: "By how much the service's clock and the local one differ for certain, whichever is ahead",
  unit: "seconds",
  combination: "largest"
})

/**
 * Listings begun, by why.
 *
 * @category metrics
 * @since 0.1.0
 */
export const listings = Instrument.counter("dispatch_sync_listings_total", {
  description: "Listings begun, by why",
  unit: "listings",
  labels: [["reason", Labels.listingReasons]]
})

/**
 * Listings that failed, by the reason of the failure.
 *
 * @category metrics
 * @since 0.1.0
 */
export const listingsFailed = Instrument.counter("dispatch_sync_listing_failures_total", {
  description: "Listings that failed, by the reason of the failure",
  unit: "listings",
  labels: [["reason", [...Labels.failureReasons, "Defect"]]]
})

/**
 * Event streams that ended, or could not be opened, and were opened again: `Ended` by the service, or a failure.
 *
 * @category metrics
 * @since 0.1.0
 */
export const reconnects = Instrument.counter("dispatch_sync_reconnects_total", {
  description: "Event streams that ended or could not be opened, by why, each followed by another attempt",
  unit: "streams",
  labels: [["reason", ["Ended", ...Labels.failureReasons, "Defect"]]]
})

/**
 * Calls that asked for dispatches in doubt and failed, by the reason of the failure.
 *
 * @category metrics
 * @since 0.1.0
 */
export const asksFailed = Instrument.counter("dispatch_sync_ask_failures_total", {
  description: "Calls that asked for dispatches in doubt and failed, by the reason of the failure",
  unit: "calls",
  labels: [["reason", [...Labels.failureReasons, "Defect"]]]
})

/**
 * Dispatches in doubt beyond the limit of those that wait, which are left to the next listing.
 *
 * @category metrics
 * @since 0.1.0
 */
export const doubtsLeft = Instrument.counter("dispatch_sync_doubts_left_total", {
  description: "Dispatches in doubt that were too many to wait, and were left to another listing",
  unit: "dispatches"
})

/**
 * Versions, events and listings that were not simply applied, by `anomaly`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const anomalies = Instrument.counter("dispatch_anomalies_total", {
  description: "Versions, events and listings that were not simply applied",
  unit: "anomalies",
  labels: [["anomaly", Labels.anomalyNames]]
})

/**
 * Dispatches known that can be scheduled.
 *
 * @category metrics
 * @since 0.1.0
 */
export const dispatchesKnown = Instrument.gauge("dispatch_known_dispatches", {
  description: "Dispatches known that can be scheduled",
  unit: "dispatches",
  combination: "sum"
})

/**
 * Dispatches that exist at the service but cannot be read, and never run.
 *
 * @category metrics
 * @since 0.1.0
 */
export const dispatchesUnschedulable = Instrument.gauge("dispatch_unschedulable_dispatches", {
  description: "Dispatches that exist at the service but cannot be read, and never run",
  unit: "dispatches",
  combination: "sum"
})

/**
 * Dispatches that run at this moment, commands aside.
 *
 * @category metrics
 * @since 0.1.0
 */
export const dispatchesRunning = Instrument.gauge("dispatch_running_dispatches", {
  description: "Dispatches that run at this moment",
  unit: "dispatches",
  combination: "sum"
})

/**
 * Lifecycle events published.
 *
 * @category metrics
 * @since 0.1.0
 */
export const eventsPublished = Instrument.counter("dispatch_lifecycle_events_total", {
  description: "Lifecycle events published",
  unit: "events",
  labels: [["event", Labels.eventKinds]]
})

/**
 * Running-state changes published, by `state` and `cause`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const changesPublished = Instrument.counter("dispatch_running_state_changes_total", {
  description: "Starts, reconfigurations (Running) and stops (Stopped) published",
  unit: "changes",
  labels: [
    ["state", Labels.states],
    ["cause", Labels.causes]
  ]
})

/**
 * How long after its instant a scheduled start or stop was published, once what must be written before it was.
 *
 * @category metrics
 * @since 0.1.0
 */
export const lateness = Instrument.histogram("dispatch_lateness_seconds", {
  description: "How long after its instant a scheduled start or stop was published",
  unit: "seconds",
  labels: [["state", Labels.states]],
  boundaries: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
})

/**
 * Starts and stops that have no span, because more than a hundred were published within a second.
 *
 * @category metrics
 * @since 0.1.0
 */
export const edgesUntraced = Instrument.counter("dispatch_edges_untraced_total", {
  description: "Edges left out of the traces because there were too many within a second",
  unit: "edges"
})

/**
 * Occurrences that came and went unannounced, by why.
 *
 * @category metrics
 * @since 0.1.0
 */
export const runsMissed = Instrument.counter("dispatch_runs_missed_total", {
  description: "Occurrences that came and went unannounced",
  unit: "runs",
  labels: [["reason", Labels.missedReasons]]
})

/**
 * Stops of what an earlier process had announced that no subscriber took in the time they are kept.
 *
 * @category metrics
 * @since 0.1.0
 */
export const recoveredStopsUntaken = Instrument.counter("dispatch_recovered_stops_untaken_total", {
  description: "Stops of what an earlier process had announced that no subscriber took in the time they are kept",
  unit: "stops"
})

/**
 * What is not remembered any more of executed commands: ranges that were joined, or ids that are gone.
 *
 * @category metrics
 * @since 0.1.0
 */
export const executionsForgotten = Instrument.counter("dispatch_executions_forgotten_total", {
  description: "Times that executions of commands were forgotten: ranges joined, or those of an id that is gone",
  unit: "times",
  labels: [["kind", ["Joined", "Gone"]]]
})

/**
 * Commands and starts that are decided and wait to be noted.
 *
 * @category metrics
 * @since 0.1.0
 */
export const outboxLength = Instrument.gauge("dispatch_outbox_starts", {
  description: "Commands and starts that wait to be noted before they are told, of the actor with the most",
  unit: "starts",
  combination: "largest"
})

/**
 * Turns of the timer: because something was due, or to look at the wall clock and what has been rescheduled.
 *
 * @category metrics
 * @since 0.1.0
 */
export const wakeUps = Instrument.counter("dispatch_wake_ups_total", {
  description: "Turns of the timer: something was due, or it looked at the clock and at what was rescheduled",
  unit: "turns",
  labels: [["reason", ["Due", "Look"]]]
})

/**
 * Steps of the wall clock: set back, or found ahead of the timers (set forward, or the machine was suspended).
 *
 * @category metrics
 * @since 0.1.0
 */
export const clockSteps = Instrument.counter("dispatch_clock_steps_total", {
  description: "Steps of the local clock of more than a second; a suspended machine steps forward",
  unit: "steps",
  labels: [["direction", ["Back", "Forward"]]]
})

/**
 * Messages that wait for actors, which read the event stream more slowly when there are too many.
 *
 * @category metrics
 * @since 0.1.0
 */
export const inboxLength = Instrument.gauge("dispatch_inbox_messages", {
  description: "Messages that wait for the actor with the most",
  unit: "messages",
  combination: "largest"
})

/**
 * Subscriptions to actors.
 *
 * @category metrics
 * @since 0.1.0
 */
export const subscribers = Instrument.gauge("dispatch_subscribers", {
  description: "Subscriptions to events, changes and missed runs",
  unit: "subscriptions",
  combination: "sum"
})

/**
 * Values that wait for the slowest subscriber.
 *
 * @category metrics
 * @since 0.1.0
 */
export const subscriberLag = Instrument.gauge("dispatch_subscriber_lag_values", {
  description: "Values that wait for the subscriber that is farthest behind",
  unit: "values",
  combination: "largest"
})

/**
 * Values that a slow subscriber did not get one by one, or not at all.
 *
 * @category metrics
 * @since 0.1.0
 */
export const valuesConflated = Instrument.counter("dispatch_values_conflated_total", {
  description: "Values that a slow subscriber did not get one by one; of missed runs, not at all",
  unit: "values",
  labels: [["kind", ["Change", "Event", "MissedRun"]]]
})

/**
 * Versions that a merge strategy left out: it threw, or gave no identity.
 *
 * @category metrics
 * @since 0.1.0
 */
export const mergeFailures = Instrument.counter("dispatch_merge_failures_total", {
  description: "Versions that a merge strategy left out, because it threw or gave no identity",
  unit: "versions"
})

/**
 * Times that the logic of a supervised actor failed.
 *
 * @category metrics
 * @since 0.1.0
 */
export const supervisedFailures = Instrument.counter("dispatch_supervised_failures_total", {
  description: "Times that the logic of a supervised actor failed, which starts it again",
  unit: "failures"
})
