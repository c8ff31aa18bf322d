/** Logs, metrics and traces to an OpenTelemetry collector, by the standard variables of the environment. */
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Cause, Config, ConfigProvider, Duration, Effect, Layer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import { HttpClientError, TransportError } from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import * as OtlpLogger from "effect/observability/OtlpLogger"
import * as OtlpMetrics from "effect/observability/OtlpMetrics"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import { UsageError } from "../UsageError.ts"

/** The kinds of data to send, as the variables name them. */
export type Signal = "TRACES" | "METRICS" | "LOGS"

/** The protocols to send them by. */
export type Protocol = keyof typeof formats

/** The telemetry that the environment asks for. */
export interface Asked {
  /** The effective variables, whatever the environment has under their names. */
  readonly variables: { readonly [variable: string]: string }
  /** The protocol of each signal that is sent. */
  readonly protocols: { readonly [S in Signal]?: Protocol }
}

const formats = { "http/protobuf": OtlpSerialization.layerProtobuf, "http/json": OtlpSerialization.layerJson }

const exporters = {
  TRACES: OtlpTracer.layerFromConfig(),
  METRICS: OtlpMetrics.layerFromConfig(),
  LOGS: OtlpLogger.layerFromConfig()
}

/** Exports what was asked for, and the rest of it when the layer ends. */
export const layer = ({ protocols, variables }: Asked): Layer.Layer<never, UsageError> => {
  const settings = Layer.effect(
    ConfigProvider.ConfigProvider,
    Effect.map(ConfigProvider.ConfigProvider, (environment) =>
      ConfigProvider.orElse(ConfigProvider.fromEnvRecord(variables), environment)
    )
  )
  const exporterOf = (signal: Signal) => {
    const protocol = protocols[signal]
    return protocol === undefined ? Layer.empty : Layer.provide(exporters[signal], formats[protocol])
  }
  return Layer.mergeAll(exporterOf("TRACES"), exporterOf("METRICS"), exporterOf("LOGS")).pipe(
    Layer.provide([client, settings]),
    // The exporter takes an unreadable variable for a defect.
    Layer.catchCause((cause) => failing(`A variable of OpenTelemetry cannot be read: ${messageOf(cause)}`))
  )
}

/** Longest time for a collector to answer: waiting data must not pile up. */
const answerTimeLimit = Duration.seconds(10)

/** Reports once that the collector takes nothing, and once that it does again. */
const client = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (http) => {
    const failing = new Set<string>()
    const failed = (url: string, why: string) => {
      if (failing.has(url)) return Effect.void
      failing.add(url)
      return Effect.logWarning(`Telemetry does not arrive at ${url}: ${why}`)
    }
    const arrived = (url: string) =>
      failing.delete(url) ? Effect.logInfo(`Telemetry arrives at ${url} again`) : Effect.void
    return HttpClient.transform(http, (sending, request) => {
      const url = withoutSecrets(request)
      return sending.pipe(
        Effect.timeoutOrElse({ duration: answerTimeLimit, orElse: () => Effect.fail(unanswered(request)) }),
        Effect.tap(({ status }) =>
          status >= 200 && status < 300 ? arrived(url) : failed(url, `it answers ${status}`)
        ),
        Effect.tapError((error) => failed(url, whyOf(error)))
      )
    })
  })
).pipe(Layer.provide(FetchHttpClient.layer))

const unanswered = (request: HttpClientRequest) =>
  new HttpClientError({
    reason: new TransportError({
      request,
      description: `it has not answered within ${Duration.format(answerTimeLimit)}`
    })
  })

/** The address, without anything that may grant access: names, passwords and queries. */
const withoutSecrets = ({ url }: HttpClientRequest): string => {
  if (!URL.canParse(url)) return "the collector"
  const { host, pathname, protocol } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

const whyOf = ({ reason }: HttpClientError): string => {
  const why = Thrown.innermost(reason.cause)
  return why instanceof Error && why.message !== "" ? why.message : (reason.description ?? reason._tag)
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const why = error instanceof Config.ConfigError ? error.cause : error
  return Thrown.messageOf(why).replaceAll(/\s*\n\s*/g, " ")
}

const failing = (message: string): Layer.Layer<never, UsageError> =>
  Layer.effectDiscard(
    Effect.fail(new UsageError({ message, example: "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318" }))
  )
