/**
 * The metrics of the core. Every metric has its name and unit here and nowhere else.
 *
 * Several actors may live in one process: counts are of all of them together, ages those of the worst.
 *
 * @since 0.1.0
 */
import * as Instrument from "./Instrument.ts"
import * as Labels from "./internal/metricLabels.ts"

export * from "./internal/journal/journalMetrics.ts"
export * from "./internal/management/managedMetrics.ts"
export * from "./internal/sync/syncMetrics.ts"
export * from "./internal/subscribers/subscriberMetrics.ts"
export * from "./internal/site/recordMetrics.ts"

/**
 * @category metrics
 * @since 0.1.0
 */
export const clockOffset = Instrument.gauge("dispatch_clock_offset_seconds", {
  description: "The best guess of how far the service's clock is ahead of the local one",
  unit: "seconds",
  combination: "farthest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const clockOffsetAtLeast = Instrument.gauge("dispatch_clock_offset_at_least_seconds", {
  description: "By how much the service's clock and the local one differ for certain, whichever is ahead",
  unit: "seconds",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const dispatchesKnown = Instrument.gauge("dispatch_known_dispatches", {
  description: "Dispatches known that can be scheduled",
  unit: "dispatches",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const dispatchesUnschedulable = Instrument.gauge("dispatch_unschedulable_dispatches", {
  description: "Dispatches that exist at the service but cannot be read, and never run",
  unit: "dispatches",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const dispatchesRunning = Instrument.gauge("dispatch_running_dispatches", {
  description: "Dispatches that run at this moment, commands aside",
  unit: "dispatches",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const eventsPublished = Instrument.counter("dispatch_lifecycle_events_total", {
  description: "Lifecycle events published",
  unit: "events",
  labels: [["event", Labels.eventKinds]]
})

/**
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, Metrics, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Metric } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, microgridId } = yield* Dispatcher.Dispatcher
 *   const starts = Effect.map(Metric.value(Metrics.changesPublished.at("Running", "Created")), (s) => s.count)
 *   const before = yield* starts
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) })
 *   yield* TestClock.adjust("1 second")
 *   assert.strictEqual(yield* starts, before + 1)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.provide(program, Site))
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const changesPublished = Instrument.counter("dispatch_running_state_changes_total", {
  description: "Starts, reconfigurations (Running) and stops (Stopped) published",
  unit: "changes",
  labels: [
    ["state", Labels.states],
    ["cause", Labels.changeCauses]
  ]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const lateness = Instrument.histogram("dispatch_lateness_seconds", {
  description:
    "Time from its instant until a scheduled start or stop was published, any necessary write included",
  unit: "seconds",
  labels: [["state", Labels.states]],
  boundaries: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const edgesUntraced = Instrument.counter("dispatch_edges_untraced_total", {
  description: "Edges left out of the traces because there were too many within a second",
  unit: "edges"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const runsMissed = Instrument.counter("dispatch_runs_missed_total", {
  description: "Occurrences that came and went unannounced",
  unit: "runs",
  labels: [["reason", Labels.missedReasons]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const recoveredStopsUntaken = Instrument.counter("dispatch_recovered_stops_untaken_total", {
  description:
    "Stops of what an earlier process had announced that no subscriber took in the time they are kept",
  unit: "stops"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const executionsForgotten = Instrument.counter("dispatch_executions_forgotten_total", {
  description:
    "Times that executions of commands were forgotten: ranges joined, or those of an id that is gone",
  unit: "times",
  labels: [["kind", ["Joined", "Gone"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const outboxLength = Instrument.gauge("dispatch_outbox_starts", {
  description: "Commands and starts that wait to be noted before they are told, of the actor with the most",
  unit: "starts",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const wakeUps = Instrument.counter("dispatch_wake_ups_total", {
  description: "Turns of the timer: something was due, or it looked at the clock and at what was rescheduled",
  unit: "turns",
  labels: [["reason", ["Due", "Look"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const clockSteps = Instrument.counter("dispatch_clock_steps_total", {
  description: "Steps of the local clock of more than a second; a suspended machine steps forward",
  unit: "steps",
  labels: [["direction", ["Back", "Forward"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const inboxLength = Instrument.gauge("dispatch_inbox_messages", {
  description: "Messages that wait for the actor with the most; too many slow its event stream down",
  unit: "messages",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const supervisedFailures = Instrument.counter("dispatch_supervised_failures_total", {
  description: "Times that the logic of a supervised actor failed, which starts it again",
  unit: "failures"
})
