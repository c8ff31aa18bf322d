/**
 * The metrics of a client. Every metric has its name and unit here and nowhere else.
 *
 * @since 0.1.0
 */
import { consoleMethods, dispatchMethods, reportMethods } from "@effect-dispatch/api/GrpcMethods"
import { tagOf } from "@effect-dispatch/api/GrpcStatus"
import * as Instrument from "@effect-dispatch/core/Instrument"

/** The methods that are called, by their names on the wire, and those of them that answer with one message. */
const methods = [...dispatchMethods, ...consoleMethods, ...reportMethods]
const unaryMethods = methods.filter((name) => !/^(Stream|Watch)/.test(name))

/** The possible ends of a call: success, or one of the reasons of failures. */
const outcomes = ["ok", ...new Set(Array.from({ length: 16 }, (_, code) => tagOf(code + 1)))] as const

/**
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Metrics } from "@effect-dispatch/client"
 * import { Instrument } from "@effect-dispatch/core"
 *
 * const names = Instrument.allOf(Metrics).map(({ name }) => name)
 * assert.ok(names.includes("dispatch_client_calls_total"))
 * ```
 *
 * @category metrics
 * @since 0.1.0
 */
export const callsEnded = Instrument.counter("dispatch_client_calls_total", {
  description: "Calls that ended: ok, or the reason of the failure; a stream counts when it ends",
  unit: "calls",
  labels: [
    ["method", methods],
    ["outcome", outcomes]
  ]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const callDuration = Instrument.histogram("dispatch_client_call_duration_seconds", {
  description: "Time that calls other than streams took",
  unit: "seconds",
  labels: [["method", unaryMethods]],
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const streamsOpen = Instrument.gauge("dispatch_client_streams", {
  description: "Event streams that are open",
  unit: "streams",
  combination: "sum"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const callsRetried = Instrument.counter("dispatch_client_retries_total", {
  description: "Calls that were tried again after a passing failure",
  unit: "calls"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const pagesHalved = Instrument.counter("dispatch_client_pages_halved_total", {
  description: "Pages that were too large and asked for again, half as long",
  unit: "pages"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const streamsPaused = Instrument.counter("dispatch_client_streams_paused_total", {
  description: "Times that a service was asked to wait because the reader of its stream is behind",
  unit: "times"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const connectionsGivenUp = Instrument.counter("dispatch_client_connections_given_up_total", {
  description: "Connections that were given up because they took too long to be made",
  unit: "connections"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reports = Instrument.counter("dispatch_client_reports_total", {
  description:
    "Reports of runs: taken by the service, in conflict with what it has under the same number, or refused and left out",
  unit: "reports",
  labels: [["answer", ["taken", "conflict", "refused"]]]
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const reportFailures = Instrument.counter("dispatch_client_report_failures_total", {
  description:
    "Times that runs could not be reported, or not be read from the journal; they wait, and are tried again",
  unit: "failures"
})
