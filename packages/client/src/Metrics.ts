/**
 * What a client counts. Every metric has its name and unit here and nowhere else.
 *
 * @since 0.1.0
 */
import { Metric } from "effect"

/**
 * Calls that were answered or failed, by `method` and `outcome`: `ok`, or the reason of the failure.
 *
 * @category metrics
 * @since 0.1.0
 */
export const callsEnded = Metric.counter("dispatch_client_calls_total", {
  description: "Calls that were answered or failed",
  incremental: true
})

/**
 * How long calls other than streams took, by `method`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const callDuration = Metric.timer("dispatch_client_call_duration", {
  description: "How long calls other than streams took"
})

/**
 * Calls that were tried again after a passing failure.
 *
 * @category metrics
 * @since 0.1.0
 */
export const callsRetried = Metric.counter("dispatch_client_retries_total", {
  description: "Calls that were tried again after a passing failure",
  incremental: true
})

/**
 * Pages that were too large and asked for again, half as long.
 *
 * @category metrics
 * @since 0.1.0
 */
export const pagesHalved = Metric.counter("dispatch_client_pages_halved_total", {
  description: "Pages that were too large and asked for again, half as long",
  incremental: true
})

/**
 * Events that had to wait because the reader's buffer was full.
 *
 * @category metrics
 * @since 0.1.0
 */
export const eventsDelayed = Metric.counter("dispatch_client_events_delayed_total", {
  description: "Events that had to wait because the reader's buffer was full",
  incremental: true
})

/**
 * Connections that were given up because they took too long to be made.
 *
 * @category metrics
 * @since 0.1.0
 */
export const connectionsGivenUp = Metric.counter("dispatch_client_connections_given_up_total", {
  description: "Connections that were given up because they took too long to be made",
  incremental: true
})
