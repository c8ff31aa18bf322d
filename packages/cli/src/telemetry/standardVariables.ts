/** Requests for telemetry in the environment, by the variables that OpenTelemetry defines. */
import { Config, Effect, Layer, Option, Random } from "effect"
import { UsageError } from "../UsageError.ts"
import type { Asked, Protocol, Signal } from "./otlp.ts"

const signals = ["TRACES", "METRICS", "LOGS"] as const satisfies ReadonlyArray<Signal>

const variable = (name: string) => Config.option(Config.NonEmptyString(name))

const example = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"

const wrong = (name: string, expected: string) => new UsageError({ message: `${name} ${expected}`, example })

/** The address of a collector. Its present value is not shown: it may hold a password. */
const endpoint = Effect.fnUntraced(function* (name: string) {
  const text = yield* variable(name)
  if (Option.isNone(text)) return text
  const url = URL.canParse(text.value) ? new URL(text.value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return yield* wrong(name, "must be a URL that begins with http:// or https://")
  }
  if (url.username !== "" || url.password !== "") {
    return yield* wrong(name, "cannot hold a user or password; give them in OTEL_EXPORTER_OTLP_HEADERS")
  }
  return text
})

/** True or false if the list of exporters decides that a signal is sent; there are no other exporters. */
const exporterOf = Effect.fnUntraced(function* (signal: Signal) {
  const name = `OTEL_${signal}_EXPORTER`
  const text = yield* variable(name)
  if (Option.isNone(text)) return undefined
  const names = text.value.split(",").map((one) => one.trim().toLowerCase())
  const unknown = names.filter((one) => !["", "otlp", "none"].includes(one))
  if (unknown.length > 0) {
    yield* Effect.logWarning(`${name} ${unknown.join(", ")} is left out: there are otlp and none`)
  }
  return names.includes("otlp")
})

const protocolOf = Effect.fnUntraced(function* (signal: Signal) {
  const names = [`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`, "OTEL_EXPORTER_OTLP_PROTOCOL"]
  for (const name of names) {
    const protocol = yield* variable(name)
    if (Option.isNone(protocol)) continue
    if (protocol.value === "http/protobuf" || protocol.value === "http/json") return protocol.value
    return yield* wrong(name, `${protocol.value} is not supported: http/protobuf or http/json`)
  }
  return "http/protobuf"
})

/** The interval between sendings. Without a wait the process would do nothing else. */
const checkInterval = Effect.fnUntraced(function* (name: string) {
  const text = yield* variable(name)
  if (Option.isSome(text) && !/^\s*0*[1-9]\d*\s*$/.test(text.value)) {
    return yield* wrong(name, "must be a number of milliseconds, 1 or more")
  }
})

const intervals = ["OTEL_METRIC_EXPORT_INTERVAL", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"]

/** A text that no other process has. */
const randomParts = Effect.forEach([1, 2, 3, 4], () =>
  Effect.map(Random.nextIntBetween(0, 2 ** 32), (part) => part.toString(16).padStart(8, "0"))
)

/** Telemetry is off until a collector, or an exporter, is named. */
const asked = Effect.gen(function* () {
  // By the standard only `true`, in any case, counts.
  const disabled = Option.getOrElse(yield* variable("OTEL_SDK_DISABLED"), () => "")
  if (disabled.trim().toLowerCase() === "true") return undefined
  const variables: Record<string, string> = { OTEL_SDK_DISABLED: "false" }
  const protocols: { [S in Signal]?: Protocol } = {}
  const everywhere = yield* endpoint("OTEL_EXPORTER_OTLP_ENDPOINT")
  for (const signal of signals) {
    const own = yield* endpoint(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`)
    const isNamed = Option.isSome(own) || Option.isSome(everywhere)
    if (!((yield* exporterOf(signal)) ?? isNamed)) continue
    variables[`OTEL_${signal}_EXPORTER`] = "otlp"
    if (!isNamed) {
      variables[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] = `http://localhost:4318/v1/${signal.toLowerCase()}`
    }
    protocols[signal] = yield* protocolOf(signal)
  }
  if (Object.keys(protocols).length === 0) return undefined
  for (const name of intervals) yield* checkInterval(name)
  const attributes = Option.getOrElse(yield* variable("OTEL_RESOURCE_ATTRIBUTES"), () => "")
  const has = (name: string) => new RegExp(`(^|,)\\s*${name}=`).test(attributes)
  const service = yield* variable("OTEL_SERVICE_NAME")
  if (Option.isNone(service) && !has("service\\.name")) variables["OTEL_SERVICE_NAME"] = "dispatch"
  if (!has("service\\.instance\\.id")) {
    // Otherwise all processes of one name are one to the collector, which mixes up their counts.
    const instance = `service.instance.id=${(yield* randomParts).join("-")}`
    variables["OTEL_RESOURCE_ATTRIBUTES"] = attributes === "" ? instance : `${attributes},${instance}`
  }
  return { variables, protocols } satisfies Asked
}).pipe(
  Effect.mapError((error) =>
    error._tag === "UsageError" ? error : new UsageError({ message: error.message, example })
  )
)

/** Exports logs, metrics and traces if the environment asks for it; the exporter is loaded only then. */
export const exporting: Layer.Layer<never, UsageError> = Layer.unwrap(
  Effect.gen(function* () {
    const what = yield* asked
    if (what === undefined) return Layer.empty
    const { layer } = yield* Effect.promise(() => import("./otlp.ts"))
    return layer(what)
  })
)
