/**
 * The tables of metrics in the document about telemetry, made of the modules that declare them. Each follows a comment
 * that names its package: `<!-- metrics: core -->`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as ClientMetrics from "@effect-dispatch/client/Metrics"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as CoreMetrics from "@effect-dispatch/core/Metrics"
import * as FleetMetrics from "@effect-dispatch/fleet/Metrics"
import * as ServerMetrics from "@effect-dispatch/server/Metrics"

const document = join(import.meta.dirname, "../../packages/cli/TELEMETRY.md")
const table = /<!-- metrics: (\w+) -->\n\n(?:\|.*\n)*\n?/g

const modules: { readonly [name: string]: { readonly [name: string]: unknown } } = {
  core: CoreMetrics,
  client: ClientMetrics,
  server: ServerMetrics,
  fleet: FleetMetrics
}

const labels = ({ labels }: Instrument.Any): string =>
  labels.map(([name, values]) => `\`${name}\`: ${values === "any" ? "any" : values.join(", ")}`).join("; ")

const rows = (module: { readonly [name: string]: unknown }): string =>
  Instrument.allOf(module)
    .map((metric) => [`\`${metric.name}\``, metric.kind, metric.unit, metric.description, labels(metric)])
    .map((cells) => `| ${cells.join(" | ")} |\n`)
    .join("")

const filled = (text: string): string =>
  text.replaceAll(table, (_, name: string) => {
    const head = "| name | kind | unit | what | labels |\n|---|---|---|---|---|\n"
    return `<!-- metrics: ${name} -->\n\n${head}${rows(modules[name] ?? {})}\n`
  })

/** Writes the tables into the document. */
export const write = (): void => writeFileSync(document, filled(readFileSync(document, "utf8")))

/** The document, if it shows metrics that are not, or no longer, those that exist. */
export const stale = (): Array<string> => {
  const text = readFileSync(document, "utf8")
  return filled(text) === text ? [] : ["packages/cli/TELEMETRY.md shows metrics that have changed"]
}
