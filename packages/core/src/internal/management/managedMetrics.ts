/** Metrics of managed actors, by the dispatch type that the application manages: part of `Metrics`. */
import * as Instrument from "../../Instrument.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const actorsRunning = Instrument.gauge("dispatch_managed_actors_running", {
  description: "Managed actors that are up or wait to be tried again",
  unit: "actors",
  labels: [["type", "any"]],
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const actorsStarted = Instrument.counter("dispatch_managed_actor_starts_total", {
  description: "Starts of managed actors, those that follow a failure included",
  unit: "starts",
  labels: [["type", "any"]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const actorsFailed = Instrument.counter("dispatch_managed_actor_failures_total", {
  description: "Failures of managed actors and of what makes them",
  unit: "failures",
  labels: [["type", "any"]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const actorsRetried = Instrument.counter("dispatch_managed_actor_retries_total", {
  description: "Managed actors that were started again after a failure",
  unit: "starts",
  labels: [["type", "any"]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const stopsLate = Instrument.counter("dispatch_managed_actor_late_stops_total", {
  description: "Managed actors that had not ended within the limit after they were stopped",
  unit: "stops",
  labels: [["type", "any"]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const commandsTooLong = Instrument.counter("dispatch_managed_actor_commands_too_long_total", {
  description: "Commands whose actors took longer than their limit and were interrupted",
  unit: "commands",
  labels: [["type", "any"]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const payloadsUnusable = Instrument.counter("dispatch_payloads_unusable_total", {
  description: "Payloads that a managed type could not decode",
  unit: "payloads",
  labels: [["type", "any"]]
})
