/** Whether the environment asks for telemetry, by the variables that OpenTelemetry defines. */
import { Config, Effect, Layer, Option } from "effect"
import { UsageError } from "../UsageError.ts"
import type { Asked } from "./otlp.ts"

const signals = ["TRACES", "METRICS", "LOGS"] as const

const variable = (name: string) => Config.option(Config.NonEmptyString(name))

/** Nothing is asked for until a collector, or an exporter, is named. */
const asked = Effect.gen(function* () {
  const defaults: Record<string, string> = {}
  let isAsked = false
  if (yield* Config.withDefault(Config.Boolean("OTEL_SDK_DISABLED"), false)) return undefined
  const everywhere = yield* variable("OTEL_EXPORTER_OTLP_ENDPOINT")
  for (const signal of signals) {
    const own = yield* variable(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`)
    const exporter = yield* variable(`OTEL_${signal}_EXPORTER`)
    const isNamed = Option.isSome(own) || Option.isSome(everywhere)
    if (Option.isNone(exporter) && isNamed) defaults[`OTEL_${signal}_EXPORTER`] = "otlp"
    else if (Option.contains(exporter, "otlp") && !isNamed) {
      defaults[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] = `http://localhost:4318/v1/${signal.toLowerCase()}`
    } else if (!Option.contains(exporter, "otlp")) continue
    isAsked = true
  }
  if (!isAsked) return undefined
  const attributes = Option.getOrElse(yield* variable("OTEL_RESOURCE_ATTRIBUTES"), () => "")
  if (!/(^|,)\s*service\.name=/.test(attributes)) defaults["OTEL_SERVICE_NAME"] = "dispatch"
  const protocol = Option.getOrElse(yield* variable("OTEL_EXPORTER_OTLP_PROTOCOL"), () => "http/protobuf")
  return { defaults, protocol } satisfies Asked
}).pipe(Effect.mapError(({ message }) => new UsageError({ message })))

/** Exports logs, metrics and traces if the environment asks for it; what does so is loaded only then. */
export const exporting: Layer.Layer<never, UsageError> = Layer.unwrap(
  Effect.gen(function* () {
    const what = yield* asked
    if (what === undefined) return Layer.empty
    const { layer } = yield* Effect.promise(() => import("./otlp.ts"))
    return layer(what)
  })
)
