/** Logs, metrics and traces to an OpenTelemetry collector, by the standard variables of the environment. */
import { Cause, ConfigProvider, Effect, Layer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Otlp from "effect/observability/Otlp"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import { UsageError } from "../UsageError.ts"

/** What the environment asks for. */
export interface Asked {
  /** Variables that mean something else when they are missing. */
  readonly defaults: { readonly [variable: string]: string }
  readonly protocol: string
}

const formats = { "http/protobuf": OtlpSerialization.layerProtobuf, "http/json": OtlpSerialization.layerJson }

const isFormat = (name: string): name is keyof typeof formats => name in formats

/** Exports what was asked for, and the rest of it when the layer ends. */
export const layer = ({ defaults, protocol }: Asked): Layer.Layer<never, UsageError> => {
  if (!isFormat(protocol)) {
    return failing(
      `OTEL_EXPORTER_OTLP_PROTOCOL ${protocol} is not supported: ${Object.keys(formats).join(" or ")}`
    )
  }
  const variables = Layer.effect(
    ConfigProvider.ConfigProvider,
    Effect.map(ConfigProvider.ConfigProvider, (environment) =>
      ConfigProvider.orElse(environment, ConfigProvider.fromEnvRecord(defaults))
    )
  )
  return Otlp.layerFromConfig().pipe(
    Layer.provide([formats[protocol], FetchHttpClient.layer, variables]),
    // It takes a variable that it cannot read for a defect.
    Layer.catchCause((cause) => failing(`A variable of OpenTelemetry cannot be read: ${messageOf(cause)}`))
  )
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

const failing = (message: string): Layer.Layer<never, UsageError> =>
  Layer.effectDiscard(
    Effect.fail(new UsageError({ message, example: "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318" }))
  )
