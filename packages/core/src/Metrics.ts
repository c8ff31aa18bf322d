/**
 * What the core counts. Every metric has its name and unit here and nowhere else.
 *
 * @since 0.1.0
 */
import { type Context, Metric } from "effect"
import type { Anomaly } from "./MirrorOutcome.ts"
import type { MissedRun, RunningStateChange } from "./RunningStateChange.ts"

/**
 * Running-state changes published, by `state` and `cause`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const changesPublished = Metric.counter("dispatch_running_state_changes_total", {
  description: "Running-state changes published",
  incremental: true
})

/**
 * Occurrences that came and went unannounced.
 *
 * @category metrics
 * @since 0.1.0
 */
export const runsMissed = Metric.counter("dispatch_runs_missed_total", {
  description: "Occurrences that came and went unannounced",
  incremental: true
})

/**
 * Versions, events and listings that were not simply applied, by `anomaly`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const anomalies = Metric.counter("dispatch_anomalies_total", {
  description: "Versions, events and listings that were not simply applied",
  incremental: true
})

/**
 * Ends of event streams and failures of listings.
 *
 * @category metrics
 * @since 0.1.0
 */
export const syncBroken = Metric.counter("dispatch_sync_broken_total", {
  description: "Ends of event streams and failures of listings",
  incremental: true
})

/**
 * Values that a slow subscriber did not get one by one.
 *
 * @category metrics
 * @since 0.1.0
 */
export const valuesConflated = Metric.counter("dispatch_values_conflated_total", {
  description: "Values that a slow subscriber did not get one by one",
  incremental: true
})

/**
 * Starts of managed actors, those that follow a failure included, by `type`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const actorsStarted = Metric.counter("dispatch_managed_actor_starts_total", {
  description: "Starts of managed actors, those that follow a failure included",
  incremental: true
})

/**
 * Failures of managed actors and of what makes them, by `type`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const actorsFailed = Metric.counter("dispatch_managed_actor_failures_total", {
  description: "Failures of managed actors and of what makes them",
  incremental: true
})

/**
 * Managed actors that had not ended within the limit after they were stopped, by `type`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const stopsLate = Metric.counter("dispatch_managed_actor_late_stops_total", {
  description: "Managed actors that had not ended within the limit after they were stopped",
  incremental: true
})

/**
 * Payloads that a managed type could not decode, by `type`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const payloadsUnusable = Metric.counter("dispatch_payloads_unusable_total", {
  description: "Payloads that a managed type could not decode",
  incremental: true
})

/** Counts a published change; `context` is where metrics are registered. @internal */
export const countChange = (change: RunningStateChange, context: Context.Context<never>): void =>
  Metric.withAttributes(changesPublished, { state: change.state, cause: change.cause }).updateUnsafe(
    1,
    context
  )

/** Counts missed occurrences. @internal */
export const countMissed = (missed: MissedRun, context: Context.Context<never>): void =>
  Metric.withAttributes(runsMissed, { reason: missed.reason }).updateUnsafe(
    missed._tag === "MissedRuns" ? missed.count : 1,
    context
  )

/** Counts an anomaly. @internal */
export const countAnomaly = (anomaly: Anomaly, context: Context.Context<never>): void =>
  Metric.withAttributes(anomalies, { anomaly }).updateUnsafe(1, context)
