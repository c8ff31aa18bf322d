/**
 * The metrics of the service. Every metric has its name and unit here and nowhere else.
 *
 * @since 0.1.0
 */
import {
  consoleMethods,
  dispatchMethods,
  healthMethods,
  reportMethods
} from "@effect-dispatch/api/GrpcMethods"
import { statusNames } from "@effect-dispatch/api/GrpcStatus"
import * as Instrument from "@effect-dispatch/core/Instrument"
import { MissedReason } from "@effect-dispatch/core/RunningStateChange"
import type { Retained } from "./DispatchStore.ts"
import type { RetainedReports } from "./ReportStore.ts"

const ownMethods = [...dispatchMethods, ...consoleMethods, ...reportMethods]
const unaryMethods = ownMethods.filter((name) => !/^(Stream|Watch)/.test(name))
const methods = [...ownMethods, ...healthMethods]

/** Buckets for durations that ought to be milliseconds, in seconds. */
const latencies = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Metrics } from "@effect-dispatch/server"
 * import { Instrument } from "@effect-dispatch/core"
 * import { Effect, Metric } from "effect"
 *
 * const found = Metrics.calls.at("GetMicrogridDispatch", "NOT_FOUND")
 * const program = Effect.andThen(Instrument.declare([Metrics.calls]), Metric.snapshot)
 * const shown = (await Effect.runPromise(program)).filter(({ id }) => id === Metrics.calls.name)
 * assert.ok(shown.some(({ attributes }) => attributes?.["code"] === found.attributes?.["code"]))
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const calls = Instrument.counter("dispatch_service_calls_total", {
  description: "Calls that ended, by method and status of gRPC; an event stream counts when it ends",
  unit: "calls",
  labels: [
    ["method", methods],
    ["code", statusNames]
  ]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const callDuration = Instrument.histogram("dispatch_service_call_duration_seconds", {
  description: "Time that answers to calls other than streams took",
  unit: "seconds",
  labels: [["method", unaryMethods]],
  boundaries: latencies
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const callersRefused = Instrument.counter("dispatch_service_refusals_total", {
  description: "Calls refused by access control: no valid key, no right, or too many at once",
  unit: "calls",
  labels: [["reason", ["unauthenticated", "permission", "limit"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const sessions = Instrument.gauge("dispatch_service_sessions", {
  description: "HTTP/2 sessions that are open, of which there may be 4,096",
  unit: "sessions",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const sessionsCutOff = Instrument.counter("dispatch_service_sessions_cut_off_total", {
  description:
    "Sessions refused because there were too many (limit), or too many of strangers; or ended because nobody answered (silent), or had no call admitted (strangers, idle)",
  unit: "sessions",
  labels: [["reason", ["limit", "silent", "strangers", "idle"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const streams = Instrument.gauge("dispatch_service_streams", {
  description: "Event streams that are open",
  unit: "streams",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const overruns = Instrument.counter("dispatch_service_overruns_total", {
  description: "Event streams ended because their readers were too slow",
  unit: "streams"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const answersCutOff = Instrument.counter("dispatch_service_answers_cut_off_total", {
  description: "Answers cut off because more than 256 MiB of answers waited to be read",
  unit: "calls"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const feedBacklog = Instrument.gauge("dispatch_service_feed_backlog_changes", {
  description: "Changes that wait for the event stream that is farthest behind",
  unit: "changes",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const feedDelay = Instrument.histogram("dispatch_service_feed_delay_seconds", {
  description: "From the time of a change, as its record says, until it was passed on to the event streams",
  unit: "seconds",
  boundaries: latencies
})

const operations = [
  "insert",
  "modify",
  "get",
  "begin",
  "page",
  "changesAfter",
  "lastChange",
  "audit",
  "moveRetentionTime",
  "trimNonces",
  "prune",
  "check",
  "secret",
  "keys",
  "useNonce",
  "report",
  "reportPage",
  "lastReports",
  "reportDays",
  "pruneReports"
] as const

/**
 * The operations of a store.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation = (typeof operations)[number]

/**
 * @category metrics
 * @since 0.1.0
 */
export const storeDuration = Instrument.histogram("dispatch_service_store_duration_seconds", {
  description: "Time that the store took, failures included",
  unit: "seconds",
  labels: [["operation", operations]],
  boundaries: latencies
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const storeFailures = Instrument.counter("dispatch_service_store_failures_total", {
  description: "Operations of the store that failed",
  unit: "operations",
  labels: [["operation", operations]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const writesWaiting = Instrument.gauge("dispatch_service_store_writes_waiting", {
  description: "Writes to SQLite that wait until those before them are committed",
  unit: "writes",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const storesUnreachable = Instrument.gauge("dispatch_service_stores_unreachable", {
  description: "1 while the store cannot be reached, else 0; looked at every 5 seconds",
  unit: "stores",
  combination: "sum"
})

const retained = [
  "changes",
  "audit",
  "nonces",
  "dispatches",
  "reports",
  "days"
] as const satisfies ReadonlyArray<Retained | RetainedReports>

/**
 * @category metrics
 * @since 0.1.0
 */
export const pruned = Instrument.counter("dispatch_service_pruned_total", {
  description: "Records removed because they were kept for long enough",
  unit: "records",
  labels: [["what", retained]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const clockAhead = Instrument.gauge("dispatch_service_clock_ahead_seconds", {
  description: "Lead of the wall clock over the time that retention goes by",
  unit: "seconds",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const clockBehind = Instrument.gauge("dispatch_service_clock_behind_seconds", {
  description: "Lag of the wall clock behind the latest time that retention went by",
  unit: "seconds",
  combination: "largest"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const noncesTrimmed = Instrument.counter("dispatch_service_nonces_trimmed_total", {
  description: "Nonces of signed requests removed early because there were more than 500,000",
  unit: "nonces"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reportsTrimmed = Instrument.counter("dispatch_service_reports_trimmed_total", {
  description: "Reports of runs, or counts of days, removed early because a microgrid had too many",
  unit: "records",
  labels: [["what", ["reports", "days"] as const satisfies ReadonlyArray<RetainedReports>]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reports = Instrument.counter("dispatch_service_reports_total", {
  description:
    "Reports of runs: new, known before, or refused because their number was taken with another content (Conflict)",
  unit: "reports",
  labels: [["answer", ["New", "Known", "Conflict"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reportedMissed = Instrument.counter("dispatch_service_reported_missed_total", {
  description: "Occurrences that sites report as missed, by the reason",
  unit: "runs",
  labels: [["reason", MissedReason.literals]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reportedFailures = Instrument.counter("dispatch_service_reported_failures_total", {
  description: "Failures of the actors of applications that sites report",
  unit: "failures"
})
