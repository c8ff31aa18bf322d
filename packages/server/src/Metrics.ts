/**
 * What the service counts, each with its unit.
 *
 * @since 0.1.0
 */
import { Effect, Metric } from "effect"
import type { Retained } from "./DispatchStore.ts"

/**
 * Calls that were refused before anything was looked up, by why: no valid key, no right, or a limit.
 *
 * @category metrics
 * @since 0.1.0
 */
export const refusals = Metric.counter("dispatch_service_refusals", {
  description: "Calls refused by access control",
  attributes: { unit: "calls" },
  incremental: true
})

/**
 * Records removed because they were kept for long enough, by what they are.
 *
 * @category metrics
 * @since 0.1.0
 */
export const pruned = Metric.counter("dispatch_service_pruned", {
  description: "Records removed by retention",
  attributes: { unit: "records" },
  incremental: true
})

/**
 * Event streams that are open.
 *
 * @category metrics
 * @since 0.1.0
 */
export const streams = Metric.gauge("dispatch_service_streams", {
  description: "Event streams open",
  attributes: { unit: "streams" }
})

/**
 * Streams that were ended because their readers fell too far behind.
 *
 * @category metrics
 * @since 0.1.0
 */
export const overruns = Metric.counter("dispatch_service_overruns", {
  description: "Event streams ended because their readers were too slow",
  attributes: { unit: "streams" },
  incremental: true
})

/** Counts a refusal. @internal */
export const refused = (why: "unauthenticated" | "permission" | "limit"): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(refusals, { why }), 1)

/** Counts what was removed. @internal */
export const removed = (what: Retained, count: number): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(pruned, { what }), count)
