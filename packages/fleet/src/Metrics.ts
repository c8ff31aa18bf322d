/**
 * The metrics of a process of a fleet. Every metric has its name and unit here and nowhere else.
 *
 * @since 0.1.0
 */
import * as Instrument from "@effect-dispatch/core/Instrument"

/**
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Metrics } from "@effect-dispatch/fleet"
 * import { Instrument } from "@effect-dispatch/core"
 * import { Effect, Metric } from "effect"
 *
 * const program = Effect.andThen(Instrument.declare([Metrics.activations]), Metric.snapshot)
 * const shown = await Effect.runPromise(program)
 * assert.ok(shown.some(({ id }) => id === Metrics.activations.name))
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const activations = Instrument.counter("dispatch_fleet_activations_total", {
  description: "Microgrids that this process has taken over, again ones included",
  unit: "microgrids"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const siteCount = Instrument.gauge("dispatch_fleet_microgrids", {
  description: "Microgrids whose actor runs in this process",
  unit: "microgrids",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const bucketCount = Instrument.gauge("dispatch_fleet_buckets", {
  description: "Buckets that this process has",
  unit: "buckets",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const leaseAge = Instrument.gauge("dispatch_fleet_lease_age_seconds", {
  description: "The time since the database confirmed the locks of this process; 0 before the first time",
  unit: "seconds",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const sitesEnded = Instrument.counter("dispatch_fleet_sites_ended_total", {
  description:
    "Actors that ended: moved with their bucket, no longer wanted, replaced by another process, or by a defect",
  unit: "actors",
  labels: [["reason", ["Moved", "Unwanted", "Replaced", "Defect"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const codeFailures = Instrument.counter("dispatch_fleet_code_failures_total", {
  description: "Failures to build the application's code of a site; it is tried again",
  unit: "failures"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const codeLate = Instrument.counter("dispatch_fleet_code_late_total", {
  description:
    "Actors that began without the application's code beside them, because it was not built in time",
  unit: "actors"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const abandoned = Instrument.counter("dispatch_fleet_sites_abandoned_total", {
  description:
    "Sites whose finalizers took too long, so that their bucket was given away without waiting for them",
  unit: "sites"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const pauses = Instrument.counter("dispatch_fleet_pauses_total", {
  description: "Pauses of this process after which it asked what it still owns",
  unit: "pauses"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const looksFailed = Instrument.counter("dispatch_fleet_looks_failed_total", {
  description: "Looks of a bucket at its microgrids that the database did not answer",
  unit: "looks"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const suspicions = Instrument.counter("dispatch_fleet_suspicions_total", {
  description: "Processes that this one judged: they died, or stood still",
  unit: "processes",
  labels: [["judgement", ["Dead", "Frozen"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const edgesLost = Instrument.counter("dispatch_fleet_edges_lost_total", {
  description: "Edges that are not in the database, because too many waited for it to answer",
  unit: "edges"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const restless = Instrument.counter("dispatch_fleet_restless_buckets_total", {
  description:
    "Moves of buckets that have moved again and again because their process died or did not answer",
  unit: "moves"
})
