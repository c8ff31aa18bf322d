import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as ClientMetrics from "@effect-dispatch/client/Metrics"
import * as Instrument from "@effect-dispatch/core/Instrument"
import * as CoreMetrics from "@effect-dispatch/core/Metrics"
import * as FleetMetrics from "@effect-dispatch/fleet/Metrics"
import * as ServerMetrics from "@effect-dispatch/server/Metrics"
import { parser } from "@prometheus-io/lezer-promql"
import { parse } from "yaml"

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}

const text = readFileSync(join(import.meta.dirname, "../../packages/cli/alerts.yaml"), "utf8")
const { groups } = parse(text) as { readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<Rule> }> }
const rules = groups.flatMap((group) => group.rules)

const instruments = [CoreMetrics, ClientMetrics, ServerMetrics, FleetMetrics].flatMap(Instrument.allOf)

/** The labels that Prometheus adds to all that it reads. */
const targetLabels = ["instance", "job"]

/** The labels, and the values each can take, of a series as Prometheus knows it; absent if there is none. */
const labelsOf = (series: string): ReadonlyMap<string, ReadonlyArray<string> | "any"> | undefined => {
  const isBucket = series.endsWith("_bucket")
  const metric = instruments.find(({ kind, name }) =>
    kind === "histogram"
      ? ["_bucket", "_sum", "_count"].some((suffix) => `${name}${suffix}` === series)
      : name === series
  )
  if (metric === undefined) return undefined
  const bounds = [...metric.boundaries.map(String), "+Inf"]
  return new Map([...metric.labels, ...(isBucket ? [["le", bounds] as const] : [])])
}

/** The faults of an expression, by the grammar of Prometheus itself. */
const faultsOf = (expression: string): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const known = new Set(targetLabels)
  const grouped: Array<string> = []
  let series = ""
  let label = ""
  let isGrouping = false
  parser.parse(expression).iterate({
    enter: ({ from, name, to, type }) => {
      const part = expression.slice(from, to)
      if (type.isError) faults.push(`syntax at ${from}`)
      if (name === "GroupingLabels") isGrouping = true
      if (name === "Identifier") {
        series = part
        const labels = labelsOf(series)
        if (labels === undefined) faults.push(`no metric ${series}`)
        for (const known_ of labels?.keys() ?? []) known.add(known_)
      }
      if (name === "LabelName") {
        label = part
        if (isGrouping) grouped.push(label)
        else if (!labelsOf(series)?.has(label)) faults.push(`${series} has no label ${label}`)
      }
      if (name === "StringLiteral" && !isGrouping) {
        const values = labelsOf(series)?.get(label)
        const pattern = new RegExp(`^(?:${JSON.parse(part) as string})$`)
        if (values !== undefined && values !== "any") {
          for (const alternative of (JSON.parse(part) as string).split("|")) {
            const matches = (value: string) => value === alternative || pattern.test(value)
            if (!values.some(matches)) faults.push(`${series} never has ${label} ${alternative}`)
          }
        }
      }
    },
    leave: ({ name }) => {
      if (name === "GroupingLabels") isGrouping = false
    }
  })
  return [
    ...faults,
    ...grouped.filter((name) => !known.has(name)).map((name) => `nothing has a label ${name}`)
  ]
}

describe("alert rules", () => {
  for (const { alert, expr } of rules) {
    it(`${alert} goes by metrics, labels and values that exist`, () =>
      assert.deepStrictEqual(faultsOf(expr), []))
  }

  it("say how bad it is and what it is, each under a name of its own", () => {
    assert.strictEqual(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    for (const { annotations, labels } of rules) {
      assert.include(["warning", "critical"], labels.severity)
      assert.isAbove(annotations.summary.length, 10)
    }
  })

  it("are there for a stale site, a late stop, missed runs, an unreachable store and clocks that differ", () => {
    const used = rules.map(({ expr }) => expr).join("\n")
    for (const name of [
      `${CoreMetrics.syncPhaseAge.name}{phase="Stale"}`,
      `${CoreMetrics.lateness.name}_bucket{state="Stopped"`,
      CoreMetrics.runsMissed.name,
      ServerMetrics.storesUnreachable.name,
      CoreMetrics.clockOffsetAtLeast.name
    ]) {
      assert.include(used, name)
    }
  })

  it("that go by what does not exist are found", () => {
    const wrong = [
      "dispatch_no_such_total > 0",
      'dispatch_sync_actors{phaze="Stale"} > 0',
      'dispatch_sync_actors{phase="Dead"} > 0',
      'dispatch_lateness_seconds_bucket{le="3"} > 0',
      "sum by (microgrid) (dispatch_sync_actors) > 0",
      "dispatch_lateness_seconds > 0",
      "dispatch_sync_actors >"
    ]
    for (const expression of wrong) assert.isNotEmpty(faultsOf(expression), expression)
  })
})

describe("metrics", () => {
  it("have names that say what they are: counters end in _total, times in _seconds", () => {
    for (const { kind, name, unit } of instruments) {
      assert.match(name, /^dispatch(_[a-z]+)+$/)
      assert.strictEqual(kind === "counter", name.endsWith("_total"), name)
      if (kind !== "counter") assert.strictEqual(unit === "seconds", name.endsWith("_seconds"), name)
    }
    assert.strictEqual(new Set(instruments.map(({ name }) => name)).size, instruments.length)
  })

  it("have no label that holds an id, and none without bounds but the types that an application manages", () => {
    for (const { labels, name } of instruments) {
      for (const [label, values] of labels) {
        assert.notMatch(label, /id$|microgrid|dispatch/, name)
        if (values === "any") assert.strictEqual(label, "type", name)
        else assert.isAtMost(values.length, 20, name)
      }
    }
  })
})
